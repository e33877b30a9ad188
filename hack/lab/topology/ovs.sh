# Open vSwitch for a node, of its own for each. Sourced by lib.sh.
# shellcheck shell=bash

# ovs_dir NS: where it runs; for node `node`, the VM itself, that is Debian's folder.
ovs_dir() { case $1 in node) echo /run/openvswitch ;; *) echo "/run/openvswitch-$1" ;; esac; }

# ovs NS COMMAND…: an Open vSwitch program that works with the node's (ovs-ctl(8), ENVIRONMENT).
ovs() {
  local ns=$1 dir
  dir=$(ovs_dir "$ns")
  shift
  if [ "$ns" = node ]; then
    "$@"
  else
    in_ns "$ns" env OVS_RUNDIR="$dir" OVS_DBDIR="$dir" OVS_LOGDIR="$dir" OVS_SYSCONFDIR="$dir" "$@"
  fi
}

# ovs_up NS: starts it, offload to TC on; its flows stay for a while, so that a slow machine sees them.
ovs_up() {
  [ "$1" = node ] || mkdir -p "$(ovs_dir "$1")/openvswitch" # where OVS_SYSCONFDIR has its system-id.conf
  ovs "$1" /usr/share/openvswitch/scripts/ovs-ctl start --system-id="$1" --no-monitor
  ovs "$1" ovs-vsctl set Open_vSwitch . other_config:hw-offload=true other_config:max-idle=60000
}

# ovs_down NS: ends it, if it runs there, with the kernel's data path and its database, so that the next one starts with nothing.
ovs_down() {
  [ -e "$(ovs_dir "$1")/ovs-vswitchd.pid" ] || return 0
  ovs "$1" ovs-appctl --timeout=30 exit --cleanup
  ovs "$1" /usr/share/openvswitch/scripts/ovs-ctl stop
  case $1 in node) rm /etc/openvswitch/conf.db ;; *) rm "$(ovs_dir "$1")/conf.db" ;; esac
}
