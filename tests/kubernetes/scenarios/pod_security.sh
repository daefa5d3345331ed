#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Pods in namespaces whose Pod Security level is "baseline" or "restricted", where no hostPath is allowed: an endpoint and
# annotated clients of each level connect by folders of their own, as a user that is not root. Each folder has the sockets of
# its pod alone; the NSMgr knows by it which pod calls. When the pods are gone, so are their folders.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

readonly LEVELS=(baseline restricted)
# in_level LEVEL ARGUMENT...: kubectl in the namespace of that level, in west.
in_level() { kube west --namespace "$SCENARIO-$1" "${@:2}"; }
# volumes_are csi|hostPath: of pods that are annotated from then on.
volumes_are() {
  in_cluster west helm upgrade nsm "$NSM_ROOT/deploy/helm/nsm" --namespace "$NSM_NAMESPACE" --reuse-values --set "webhook.volumes=$1" >/dev/null
  kube west --namespace "$NSM_NAMESPACE" rollout status deployment/nsm-webhook --timeout "$((120 * NSM_TIMEOUT_SCALE))s" >/dev/null
}
security_context() {
  echo '{allowPrivilegeEscalation: false, runAsNonRoot: true, runAsUser: 64002, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}'
}
# secure_endpoint LEVEL PREFIX: offers the network service secure-LEVEL.
secure_endpoint() {
  in_level "$1" apply --filename - >/dev/null <<-END
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: endpoint}
	spec:
	  selector: {matchLabels: {app: endpoint}}
	  template:
	    metadata: {labels: {app: endpoint}}
	    spec:
	      terminationGracePeriodSeconds: 10
	      containers:
	        - name: endpoint
	          image: $NSM_IMAGE
	          command: [nse-icmp-responder]
	          args: [--insecure, --name=\$(POD_NAME), "--listen-on=unix:///var/lib/networkservicemesh/nse.sock",
	                 "--admin-listen-on=unix:///run/nsm/endpoint.sock", --service-names=secure-$1, --cidr-prefix=$2]
	          env: $(node_environment)
	          readinessProbe: {exec: {command: [nsmctl, ready, "unix:///run/nsm/endpoint.sock"]}, periodSeconds: 1, timeoutSeconds: 5}
	          securityContext: $(security_context)
	          volumeMounts: [{name: nsm, mountPath: /var/lib/networkservicemesh}, {name: run, mountPath: /run/nsm}]
	        - {name: tools, image: $TOOLS_IMAGE, securityContext: $(security_context), volumeMounts: [{name: nsm, mountPath: /nsm}]}
	      volumes:
	        - {name: nsm, csi: {driver: csi.networkservicemesh.io}}
	        - {name: run, emptyDir: {medium: Memory}}
	END
  in_level "$1" rollout status deployment/endpoint --timeout "$((90 * NSM_TIMEOUT_SCALE))s" >/dev/null
}
# secure_client LEVEL: annotated; it starts when it is connected.
secure_client() {
  in_level "$1" apply --filename - >/dev/null <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: client, annotations: {ns.networkservicemesh.io: secure-$1/nsm-1}}
	spec:
	  terminationGracePeriodSeconds: 10
	  containers: [{name: tools, image: $TOOLS_IMAGE, securityContext: $(security_context)}]
	END
  in_level "$1" wait --for=condition=Ready pod/client --timeout "$((90 * NSM_TIMEOUT_SCALE))s" >/dev/null
}
# folders_on NODE_NUMBER: of pods.
folders_on() { in_node west "$1" ls /var/lib/networkservicemesh/pods; }
no_folders() {
  local node
  for node in $(kube west get nodes --output 'jsonpath={.items[*].metadata.name}'); do [[ -z $(folders_on "${node#node}") ]] || return 1; done
}
remove_levels() {
  local level
  for level in "${LEVELS[@]}"; do kube west delete namespace "$SCENARIO-$level" --ignore-not-found --timeout=90s >/dev/null; done
}
leave() {
  local status=$? level
  set +e
  if ((status != 0)); then
    for level in "${LEVELS[@]}"; do in_level "$level" describe pods | tail -n 40 >&2; done
    in_level restricted logs pod/client --container nsm-client --tail 15 >&2
    kube west --namespace "$NSM_NAMESPACE" logs daemonset/nsm-csi --tail 30 >&2
  fi
  remove_levels
  volumes_are hostPath
  (exit "$status")
  scenario_exit
}

scenario_open
trap leave EXIT
volumes_are csi
wait_for 30 "volumes of the driver" would_get west '.spec.volumes | any(.csi)'
prefix=1
for level in "${LEVELS[@]}"; do
  kube west create namespace "$SCENARIO-$level" >/dev/null
  kube west label namespace "$SCENARIO-$level" "pod-security.kubernetes.io/enforce=$level" >/dev/null
  secure_endpoint "$level" "172.16.$((prefix++)).0/24"
  secure_client "$level"
  address=$(in_level "$level" exec client --container tools -- ip route show dev nsm-1 | awk '$1 !~ "/" { print $1; exit }')
  # Who is not root may not ping; a port that is closed there answers, too.
  said=$(in_level "$level" exec client --container tools -- nc -w 2 "$address" 9 2>&1) || true
  [[ $said == *refused* ]] || fail "no answer of the endpoint's pod: $said"
  expect "sockets in the endpoint's folder" "$(in_level "$level" exec deployment/endpoint --container tools -- ls /nsm | tr '\n' ' ')" = "nse.sock nsm.io.sock "
  node=$(in_level "$level" get pod client --output 'jsonpath={.spec.nodeName}')
  nsmgr=$(kube west --namespace "$NSM_NAMESPACE" get pods --selector app.kubernetes.io/component=nsmgr --field-selector "spec.nodeName=$node" --output name)
  known=$(nsmctl_in west "$nsmgr" dump unix:///var/lib/networkservicemesh/nsm.io.sock | jq -r '.pods[].pod')
  [[ $known == *"$SCENARIO-$level/client"* ]] || fail "pods that the NSMgr knows: $known"
done
said=$(kube west --namespace "$SCENARIO-restricted" run with-host-path --image "$TOOLS_IMAGE" --overrides \
  '{"spec": {"volumes": [{"name": "nsm", "hostPath": {"path": "/var/lib/networkservicemesh"}}]}}' 2>&1) && fail "hostPath is allowed there"
[[ $said == *hostPath* ]] || fail "refused for something else: $said"
remove_levels
wait_for 20 "the end of pods' folders" no_folders
