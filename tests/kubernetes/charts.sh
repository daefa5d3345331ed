#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Our charts at a real API server (run by api-server.sh): what Helm and the server make of them, and of wrong values.
set -Eeuo pipefail
NSM_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# Not at whatever cluster KUBECONFIG happens to name.
if [[ ${1:-} != beside ]]; then exec "$NSM_ROOT/tests/kubernetes/api-server.sh" "$0" beside; fi
export NSM_TIMEOUT_SCALE=${NSM_TIMEOUT_SCALE:-1}
# shellcheck source=../netns/lib/wait.sh
source "$NSM_ROOT/tests/netns/lib/wait.sh"
trap 'note "FAIL: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
charts=(nsm proxy-nsmgr)

# chart NAME: its folder.
chart() { echo "$NSM_ROOT/deploy/helm/$1"; }

# refused TEXT COMMAND...: COMMAND fails, and says TEXT (an extended regular expression).
refused() {
  local said
  if said=$("${@:2}" 2>&1); then fail "not refused: ${*:2}"; fi
  grep -qE -- "$1" <<<"$said" || fail "expected '$1' of ${*:2}, which says: $said"
}

# objects_of_ours: how many there are, of the kinds that charts make.
objects_of_ours() {
  kubectl get daemonsets,deployments,services,serviceaccounts,configmaps,roles,rolebindings,clusterroles,clusterrolebindings,csidrivers \
    --all-namespaces --selector app.kubernetes.io/part-of=interdomain-nsm --output name | wc -l
}

lint() {
  local name
  for name in "${charts[@]}"; do
    helm lint --strict "$(chart "$name")" --set insecure=true >/dev/null || fail "helm lint of $name"
  done
}

# values_are_checked: what is missing, unknown or wrong is named.
values_are_checked() {
  local name
  for name in "${charts[@]}"; do
    refused "set insecure=true" helm template "$(chart "$name")"
    refused "insecur" helm template "$(chart "$name")" --set insecur=true
    refused "logLevel" helm template "$(chart "$name")" --set insecure=true,logLevel=loud
    refused "'node1' does not match" helm template "$(chart "$name")" --set insecure=true --set-json 'addressMap={"node1": "203.0.113.1"}'
  done
  refused "port" helm template "$(chart nsm)" --set insecure=true,nsmgr.port=70000
  refused "privileged" helm template "$(chart nsm)" --set insecure=true,forwarder.privileged=maybe
  refused "probeInterval" helm template "$(chart nsm)" --set insecure=true,forwarder.probeInterval=often
  refused "fastPath" helm template "$(chart nsm)" --set insecure=true,forwarder.fastPath=never
  refused "kubeletFolder" helm template "$(chart nsm)" --set insecure=true,csi.kubeletFolder=kubelet
  refused "publicUrl" helm template "$(chart proxy-nsmgr)" --set insecure=true,advertise=proxy
}

# followers TEXT: how many containers of a chart see what is mounted in the folder later.
followers() { grep -A 1 'mountPath: /var/lib/networkservicemesh$' <<<"$1" | grep -c HostToContainer; }

# folders_of_pods: the driver, and those who see its mounts; or none of that.
folders_of_pods() {
  local text
  text=$(helm template "$(chart nsm)" --set insecure=true)
  expect "who sees mounts of pods" "$(followers "$text")" = 2
  expect "drivers" "$(grep -c '^kind: CSIDriver' <<<"$text")" -eq 1
  text=$(helm template "$(chart nsm)" --set insecure=true,csi.enabled=false)
  expect "who sees them without the driver" "$(followers "$text" || true)" = 0
  ! grep -E 'nsm-csi|CSIDriver|pods-folder' <<<"$text" || fail "a driver that was not wanted"
}

# applied: as typed by people who do not let Helm talk to the cluster; a second time changes nothing.
applied() {
  local name said
  kubectl create namespace nsm-system >/dev/null
  for name in "${charts[@]}"; do
    helm template "$(chart "$name")" --namespace nsm-system --set insecure=true | kubectl apply --filename - >/dev/null
    said=$(helm template "$(chart "$name")" --namespace nsm-system --set insecure=true | kubectl apply --filename -)
    # A PodDisruptionBudget's selector is always replaced as a whole, and so counts as changed.
    ! grep -Evq 'unchanged$|^poddisruptionbudget.* configured$' <<<"$said" || fail "applied again, $name says: $said"
  done
  refused "has a release of nsm already, release-name in namespace nsm-system" \
    helm install nsm "$(chart nsm)" --namespace other --create-namespace --set insecure=true
  for name in "${charts[@]}"; do
    helm template "$(chart "$name")" --namespace nsm-system --set insecure=true | kubectl delete --filename - >/dev/null
  done
  expect "objects left of what was applied" "$(objects_of_ours)" -eq 0
  kubectl delete namespace nsm-system --wait=false >/dev/null
}

# installed: with all values that add something, upgraded, and uninstalled, without the hooks, which need nodes.
installed() {
  local name
  for name in "${charts[@]}"; do
    helm install "$name" "$(chart "$name")" --namespace nsm --create-namespace --set insecure=true >/dev/null
    refused "has a release of $name already, $name in namespace nsm:" \
      helm install "$name" "$(chart "$name")" --namespace other --create-namespace --set insecure=true
    helm upgrade "$name" "$(chart "$name")" --namespace nsm --set 'insecure=true,domain={west.test,w.test},podLabels.team=net' \
      --set-json 'addressMap={"10.0.0.1": "203.0.113.1"}' >/dev/null
  done
  expect "map of addresses" "$(kubectl -n nsm get configmap nsm-address-map --output 'jsonpath={.data.address-map\.yaml}')" = "10.0.0.1: 203.0.113.1"
  helm upgrade nsm "$(chart nsm)" --namespace nsm --reuse-values --set forwarder.privileged=false >/dev/null
  expect "capabilities of the forwarder" "$(kubectl -n nsm get daemonset nsm-forwarder --output \
    'jsonpath={.spec.template.spec.containers[0].securityContext.capabilities}')" = '{"add":["NET_ADMIN","SYS_ADMIN","SYS_PTRACE"],"drop":["ALL"]}'
  for name in "${charts[@]}"; do helm uninstall "$name" --namespace nsm --no-hooks >/dev/null; done
  expect "objects left of what was installed" "$(objects_of_ours)" -eq 0
}

# definitions_stay: with what they define, and are in nobody's way.
definitions_stay() {
  local made='jsonpath={.metadata.creationTimestamp}' before
  before=$(kubectl get crd networkservices.networkservicemesh.io --output "$made")
  helm install other "$(chart nsm)" --namespace other --create-namespace --set insecure=true >/dev/null
  helm uninstall other --namespace other --no-hooks >/dev/null
  expect "time when the definition was made" "$(kubectl get crd networkservices.networkservicemesh.io --output "$made")" = "$before"
}

lint
values_are_checked
folders_of_pods
applied
installed
definitions_stay
note "PASS: ${0##*/}"
