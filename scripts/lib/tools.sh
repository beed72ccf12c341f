# shellcheck shell=bash
# Tools that are no Debian packages: the version of each, and where it is.
# shellcheck disable=SC2034 # read by the scripts that source this

readonly WASM_PACK_VERSION=0.15.1
readonly GECKODRIVER_VERSION=0.37.1
# What the browser tests need, and what is installed where Debian's is older.
readonly NODE_AT_LEAST=20
readonly NODE_VERSION=22.23.3

# One folder a version, NAME-VERSION/bin, so that checkouts of different ages share it.
readonly TOOLS=${YAKSEARCH_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/yaksearch/tools}

# The tool and the crate speak a protocol of their own: the lock file decides for both.
wasm_bindgen_version() {
  awk -F'"' '/^name = / { name = $2 } /^version = / && name == "wasm-bindgen" { print $2 }' "$ROOT/Cargo.lock"
}

# find_tool NAME VERSION: the path of that very version, from the cache or PATH
find_tool() {
  local name=$1 version=$2 path
  for path in "$TOOLS/$name-$version/bin/$name" "$(type -P "$name")" "$TOOLS"/*/bin/"$name"; do
    # Matched as a whole: 0.2.1 is not 0.2.130.
    if [[ -x $path && " $("$path" --version 2>/dev/null) " =~ [^0-9.]"$version"[^0-9.] ]]; then
      echo "$path"
      return
    fi
  done
  return 1
}

# use_tool NAME VERSION: puts it first on PATH
use_tool() {
  local path
  path=$(find_tool "$1" "$2") || die "$1 $2 is missing" "run scripts/setup"
  PATH=$(dirname "$path"):$PATH
}

node_is_recent() { have node && (($(node -p 'parseInt(process.versions.node)') >= NODE_AT_LEAST)); }

use_node() { node_is_recent || use_tool node "$NODE_VERSION"; }

# A shell may have selected the wasm toolchain; native code is still for its own.
[[ ${RUSTUP_TOOLCHAIN-} != yaksearch-wasm ]] || unset RUSTUP_TOOLCHAIN

# Finds the toolchain of for_wasm.
use_wasm_toolchain() {
  local selection
  selection=$("$ROOT/scripts/wasm-toolchain") || exit
  WASM_RUSTUP_TOOLCHAIN=$(sed -n 's/^export RUSTUP_TOOLCHAIN=//p' <<<"$selection")
}

# for_wasm COMMAND…: with a toolchain that compiles for wasm32
for_wasm() {
  if [[ -n $WASM_RUSTUP_TOOLCHAIN ]]; then
    RUSTUP_TOOLCHAIN=$WASM_RUSTUP_TOOLCHAIN "$@"
  else
    "$@"
  fi
}
