# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Debian packages that only the clusters need.

# install_packages PACKAGE...: those that are missing.
install_packages() {
  local package missing=()
  for package in "$@"; do
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]} > 0)) || return 0
  apt-get -qq update </dev/null >&2
  DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${missing[@]}" </dev/null >&2
}

# unpack_package PACKAGE FOLDER: its files, without installing it: an installed containerd would run as a service.
unpack_package() (
  set -e
  mkdir -p "$2"
  cd "$2"
  apt-get -qq -o APT::Sandbox::User=root download "$1" >&2
  dpkg -x ./*.deb .
  rm ./*.deb
)
