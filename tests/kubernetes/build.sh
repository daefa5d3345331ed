#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/kubernetes/build.sh [api]: what a cluster consists of, from Go modules and Debian packages; prints its folder.
# With "api" only kube-apiserver, kubectl, etcd and helm: enough for an API server without nodes, in half the time.
# It is built once for each content of programs/ and kept below NSM_KUBERNETES_CACHE (~/.cache/interdomain-nsm/kubernetes):
#   bin/     kube-apiserver, kubectl, etcd, helm; kube-controller-manager, kube-scheduler, kubelet, kube-proxy, coredns
#   debian/  containerd, runc, the CNI plugins and busybox, unpacked, not installed
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lib/packages.sh
source "$here/lib/packages.sh"
# shellcheck source=lib/go.sh
source "$here/lib/go.sh"

cache=${NSM_KUBERNETES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/interdomain-nsm/kubernetes}

# version MODULE: which one go.mod has.
version() { awk -v module="$1" '$1 == module { print $2; exit }' "$here/programs/go.mod"; }

# build NAME PACKAGE [LINKER_FLAG...]: unless it is there. Nobody debugs it, so nobody waits for what that would need.
build() {
  [[ ! -e $folder/bin/$1 ]] || return 0
  echo "building $1 (after $((SECONDS / 60)) min)" >&2
  (
    cd "$here/programs"
    CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS='-mod=readonly -trimpath -buildvcs=false' "$go" build \
      -p "${NSM_GO_JOBS:-$(nproc)}" -gcflags=all=-dwarf=false -ldflags "-s -w ${*:3}" -o "$folder/bin/$1.part" "$2"
  )
  mv "$folder/bin/$1.part" "$folder/bin/$1"
}

# build_kubernetes BINARY NAME...: from the folder of that name, with a link for each name that it is called by. Without
# these flags it would call itself v0.0.0, which charts refuse.
build_kubernetes() {
  local full name package=k8s.io/component-base/version
  full=$(version k8s.io/kubernetes)
  build "$1" "./$1" -X "$package.gitVersion=$full" -X "$package.gitMajor=1" -X "$package.gitMinor=$(cut -d. -f2 <<<"$full")"
  for name in "${@:2}"; do ln -sf "$1" "$folder/bin/$name"; done
}

# build_helm: which also wants to know for what it takes a cluster that it does not ask.
build_helm() {
  local minor package=helm.sh/helm/v3
  minor=$(version k8s.io/kubernetes | cut -d. -f2)
  build helm "$package/cmd/helm" -X "$package/internal/version.version=$(version "$package")" \
    -X "$package/pkg/chartutil.k8sVersionMajor=1" -X "$package/pkg/chartutil.k8sVersionMinor=$minor"
}

# build_api, build_nodes: the two halves.
build_api() {
  build_kubernetes api kube-apiserver kubectl
  build etcd ./etcd
  build_helm
}
build_nodes() {
  local package
  build_kubernetes nodes kube-controller-manager kube-scheduler kubelet kube-proxy
  build coredns ./coredns
  for package in containerd runc containernetworking-plugins busybox-static; do
    [[ ! -e $folder/debian/$package ]] || continue
    rm -rf "$folder/debian/$package.part"
    unpack_package "$package" "$folder/debian/$package.part"
    mv "$folder/debian/$package.part" "$folder/debian/$package"
  done
}

[[ ${1:-} =~ ^(|api)$ ]] || { sed -n '3,4s/^# //p' "$0" >&2; exit 2; }
key=$(cd "$here" && cat programs/go.mod programs/go.sum programs/*/main.go build.sh | sha256sum | cut -c1-16)
folder=$cache/$key
mkdir -p "$folder/bin" "$folder/debian"
# Whoever comes second waits and finds everything there.
exec 9>"$folder/lock"
flock 9
for part in api ${1:-nodes}; do
  [[ ! -e $folder/complete-$part ]] || continue
  go=${go:-$(go_command "$cache")}
  "build_$part"
  touch "$folder/complete-$part"
done
echo "$folder"
