# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# Sourced by tests/run and examples/run: what Debian packages are needed, and installing those that are missing.

say() { printf '%s: %s\n' "$me" "$*"; }

# The packages behind the library and the program; they bring the tools that build them.
core_packages() {
  # Debian 12's unnumbered Boost is 1.74; later parts of the library need 1.81, which stands beside it.
  local boost=libboost-dev
  if [ "$(. /etc/os-release && echo "${ID:-}:${VERSION_ID:-}")" = debian:12 ]; then boost=libboost1.81-dev; fi
  echo cmake make ninja-build g++ pkg-config "$boost" libcli11-dev libexpected-dev librange-v3-dev libssl-dev \
    libxxhash-dev nlohmann-json3-dev
}

# Beside those: the stories that have a database.
example_packages() { echo libsqlite3-dev; }

test_packages() { echo acl attr catch2 e2fsprogs libbenchmark-dev python3 xfsprogs; }

clang_packages() { echo clang-19 libclang-rt-19-dev; }

# install_missing PACKAGE...: installs through apt what is not there; silent when all is there.
install_missing() {
  local package missing=()
  if ! command -v apt-get dpkg-query > /dev/null; then
    say "this is no Debian: make sure that these are installed, under the names that your system gives them:"
    say "  $*"
    return
  fi
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null | grep -qx installed || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then return; fi

  local apt=(apt-get -q -y -o Dpkg::Use-Pty=0)
  local install=(install --no-install-recommends --no-remove "${missing[@]}")
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then
      say "these packages are missing, and there is neither root nor sudo to install them. next:" >&2
      printf '  su -c "apt-get update && apt-get install %s"\n' "${missing[*]}" >&2
      exit 3
    fi
    root=(sudo)
    say "sudo is asked for, to install packages only"
  fi
  say "installing ${missing[*]}"
  if ! { "${root[@]}" "${apt[@]}" update &&
         "${root[@]}" env DEBIAN_FRONTEND=noninteractive "${apt[@]}" "${install[@]}"; } < /dev/null > "$log" 2>&1; then
    tail -n 25 "$log" >&2
    say "apt could not install them; its whole output is in $log" >&2
    exit 5
  fi
}

# How many jobs at once: one a core, where each has 2 GiB of memory.
jobs_at_once() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 2097152) }' /proc/meminfo)
  echo $((memory < 1 ? 1 : memory < cores ? memory : cores))
}

# configure PRESET: with Ninja where the build folder is new, else with what it was made with.
configure() {
  local generator=()
  if [ ! -e "build/$1/CMakeCache.txt" ]; then generator=(-G Ninja); fi
  if ! cmake --preset "$1" "${generator[@]}" > "$log" 2>&1; then
    cat "$log" >&2
    say "configuring failed" >&2
    exit 1
  fi
}
