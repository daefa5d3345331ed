# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What there is to do and to see when two clusters, west and east, exist: whatever they are made of, as long as kube,
# in_cluster and node_address lead to them.

# step TEXT COMMAND...: runs COMMAND and says how long it took.
step() {
  local begin
  begin=$(now)
  "${@:2}"
  printf '%8d ms  %s\n' $(($(now) - begin)) "$1"
}

# show TEXT COMMAND...: prints the command's output below TEXT.
show() {
  printf '\n%s\n' "$1"
  "${@:2}" | sed 's/^/  /'
}

# install_everywhere: our charts, in both at the same time.
install_everywhere() {
  install_charts west &
  local west=$!
  install_charts east
  wait "$west"
}

# connect: the examples as they are.
connect() {
  kube east apply --filename "$NSM_ROOT/deploy/examples/icmp-responder.yaml" >/dev/null
  kube east rollout status deployment/icmp-responder --timeout 60s >/dev/null
  sed "s/DOMAIN/$(node_address east 1)/" "$NSM_ROOT/deploy/examples/annotated-client.yaml" | kube west apply --filename - >/dev/null
  kube west rollout status deployment/annotated-client --timeout 120s >/dev/null
}

# in_client COMMAND...: in the client's pod.
in_client() { kube west exec deployment/annotated-client --container client -- "$@"; }

# peer_of_client: address of the other end.
peer_of_client() { in_client ip route show dev nsm-1 | awk '!found { print $1; found = 1 }'; }

# demonstrate: a client of west pings an endpoint of east.
demonstrate() {
  step "endpoint in east, client in west that asks for icmp-responder@$(node_address east 1)" connect
  show "Pods of west:" kube west get pods --all-namespaces
  show "Pods of east:" kube east get pods --all-namespaces
  show "The interface in the client's pod:" in_client ip address show nsm-1
  show "The connection and its path:" nsmctl_in west ds/nsmgr connections unix:///var/lib/networkservicemesh/nsm.io.sock
  show "Ping from the client's pod to the endpoint's:" in_client ping -c 5 "$(peer_of_client)"
}
