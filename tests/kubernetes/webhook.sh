#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The webhook at a real API server: it makes its certificate and is trusted, with no more rights than the chart gives it;
# what kubectl applies is changed, refused and warned of; who is not annotated never meets it.
#
#   kubectl ──> kube-apiserver ──(https, by the configuration's URL)──> nsm-webhook ──(its service account's token)──┐
#                     ^──────────────────────────────────────────────────────────────────────────────────────────────┘
#
# Beside an API server of its own, which api-server.sh runs.
set -Eeuo pipefail
NSM_ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=../netns/lib/wait.sh
source "$NSM_ROOT/tests/netns/lib/wait.sh"
if [[ ${1:-} != beside ]]; then exec "$NSM_ROOT/tests/kubernetes/api-server.sh" "$0" beside; fi
need kubectl helm jq curl
export NSM_TIMEOUT_SCALE=${NSM_TIMEOUT_SCALE:-1}
BIN=${NSM_BIN_DIR:-$NSM_ROOT/build/release/bin}
folder=$(mktemp -d)

webhook_pid=
end_webhook() {
  [[ -n $webhook_pid ]] || return 0
  kill -TERM "$webhook_pid" 2>/dev/null || true
  wait "$webhook_pid" || true
  webhook_pid=
}
finish() {
  local status=$?
  trap - EXIT ERR
  end_webhook
  ((status == 0)) || cat "$folder"/*.log >&2
  rm -rf "$folder"
  exit "$status"
}
trap finish EXIT

# start_webhook: as the chart's service account, which RBAC allows what the chart says.
start_webhook() {
  "$BIN/nsm-webhook" --kubeconfig="$folder/webhook.conf" --listen-on="tcp://127.0.0.1:$port" --names=127.0.0.1 \
    --client-image=registry.example/nsm:1 --insecure --drain=1ms >>"$folder/webhook.log" 2>&1 </dev/null &
  webhook_pid=$!
  wait_for 20 "the webhook" healthy
}
# healthy: with the certificate that the configuration trusts.
healthy() {
  configuration | jq -er '.webhooks[0].clientConfig.caBundle' | base64 -d >"$folder/ca.crt"
  [[ $(curl --silent --cacert "$folder/ca.crt" "https://127.0.0.1:$port/healthz") == ok ]]
}
configuration() { kubectl get mutatingwebhookconfiguration nsm-webhook -o json; }
trusted() { configuration | jq -e 'all(.webhooks[]; .clientConfig.caBundle)'; }
secret_version() { kubectl -n nsm-system get secret nsm-webhook-certificate -o 'jsonpath={.metadata.resourceVersion}'; }

# annotated KIND NAME ANNOTATION_JSON [TEMPLATE_ANNOTATION_JSON]: an object of that kind, as a user writes it.
annotated() {
  local pod='{"containers":[{"name":"app","image":"app:1"}]}' group=apps/v1 selector='{"selector":{"matchLabels":{"app":"a"}}}'
  local metadata="{\"name\":\"$2\",\"annotations\":$3}"
  local template="{\"metadata\":{\"labels\":{\"app\":\"a\"}${4:+,\"annotations\":$4}},\"spec\":$pod}"
  case $1 in
    Pod) jq -nc "{apiVersion: \"v1\", kind: \"Pod\", metadata: $metadata, spec: $pod}" ;;
    Job | CronJob)
      template=$(jq -c '.spec.restartPolicy = "Never"' <<<"$template")
      if [[ $1 == Job ]]; then
        jq -nc "{apiVersion: \"batch/v1\", kind: \"Job\", metadata: $metadata, spec: {template: $template}}"
      else
        jq -nc "{apiVersion: \"batch/v1\", kind: \"CronJob\", metadata: $metadata,
                 spec: {schedule: \"0 0 * * *\", jobTemplate: {spec: {template: $template}}}}"
      fi
      ;;
    *)
      [[ $1 != StatefulSet ]] || selector=$(jq -c '.serviceName = "a"' <<<"$selector")
      jq -nc "{apiVersion: \"$group\", kind: \"$1\", metadata: $metadata, spec: ($selector + {template: $template})}"
      ;;
  esac
}
# asks_for POD_NAME: which services its client is started with.
asks_for() {
  kubectl get pod "$1" -o json |
    jq -r '.spec.initContainers[0] | select(.name == "nsm-client" and .restartPolicy == "Always")
           | .env[] | select(.name == "NSM_NETWORK_SERVICES").value'
}
# refused WHY KUBECTL_ARGUMENT...: with the object on standard input; the message has WHY.
refused() {
  local output
  if output=$(kubectl "${@:2}" -f - 2>&1); then fail "admitted: $output"; fi
  [[ $output == *"$1"* ]] || fail "refused, but not because of \"$1\": $output"
}

port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
kubectl create namespace nsm-system >/dev/null
kubectl create serviceaccount default >/dev/null
helm template "$NSM_ROOT/deploy/helm/nsm" --namespace nsm-system --set insecure=true --show-only 'templates/webhook/*' |
  kubectl apply -f - >/dev/null
# Nothing leads to the chart's Service here.
configuration | jq --arg url "https://127.0.0.1:$port/mutate" '.webhooks[].clientConfig = {url: $url}' | kubectl replace -f - >/dev/null
kubectl config view --raw --minify -o json |
  jq --arg token "$(kubectl -n nsm-system create token nsm-webhook)" \
    '.users[0].user = {token: $token} | .contexts[0].context.namespace = "nsm-system"' >"$folder/webhook.conf"
start_webhook
wait_for 10 "a bundle in every entry" trusted

note "pods"
annotated Pod guide '{"ns.networkservicemesh.io":"icmp@east.test/nsm0?app=a,web"}' | kubectl apply -f - >/dev/null
expect "services of the guide's annotation" "$(asks_for guide)" = "kernel://icmp@east.test/nsm0?app=a,kernel://web/nsm1"
annotated Pod v1 '{"networkservicemesh.io":"kernel://icmp@east.test/nsm-1"}' | kubectl apply -f - >/dev/null
expect "services of NSM v1's annotation" "$(asks_for v1)" = "kernel://icmp@east.test/nsm-1"
# As somebody makes it anew of what the API server has.
kubectl get pod guide -o json | jq 'del(.metadata.resourceVersion, .metadata.uid) | .metadata.name = "again"' | kubectl create -f - >/dev/null
expect "the same pod, made anew" "$(kubectl get pod again -o json | jq -c .spec)" = "$(kubectl get pod guide -o json | jq -c .spec)"
annotated Pod plain '{}' | kubectl apply -f - >/dev/null
expect "a pod without annotation" "$(kubectl get pod plain -o 'jsonpath={.spec.initContainers}')" = ""

note "workloads"
for kind in Deployment StatefulSet DaemonSet ReplicaSet Job CronJob; do
  name=${kind,,}
  annotated "$kind" "$name" '{"ns.networkservicemesh.io":"icmp@east.test"}' | kubectl apply -f - >/dev/null
  template=$(kubectl get "$kind" "$name" -o json | jq '.spec | (.jobTemplate.spec // .).template')
  expect "annotation in the template of a $kind" "$(jq -r '.metadata.annotations["ns.networkservicemesh.io"]' <<<"$template")" = icmp@east.test
  expect "containers in the template of a $kind" "$(jq -c '[.spec.initContainers, (.spec.containers | length)]' <<<"$template")" = "[null,1]"
  spec=$(kubectl get "$kind" "$name" -o json | jq -c .spec)
  annotated "$kind" "$name" '{"ns.networkservicemesh.io":"icmp@east.test"}' | kubectl apply -f - >/dev/null
  # As a program writes it that knows nothing of the copy.
  kubectl get "$kind" "$name" -o json | jq 'del(.. | .annotations? | select(.["networkservicemesh.io/annotated-at"]?))' |
    kubectl replace -f - >/dev/null
  expect "a $kind that was written again" "$(kubectl get "$kind" "$name" -o json | jq -c .spec)" = "$spec"
done
annotated Deployment deployment '{}' | kubectl apply -f - >/dev/null
expect "annotations in the template when the original is gone" \
  "$(kubectl get deployment deployment -o json | jq -c '.spec.template.metadata.annotations')" = null

note "refusals"
bad='{"ns.networkservicemesh.io":"icmp, web/a/b"}'
why='annotation ns.networkservicemesh.io in metadata: entry 2 at character 7, "web/a/b": more than one / before the labels; expected SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE&...][,...]'
for kind in Pod Deployment StatefulSet DaemonSet ReplicaSet Job CronJob; do
  annotated "$kind" bad "$bad" | refused "$why" apply
done
annotated Pod bad '{"ns.networkservicemesh.io":"a","networkservicemesh.io":"kernel://a/b"}' | refused "both annotations" apply
annotated Pod bad '{"ns.networkservicemesh.io":"a/x,b/x"}' | refused "interface x is named twice" apply
annotated Deployment bad '{"ns.networkservicemesh.io":"a"}' '{"ns.networkservicemesh.io":"b"}' | refused "is not the same in" apply
annotated Pod bad '{"ns.networkservicemesh.io":"a"}' | jq '.spec.hostNetwork = true' | refused "spec.hostNetwork is true" apply
jq -nc "{apiVersion: \"v1\", kind: \"Namespace\", metadata: {name: \"bad\", annotations: $bad}}" | refused "$why" apply
output=$(annotated Pod odd '{"ns.networkservicemesh.io":"icmp/eth0"}' | kubectl apply -f - 2>&1)
[[ $output == *"Warning: service icmp is to be at eth0"* ]] || fail "no warning: $output"

note "namespaces"
entry='[.webhooks[] | select(.name | startswith("annotated-namespaces.")) | .namespaceSelector.matchExpressions[-1].values[]] | join(",")'
listed() { [[ $(configuration | jq -r "$entry") == "$1" ]]; }
kubectl create namespace blue >/dev/null
kubectl create namespace green >/dev/null
kubectl -n blue create serviceaccount default >/dev/null
kubectl annotate namespace blue ns.networkservicemesh.io=web >/dev/null
wait_for 10 "an entry for the namespace" listed blue
# Until the API server has taken the entry over, which it does not tell.
with_namespaces_services() {
  annotated Pod "$1" '{}' | kubectl -n blue apply -f - >/dev/null
  [[ $(kubectl -n blue get pod "$1" -o json | jq -r '.spec.initContainers[0].name') == nsm-client ]] ||
    { kubectl -n blue delete pod "$1" --force --grace-period=0 >/dev/null; return 1; }
}
wait_for 10 "a pod with its namespace's services" with_namespaces_services inherits
kubectl annotate namespace blue ns.networkservicemesh.io- >/dev/null
wait_for 10 "no entry any more" listed ""

note "another certificate, and none"
kubectl -n nsm-system patch secret nsm-webhook-certificate --type=json -p '[{"op":"remove","path":"/data/tls.crt"}]' >/dev/null
renewed() { kubectl -n nsm-system get secret nsm-webhook-certificate -o json | jq -e '.data["tls.crt"]'; }
wait_for 10 "another certificate" renewed
wait_for 10 "its use" healthy
before=$(secret_version)
end_webhook
start_webhook
expect "the Secret after a new start" "$(secret_version)" = "$before"

note "rights"
may() { kubectl --kubeconfig "$folder/webhook.conf" auth can-i "$@" >/dev/null 2>&1; }
may list namespaces || fail "it may not list namespaces"
for right in "list pods" "get secrets" "list secrets --namespace nsm-system" "get secrets --namespace nsm-system" \
  "create mutatingwebhookconfigurations" "update namespaces" "delete secrets/nsm-webhook-certificate --namespace nsm-system"; do
  # shellcheck disable=SC2086 # words of it
  not may $right || fail "it may $right"
done

note "without the webhook"
end_webhook
annotated Pod alone '{}' | kubectl apply -f - >/dev/null
annotated Pod waits '{"ns.networkservicemesh.io":"icmp"}' | refused "failed calling webhook" apply
