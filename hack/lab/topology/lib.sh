# Shared by the topologies. Sourced inside the lab's VM, never run.
# shellcheck shell=bash
#
# One numbering holds everywhere. PF k (counted over all NICs), VF n (from 0):
#   uplink p<k>, cable end cable<k>, representor pf<k>vf<n>; the VF's own netdev is eth0 in namespace vf<k><n>
#   VF MAC 02:00:00:00:0<k>:0<n+1>, address 192.168.7.<10k+n+1>/24, OVN key 10k+n+1
#   VTEP of PF k: 10.0.0.<k+1>/24; the peer's VTEP: 10.0.0.11; network: VNI 5001
#   remote endpoint: namespace remote, MAC 02:00:00:00:0f:01, address 192.168.7.101, OVN key 101

vni=5001 peer_vtep=10.0.0.11 remote_mac=02:00:00:00:0f:01 remote_ip=192.168.7.101 remote_key=101
vf_mac() { printf '02:00:00:00:0%d:0%d' "$1" $(($2 + 1)); }
vf_ip() { printf '192.168.7.%d' $((10 * $1 + $2 + 1)); }
vf_key() { echo $((10 * $1 + $2 + 1)); }
pf_vtep() { printf '10.0.0.%d' $(($1 + 1)); }
pf_pci() { basename "$(readlink -f "/sys/class/net/p$1/device")"; }

in_ns() { ip netns exec "$@"; }

# nics 1,1: loads simnic; $pfs is the number of its PFs.
nics() {
  modprobe simnic nics="$1" total_vfs=8 ${SIMNIC_OPTIONS:-}
  pfs=0
  while [ -e /sys/class/net/p$pfs ]; do pfs=$((pfs + 1)); done
}

# switchdev PCI [NS]: $vfs VFs and their representors; the devlink instance is in namespace NS.
switchdev() {
  echo "$vfs" >"/sys/bus/pci/devices/$1/sriov_numvfs"
  ${2:+in_ns "$2"} devlink dev eswitch set "pci/$1" mode switchdev
}

# fabric PF…: a namespace with a bridge between the cables of those PFs.
fabric() {
  local k
  ip netns add fabric
  ip -n fabric link set lo up
  ip -n fabric link add br0 type bridge mcast_snooping 0 forward_delay 0
  ip -n fabric link set br0 up mtu 2000
  for k in "$@"; do
    ip link set "cable$k" netns fabric
    ip -n fabric link set "cable$k" mtu 2000 master br0 up
  done
}

# quiet NS DEVICE: no IPv6 chatter, so that every counted packet is a packet somebody sent on purpose.
quiet() { echo 1 | in_ns "$1" tee "/proc/sys/net/ipv6/conf/$2/disable_ipv6" >/dev/null; }

# vf_namespace K N: the VF's netdev as eth0 in namespace vf<K><N>, with its address and static neighbours (ARP comes with BUM rules).
vf_namespace() {
  local ns=vf$1$2 k n
  ip netns add "$ns"
  ip link set "p$1v$2" netns "$ns"
  ip -n "$ns" link set "p$1v$2" name eth0 address "$(vf_mac "$1" "$2")" mtu 1500
  quiet "$ns" eth0
  {
    echo "link set lo up"
    echo "link set eth0 up"
    echo "address add $(vf_ip "$1" "$2")/24 dev eth0"
    echo "neighbour replace $remote_ip lladdr $remote_mac nud permanent dev eth0"
    for ((k = 0; k < pfs; k++)); do
      for ((n = 0; n < vfs; n++)); do
        [ "$k$n" = "$1$2" ] || echo "neighbour replace $(vf_ip $k $n) lladdr $(vf_mac $k $n) nud permanent dev eth0"
      done
    done
  } | ip -n "$ns" -batch -
}

# vtep NS K DEVICE: DEVICE gets PF K's VTEP address, and packets from that address leave by it (DESIGN, intra-node recipe, without the cross rules).
vtep() {
  local ns=$1 k=$2 device=$3 address
  address=$(pf_vtep "$k")
  quiet "$ns" "$device"
  in_ns "$ns" sh -c "echo 1 >/proc/sys/net/ipv4/conf/$device/arp_ignore; echo 2 >/proc/sys/net/ipv4/conf/$device/arp_announce; echo 2 >/proc/sys/net/ipv4/conf/$device/rp_filter"
  ip -n "$ns" -batch - <<END
link set $device mtu 2000 up
address add $address/24 dev $device
route add 10.0.0.0/24 dev $device scope link src $address table $((101 + k))
rule add pref 110 from $address lookup $((101 + k))
END
}

# peer K…: the far side, none of our code: an external GENEVE device, whose tc rules set and check the OVN option, and a host behind it.
peer() {
  local k n option
  ip netns add peer
  ip netns add remote
  ip link add peer0 netns fabric type veth peer name eth0 netns peer
  ip -n fabric link set peer0 mtu 2000 master br0 up
  ip link add tap0 netns peer type veth peer name eth0 netns remote
  quiet peer eth0
  quiet peer tap0
  quiet remote eth0
  ip -n peer -batch - <<END
link set lo up
link set eth0 mtu 2000 up
address add $peer_vtep/24 dev eth0
link set tap0 up
link add gnv0 type geneve external dstport 6081
link set gnv0 up
END
  quiet peer gnv0
  {
    echo "link set lo up"
    echo "link set eth0 address $remote_mac up"
    echo "address add $remote_ip/24 dev eth0"
    for k in "$@"; do
      for ((n = 0; n < vfs; n++)); do echo "neighbour replace $(vf_ip "$k" $n) lladdr $(vf_mac "$k" $n) nud permanent dev eth0"; done
    done
  } | ip -n remote -batch -
  {
    echo "qdisc add dev gnv0 clsact"
    echo "qdisc add dev tap0 clsact"
    for k in "$@"; do
      for ((n = 0; n < vfs; n++)); do
        # OVN's GENEVE option: ingress key << 16 | egress key
        printf -v option '%04x%04x' "$(vf_key "$k" $n)" $remote_key
        echo "filter add dev gnv0 ingress protocol all prio 10 flower src_mac $(vf_mac "$k" $n) enc_key_id $vni enc_src_ip $(pf_vtep "$k") enc_dst_ip $peer_vtep geneve_opts 0102:80:$option/ffff:ff:ffffffff action tunnel_key unset action mirred egress redirect dev tap0"
        printf -v option '%04x%04x' $remote_key "$(vf_key "$k" $n)"
        echo "filter add dev tap0 ingress protocol all prio 10 flower dst_mac $(vf_mac "$k" $n) action tunnel_key set src_ip $peer_vtep dst_ip $(pf_vtep "$k") id $vni dst_port 6081 ttl 64 nocsum geneve_opts 0102:80:$option action mirred egress redirect dev gnv0"
      done
    done
    # What came with another VNI, outer source or option than OVN would have written: counted, not delivered.
    echo "filter add dev gnv0 ingress protocol all prio 99 matchall action drop"
  } | in_ns peer tc -batch -
}

# down_all: deletes the namespaces named; NIC netdevs in them return to the VM's own.
down_all() {
  local ns pids
  for ns in "$@"; do
    [ -e "/run/netns/$ns" ] || continue
    pids=$(ip netns pids "$ns")
    [ -z "$pids" ] || kill -KILL $pids
    ip netns delete "$ns"
  done
  [ ! -d /sys/module/simnic ] || modprobe -r simnic
}
