# Shared by the scripts: messages, refusals, the cache. Sourced, never run.
# shellcheck shell=bash

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${NICSTEER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nicsteer}

say() { printf '%s\n' "$*" >&2; }

# die CODE WHAT HINT: the one line of DESIGN's error contract.
die() {
  printf 'error: %s: %s — %s\n' "$1" "$2" "$3" >&2
  exit 1
}

# step TITLE COMMAND…: runs COMMAND quietly, with the seconds it took; on failure its last lines, then the refusal $why.
step() {
  local title=$1 log started=$SECONDS status=0
  shift
  log=$(mktemp)
  printf '  %-46s ' "$title …" >&2
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    printf 'failed\n' >&2
    tail -n 15 "$log" | sed 's/^/    /' >&2
    rm -f "$log"
    return "$status"
  fi
  printf '%3ds\n' $((SECONDS - started)) >&2
  rm -f "$log"
}

need_root() {
  [ "$(id -u)" -eq 0 ] || die NOT_ROOT "$1 needs root" "run it again with sudo"
}

# need_disk MIB DIR: refuses before anything is written.
need_disk() {
  local free
  mkdir -p "$2" 2>/dev/null || die NO_DISK "cannot create $2" "set NICSTEER_CACHE to a folder that can be written"
  free=$(df -Pm "$2" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$1" ] || die NO_DISK "$2 has $free MiB free, $1 MiB are needed" "free some space, or set NICSTEER_CACHE to a larger disk"
}

# install_packages PACKAGE…: installs those Debian packages that are missing.
install_packages() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || die NOT_DEBIAN "apt-get is missing, cannot install: ${missing[*]}" "use Debian 12 or 13, or install them by hand"
  need_root "installing ${missing[*]}"
  # One process at a time: dpkg's own lock makes the second wait instead of failing.
  DEBIAN_FRONTEND=noninteractive step "Debian packages: ${missing[*]}" bash -c '
    apt-get -o DPkg::Lock::Timeout=300 update -qq
    apt-get -o DPkg::Lock::Timeout=300 install -qq -y --no-install-recommends "$@"' -- "${missing[@]}" ||
    die NO_PACKAGES "apt-get could not install: ${missing[*]}" "check the package sources and the network (lines above), then run this again"
}

# key_of FILE…: one hash over names (relative to the project) and contents.
key_of() {
  (cd "$project" && find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-16
}
