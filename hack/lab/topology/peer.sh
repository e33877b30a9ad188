# The far side, none of our code: a plain Linux host with an external tunnel device, whose tc rules write and check what OVN would, and a host
# behind it. Sourced by lib.sh.
# shellcheck shell=bash

multicast=01:00:00:00:00:00/01:00:00:00:00:00

# flood_key: OVN's key of the group of all ports, as egress key.
flood_key() { case $tunnel in vxlan*) echo 2048 ;; *) echo 32768 ;; esac; }

# tunnel_id KEY: the VNI of what goes to the endpoint, or group, with that OVN key.
tunnel_id() { case $tunnel in vxlan-ovn) echo $(($1 << 12 | vni)) ;; *) echo $vni ;; esac; }

# option FROM TO: OVN's GENEVE option, ingress key << 16 | egress key, as tc writes it; nothing where the tunnel has none.
option() { [ $tunnel != geneve-ovn ] || printf 'geneve_opts 0102:80:%04x%04x' "$1" "$2"; }

# from_pf K FROM TO: what tc matches of a tunnel's packet from PF K, between endpoints with those keys.
from_pf() {
  local option
  option=$(option "$2" "$3")
  echo "enc_key_id $(tunnel_id "$3") enc_src_ip $(pf_vtep "$1") enc_dst_ip $peer_vtep ${option:+$option/ffff:ff:ffffffff}"
}

# to_pf K FROM TO: the tc action that gives a packet its tunnel to PF K.
to_pf() { echo "action tunnel_key set src_ip $peer_vtep dst_ip $(pf_vtep "$1") id $(tunnel_id "$3") dst_port $port ttl 64 nocsum $(option "$2" "$3")"; }

# peer_rules K…: unicast to and from each VF of those PFs; broadcast and multicast, from each VF, and from the host behind to all PFs.
peer_rules() {
  local k n key
  echo "qdisc add dev $device clsact"
  echo "qdisc add dev tap0 clsact"
  for k in "$@"; do
    for ((n = 0; n < vfs; n++)); do
      key=$(vf_key "$k" $n)
      echo "filter add dev $device ingress protocol all prio 10 flower src_mac $(vf_mac "$k" $n) $(from_pf "$k" "$key" $remote_key) action tunnel_key unset action mirred egress redirect dev tap0"
      echo "filter add dev $device ingress protocol all prio 11 flower src_mac $(vf_mac "$k" $n) dst_mac $multicast $(from_pf "$k" "$key" "$(flood_key)") action tunnel_key unset action mirred egress redirect dev tap0"
      echo "filter add dev tap0 ingress protocol all prio 10 flower dst_mac $(vf_mac "$k" $n) $(to_pf "$k" $remote_key "$key") action mirred egress redirect dev $device"
    done
  done
  echo "filter add dev tap0 ingress protocol all prio 11 flower dst_mac $multicast $(for k in "$@"; do echo "$(to_pf "$k" $remote_key "$(flood_key)") action mirred egress mirror dev $device"; done | tr '\n' ' ') action drop"
  # What came with another VNI, outer source or option than OVN would have written: counted, not delivered.
  echo "filter add dev $device ingress protocol all prio 99 matchall action drop"
}

# peer K…: namespace peer, with a tunnel device gnv0 or vxl0 on the fabric, and namespace remote behind its tap0.
peer() {
  local type=geneve device=gnv0 port=6081 outer=eth0
  [[ $tunnel != vxlan* ]] || type=vxlan device=vxl0 port=4789
  ip netns add peer
  ip netns add remote
  ip link add peer0 netns fabric type veth peer name eth0 netns peer
  ip -n fabric link set peer0 mtu 2000 master br0 up
  ip link add tap0 netns peer type veth peer name eth0 netns remote
  quiet peer tap0
  ip -n peer link set eth0 mtu 2000 up
  if [ $vtep = vlan ]; then
    outer=eth0.$vlan
    ip -n peer link add link eth0 name $outer type vlan id $vlan
  fi
  [ $underlay = ipv6 ] || quiet peer $outer
  ip -n peer -batch - <<END
link set lo up
link set $outer mtu 2000 up
address add $peer_vtep/${vtep_net#*/} dev $outer $(nodad)
link set tap0 up
link add $device type $type external dstport $port udp6zerocsumrx
link set $device up
END
  quiet peer $device
  endpoint remote $remote_key $remote_mac
  peer_rules "$@" | in_ns peer tc -batch -
}
