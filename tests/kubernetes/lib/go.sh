# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A Go toolchain that is new enough for Kubernetes: the one that is there, or else one from the Go module proxy, where
# toolchains are modules themselves.

readonly GO_MINOR=24 GO_TOOLCHAIN=go1.24.9

# new_enough GO: whether that command is Go 1.$GO_MINOR or newer.
new_enough() {
  local version
  version=$("$1" env GOVERSION 2>/dev/null) || return 1
  [[ $version =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= GO_MINOR))
}

# go_command FOLDER: prints the path of a Go command; one that has to be fetched is put into FOLDER.
go_command() {
  local go
  for go in "$(type -P go || true)" /usr/local/go/bin/go "$1/$GO_TOOLCHAIN/bin/go"; do
    [[ -x $go ]] || continue
    if new_enough "$go"; then
      echo "$go"
      return
    fi
  done
  fetch_go "$1"
  echo "$1/$GO_TOOLCHAIN/bin/go"
}

# fetch_go FOLDER: with Debian's Go, which is too old to build Kubernetes, but knows modules and checks their sums.
fetch_go() {
  local module folder toolchain=${1:?}/$GO_TOOLCHAIN
  module=golang.org/toolchain@v0.0.1-$GO_TOOLCHAIN.linux-$(dpkg --print-architecture)
  install_packages golang-go ca-certificates
  folder=$(cd / && GOMODCACHE=$1/modules GOFLAGS=-modcacherw /usr/bin/go mod download -json "$module" | jq -r .Dir)
  rm -rf "$toolchain" "$toolchain.part"
  cp -r "$folder" "$toolchain.part"
  # Modules have no executable files.
  chmod -R +x "$toolchain.part"/{bin,pkg/tool}
  mv "$toolchain.part" "$toolchain"
  rm -rf "$1/modules"
}
