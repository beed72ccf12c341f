# shellcheck shell=bash
# What every script here starts with: where the repository is, and how to speak.
# Messages go to standard error, so that standard output stays for results.

# shellcheck disable=SC2034 # read by the scripts that source this
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SELF=$(basename "$0")

say() { printf '[%s] %s\n' "$SELF" "$*" >&2; }

# die WHAT [REMEDY…]: one line each
die() {
  say "error: $1"
  shift
  (($# == 0)) || printf '    %s\n' "$@" >&2
  exit 1
}

# quietly COMMAND…: its output is shown only if it fails
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return $status
}

have() { type -P "$1" >/dev/null; }

# The comment at the top of a script is its help.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# For an argument that a script does not know.
refuse() {
  say "unknown argument: $1"
  print_help >&2
  exit 2
}
