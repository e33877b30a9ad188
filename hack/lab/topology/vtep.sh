# The VTEPs of a node. Sourced by lib.sh.
# shellcheck shell=bash

# vtep_device NS I: makes what carries the VTEP of the node's uplink p<I>, and prints its name.
vtep_device() {
  local ns=$1 i=$2
  case $vtep in
    uplink) echo "p$i" ;;
    vlan)
      quiet "$ns" "p$i"
      ip -n "$ns" link set "p$i" mtu 2000 up
      ip -n "$ns" link add link "p$i" name "p$i.$vlan" type vlan id $vlan
      echo "p$i.$vlan"
      ;;
    ovs)
      quiet "$ns" "p$i"
      ip -n "$ns" link set "p$i" mtu 2000 up
      ovs "$ns" ovs-vsctl add-br "br$i" -- add-port "br$i" "p$i" -- add-port "br$i" "vtep$i" \
        -- set interface "vtep$i" type=internal mtu_request=2000
      echo "vtep$i"
      ;;
  esac
}

# ipv6_at_once NS DEVICE: its IPv6 addresses hold from the start, and routers tell it nothing. It keeps a link-local one: without that Linux
# asks for no neighbour on its own (net/ipv6/ndisc.c, ndisc_send_ns).
ipv6_at_once() { in_ns "$1" sh -c "cd /proc/sys/net/ipv6/conf/$2 && echo 0 >accept_ra && echo 0 >accept_dad"; }

# vtep NS K I: PF K, in its node NS uplink p<I>, gets its VTEP, and packets from that address leave by it (DESIGN, intra-node recipe, without
# the cross rules).
vtep() {
  local ns=$1 k=$2 device address
  device=$(vtep_device "$ns" "$3")
  address=$(pf_vtep "$k")
  if [ $underlay = ipv6 ]; then
    ipv6_at_once "$ns" "$device"
  else
    quiet "$ns" "$device"
    in_ns "$ns" sh -c "cd /proc/sys/net/ipv4/conf/$device && echo 1 >arp_ignore && echo 2 >arp_announce && echo 2 >rp_filter"
  fi
  ip -n "$ns" $family -batch - <<END
link set $device mtu 2000 up
address add $address/${vtep_net#*/} dev $device $(nodad)
route add $vtep_net dev $device src $address table $((101 + k))
rule add pref 110 from $address lookup $((101 + k)) protocol kernel
END
}
