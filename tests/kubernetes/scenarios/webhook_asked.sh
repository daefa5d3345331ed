#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who meets the webhook, by the API server's own count: pods and workloads without the annotation never do, and start while
# there is no webhook at all; annotated ones do, and are refused in the meantime with a reason, not let through without a client.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

in_nsm() { kube west --namespace "$NSM_NAMESPACE" "$@"; }
restore() {
  in_nsm scale deployment/nsm-webhook --replicas "$replicas" >/dev/null
  wait_ready west
}

# asked: how often the API server has called it, or would have.
asked() {
  local metrics
  metrics=$(kube west get --raw /metrics)
  awk '/^apiserver_admission_webhook_admission_duration_seconds_count\{.*networkservicemesh/ { sum += $NF }
       /^apiserver_admission_webhook_fail_open_count\{.*networkservicemesh/ { sum += $NF } END { print sum + 0 }' <<<"$metrics"
}
# nobody_there: neither pods nor addresses behind the Service.
nobody_there() {
  local slices
  slices=$(in_nsm get endpointslices --selector kubernetes.io/service-name=nsm-webhook --output json)
  (($(jq '[.items[].endpoints // [] | length] | add // 0' <<<"$slices") == 0))
}
# plain NAME: a pod and a Deployment of one without the annotation.
plain() {
  ours west run "$1" --image "$TOOLS_IMAGE" >/dev/null
  deployment west "$1" 2 '{}' >/dev/null
  ours west wait --for=condition=Ready "pod/$1" --timeout "$((60 * NSM_TIMEOUT_SCALE))s" >/dev/null
  ours west rollout status "deployment/$1" --timeout "$((60 * NSM_TIMEOUT_SCALE))s" >/dev/null
}

scenario_open
replicas=$(in_nsm get deployment/nsm-webhook --output 'jsonpath={.spec.replicas}')
before=$(asked)
plain plain
expect "questions for what is not annotated" $(($(asked) - before)) -eq 0
annotated west annotated icmp-responder
expect "questions for a pod that is" $(($(asked) - before)) -ge 1

in_nsm scale deployment/nsm-webhook --replicas 0 >/dev/null
wait_for 60 "end of the webhook" nobody_there
before=$(asked)
plain orphan
expect "questions for what is not annotated, without a webhook" $(($(asked) - before)) -eq 0
said=$(annotated west refused icmp-responder 2>&1) && fail "an annotated pod is let through"
note "$said"
[[ $said == *webhook* ]] || fail "no reason: $said"
in_nsm scale deployment/nsm-webhook --replicas "$replicas" >/dev/null
wait_for 60 "the webhook again" annotated west again icmp-responder
expect "its client" "$(ours west get pod again --output 'jsonpath={.spec.initContainers[*].name}')" = nsm-client
