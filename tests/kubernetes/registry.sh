#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Our registry beside a real API server, which api-server.sh runs: the contract of its store; two replicas with no more rights
# than they need; what people do with kubectl, and what the server refuses.
set -Eeuo pipefail
NSM_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
export NSM_TIMEOUT_SCALE=${NSM_TIMEOUT_SCALE:-1}
# shellcheck source=../netns/lib/wait.sh
source "$NSM_ROOT/tests/netns/lib/wait.sh"
# Not at whatever cluster KUBECONFIG happens to name: all registrations are deleted.
if [[ ${1:-} != beside ]]; then
  exec "$NSM_ROOT/tests/kubernetes/api-server.sh" "$0" beside
fi
NSM_BIN_DIR=$(realpath -m "${NSM_BIN_DIR:-$NSM_ROOT/build/release/bin}")
export PATH=$NSM_BIN_DIR:$PATH
folder=$(mktemp -d)
pids=()
end() {
  local status=$? pid
  trap - EXIT ERR
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  ((status == 0)) || tail -n 20 "$folder"/*.log >&2 || true
  rm -rf "$folder"
  exit "$status"
}
trap end EXIT
trap 'note "FAIL: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR

# begin NAME COMMAND...: in the background, its output in NAME.log.
begin() {
  "${@:2}" >"$folder/$1.log" 2>&1 </dev/null &
  pids+=($!)
}

# refused TEXT COMMAND...: COMMAND fails, and says TEXT (an extended regular expression).
refused() {
  local said
  if said=$("${@:2}" 2>&1); then fail "not refused: ${*:2}"; fi
  grep -qE -- "$1" <<<"$said" || fail "expected '$1' of ${*:2}, which says: $said"
}

# with_the_rights_of_a_registry FILE: makes it the kubeconfig of a service account that has just what a registry needs.
with_the_rights_of_a_registry() {
  kubectl create namespace nsm-system >/dev/null
  kubectl apply --filename - >/dev/null <<'END'
apiVersion: v1
kind: ServiceAccount
metadata: {name: nsm-registry, namespace: nsm-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: nsm-registry}
rules:
  - apiGroups: [networkservicemesh.io]
    resources: [networkservices, networkserviceendpoints]
    verbs: [list, watch, delete]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: nsm-registry}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: nsm-registry}
subjects: [{kind: ServiceAccount, name: nsm-registry, namespace: nsm-system}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: nsm-registry, namespace: nsm-system}
rules:
  - apiGroups: [networkservicemesh.io]
    resources: [networkservices, networkserviceendpoints]
    verbs: [create, update]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: nsm-registry, namespace: nsm-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: nsm-registry}
subjects: [{kind: ServiceAccount, name: nsm-registry, namespace: nsm-system}]
END
  kubectl config view --raw --flatten >"$1"
  kubectl --kubeconfig "$1" config set-credentials registry --token "$(kubectl -n nsm-system create token nsm-registry)" >/dev/null
  kubectl --kubeconfig "$1" config set-context --current --user registry >/dev/null
}

# replica N: it serves a socket of its own.
replica() {
  begin "registry-$1" nsm-registry --insecure --name "registry-$1" --store kubernetes --namespace nsm-system \
    --kubeconfig "$folder/registry.conf" --listen-on "unix://$folder/$1.sock" --admin-listen-on "unix://$folder/$1-admin.sock"
}

# shows N TEXT: replica N finds exactly that of the service.
shows() { [[ $(nsmctl find "unix://$folder/$1.sock" icmp-responder) == "$2" ]]; }

# printed KIND ARGUMENT...: the columns of the only object, but for its age.
printed() { kubectl get "$@" --no-headers | sed -E 's/ +[^ ]+$//; s/ +/ /g'; }

kubectl apply --filename "$NSM_ROOT/deploy/helm/nsm/definitions" >/dev/null
kubectl wait --for condition=established --timeout "$((30 * NSM_TIMEOUT_SCALE))s" \
  crd/networkservices.networkservicemesh.io crd/networkserviceendpoints.networkservicemesh.io >/dev/null

note "the contract of the store"
NSM_TEST_KUBECONFIG=$KUBECONFIG "$NSM_BIN_DIR/../tests/kubernetes/kubernetes_store" >"$folder/contract.log" 2>&1 ||
  { cat "$folder/contract.log" >&2; fail "the contract of the store"; }
kubectl delete netsvc,nse --all --all-namespaces >/dev/null

note "two replicas"
with_the_rights_of_a_registry "$folder/registry.conf"
replica 1
replica 2
wait_for 10 "replicas" shows 1 ""
wait_for 10 "replicas" shows 2 ""
begin nse nse-icmp-responder --insecure --name nse_1 --connect-to "unix://$folder/1.sock" --listen-on "unix://$folder/nse.sock" \
  --admin-listen-on "unix://$folder/nse-admin.sock" --service-names icmp-responder
url=unix://$folder/nse.sock
wait_for 10 "the endpoint at the other replica" shows 2 "found nse_1 $url"
expect "column of the service" "$(printed netsvc -A)" = "nsm-system icmp-responder ETHERNET"
[[ $(printed nse -A) =~ ^nsm-system\ nse-1\.x-[0-9a-f]{32}\ \[\"icmp-responder\"\]\ unix: ]] || fail "columns of the endpoint: $(printed nse -A)"

note "what others do with kubectl"
kubectl apply --filename - >/dev/null <<'END'
apiVersion: networkservicemesh.io/v1
kind: NetworkServiceEndpoint
metadata: {name: theirs, namespace: default}
spec: {network_service_names: [icmp-responder], url: "tcp://192.0.2.1:5001", expiration_time: null}
END
for n in 1 2; do wait_for 10 "an endpoint of another namespace at replica $n" shows "$n" "found nse_1 $url
found theirs tcp://192.0.2.1:5001"; done
kubectl -n default delete nse theirs >/dev/null
for n in 1 2; do wait_for 10 "no such endpoint at replica $n" shows "$n" "found nse_1 $url"; done
kubectl -n nsm-system delete nse --all >/dev/null
for n in 1 2; do wait_for 10 "an endpoint that lives is there again at replica $n" shows "$n" "found nse_1 $url"; done

note "matches that somebody wrote"
kubectl apply --filename - >/dev/null <<'END'
apiVersion: networkservicemesh.io/v1
kind: NetworkService
metadata: {name: icmp-responder, namespace: default}
spec: {payload: ETHERNET, matches: [{routes: [{destination_selector: {app: none}}]}]}
END
echo '{"name": "icmp-responder", "payload": "ETHERNET"}' >"$folder/service.json"
stays() { [[ $(nsmctl set-service "unix://$folder/$1.sock" "$folder/service.json" 2>&1) == *"has matches, which a registration without any does not take away"* ]]; }
for n in 1 2; do wait_for 10 "the service with matches at replica $n" stays "$n"; done
expect "matches in it" "$(kubectl -n default get netsvc icmp-responder --output json | jq '.spec.matches | length')" = 1
kubectl -n default delete netsvc icmp-responder >/dev/null

note "what the server refuses"
# service SPEC: applies one of that spec.
service() {
  kubectl apply --filename - <<<"{apiVersion: networkservicemesh.io/v1, kind: NetworkService, metadata: {name: bad, namespace: default}, spec: $1}"
}
refused 'spec.payload: Unsupported value: "TCP": supported values: "", "IP", "ETHERNET"' service '{payload: TCP}'
refused 'unknown field "spec.matchs"' service '{matchs: []}'
refused 'spec.matches\[0\].routes\[0\].weight.*less than or equal to 4294967295' service '{matches: [{routes: [{weight: 5000000000}]}]}'

note "an endpoint that leaves"
kill "${pids[-1]}"
for n in 1 2; do wait_for 10 "no endpoint at replica $n" shows "$n" ""; done
expect "objects of endpoints" "$(kubectl get nse -A --output name | wc -l)" -eq 0
expect "objects of services" "$(kubectl get netsvc -A --output name)" = networkservice.networkservicemesh.io/icmp-responder
note "PASS"
