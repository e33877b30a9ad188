# Shared by the topologies. Sourced inside the lab's VM, never run.
# shellcheck shell=bash
#
# One numbering holds everywhere. PF k (counted over all NICs), VF n (from 0):
#   uplink p<k>, cable end cable<k>, representor pf<k>vf<n>; the VF's own netdev is eth0 in namespace vf<k><n>
#   VF MAC 02:00:00:00:0<k>:0<n+1>, address 192.168.7.<10k+n+1>/24, OVN key 10k+n+1
#   VTEP of PF k: 10.0.0.<k+1>/24, the peer's 10.0.0.11 (IPv6: fd00:10::<k+1>/64, fd00:10::11); network: VNI 5001 (VXLAN with OVN's keys: 5)
#   remote endpoint: namespace remote, MAC 02:00:00:00:0f:01, address 192.168.7.101, OVN key 101
#   IPv6 inside the tunnels, where neighbours are cold: fd00:7::<last number of the IPv4 address>
#
# What can be chosen, NAME=VALUE after `up`; the first value holds where nothing is said:
#   tunnel=geneve-ovn | geneve | vxlan | vxlan-ovn   what the peer speaks
#   underlay=ipv4 | ipv6
#   vtep=uplink | vlan | ovs   the VTEP's device: p<k>, its VLAN device p<k>.100, or vtep<k>, internal port of OVS bridge br<k> with uplink p<k>
#   cold=none | all | NAMESPACE,…   of vf<k><n> and remote, those without static neighbours: they ask, by ARP and ND
tunnel=geneve-ovn underlay=ipv4 vtep=uplink cold=none

remote_mac=02:00:00:00:0f:01 remote_ip=192.168.7.101 remote_key=101 vlan=100
vf_mac() { printf '02:00:00:00:0%d:0%d' "$1" $(($2 + 1)); }
vf_key() { echo $((10 * $1 + $2 + 1)); }
vf_ip() { printf '192.168.7.%d' "$(vf_key "$1" "$2")"; }
pf_vtep() { echo "$vtep_prefix$(($1 + 1))"; }
pf_pci() { basename "$(readlink -f "/sys/class/net/p$1/device")"; }

# choose NAME=VALUE…: one of each line above.
choose() {
  local choice
  for choice in "$@"; do
    case $choice in
      tunnel=geneve-ovn | tunnel=geneve | tunnel=vxlan | tunnel=vxlan-ovn | underlay=ipv[46] | vtep=uplink | vtep=vlan | vtep=ovs | cold=*)
        declare -g "$choice"
        ;;
      *)
        echo "a topology does not know '$choice'; see hack/lab/topology/lib.sh" >&2
        exit 1
        ;;
    esac
  done
  vni=5001 family=-4 vtep_prefix=10.0.0. vtep_net=10.0.0.0/24
  [ $tunnel != vxlan-ovn ] || vni=5
  [ $underlay = ipv4 ] || family=-6 vtep_prefix=fd00:10:: vtep_net=fd00:10::/64
  peer_vtep=${vtep_prefix}11
}
choose

is_cold() { [[ $cold = all || ,$cold, = *,$1,* ]]; }

in_ns() { ip netns exec "$@"; }
nodad() { [ $family = -4 ] || echo nodad; }

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

# addresses_of NS KEY: its addresses, and of all others its neighbour entries; a cold one has none of these, but IPv6.
addresses_of() {
  local ns=$1 key=$2 k n
  echo "address add 192.168.7.$key/24 dev eth0"
  if is_cold "$ns"; then
    echo "address add fd00:7::$key/64 dev eth0 nodad"
    return
  fi
  [ "$ns" = remote ] || echo "neighbour replace $remote_ip lladdr $remote_mac nud permanent dev eth0"
  for ((k = 0; k < pfs; k++)); do
    for ((n = 0; n < vfs; n++)); do
      [ "vf$k$n" = "$ns" ] || echo "neighbour replace $(vf_ip $k $n) lladdr $(vf_mac $k $n) nud permanent dev eth0"
    done
  done
}

# endpoint NS KEY MAC: eth0 of an overlay endpoint, with its addresses and neighbours.
endpoint() {
  is_cold "$1" || quiet "$1" eth0
  {
    echo "link set lo up"
    echo "link set eth0 address $3 mtu 1500 up"
    addresses_of "$1" "$2"
  } | ip -n "$1" -batch -
}

# vf_namespace K N: the VF's netdev as eth0 in namespace vf<K><N>.
vf_namespace() {
  ip netns add "vf$1$2"
  ip link set "p$1v$2" netns "vf$1$2"
  ip -n "vf$1$2" link set "p$1v$2" name eth0
  endpoint "vf$1$2" "$(vf_key "$1" "$2")" "$(vf_mac "$1" "$2")"
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

. "$(dirname "${BASH_SOURCE[0]}")/ovs.sh"
. "$(dirname "${BASH_SOURCE[0]}")/vtep.sh"
. "$(dirname "${BASH_SOURCE[0]}")/peer.sh"
