# shellcheck shell=bash
# Debian packages, installed only when something is missing.

# apt_install WHAT PACKAGE…
apt_install() {
  local what=$1
  shift
  have apt-get || die "$what is missing, and this system has no apt-get to install it" \
    "install by hand what these Debian packages hold: $*"
  say "$what: apt-get install $*"
  apt_lists
  as_root apt-get install -y -qq --no-install-recommends "$@" ||
    die "apt-get could not install $what" "its own words are above; by hand: apt-get install $*"
}

# Fresh package lists, once a run: old ones name packages that the mirror no longer has.
apt_lists() {
  [[ -z ${APT_LISTS_ARE_FRESH-} ]] || return 0
  as_root apt-get update -qq || say "apt-get update failed; going on with the lists that are there"
  APT_LISTS_ARE_FRESH=1
}

as_root() {
  if (($(id -u) == 0)); then
    quietly env DEBIAN_FRONTEND=noninteractive "$@"
  elif have sudo; then
    # Not quietly: sudo may have to ask for a password.
    sudo env DEBIAN_FRONTEND=noninteractive "$@" >&2
  else
    die "installing packages takes root, and there is no sudo" "as root: $*"
  fi
}
