# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Pods that a scenario makes, in a namespace of the scenario's name in both clusters.

SCENARIO=$(basename "${0%.sh}" | tr _ -)

# scenario_open: makes the namespaces; they go at the end, however that comes.
scenario_open() {
  local cluster
  trap scenario_exit EXIT
  trap 'note "FAIL: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
  for cluster in "${!CLUSTER_NUMBER[@]}"; do kube "$cluster" create namespace "$SCENARIO" >/dev/null; done
}

# scenario_exit: the exit trap. A failure shows what the pods said. What else a scenario has changed is put back by its own
# function "restore".
scenario_exit() {
  local status=$? cluster
  trap - ERR EXIT
  set +e
  for cluster in "${!CLUSTER_NUMBER[@]}"; do ((status == 0)) || show_pods "$cluster"; done
  ! declare -F restore >/dev/null || restore || status=1
  for cluster in "${!CLUSTER_NUMBER[@]}"; do kube "$cluster" delete namespace "$SCENARIO" --wait=false >/dev/null; done
  for cluster in "${!CLUSTER_NUMBER[@]}"; do
    kube "$cluster" wait --for=delete "namespace/$SCENARIO" --timeout=60s >/dev/null || status=1
  done
  ((status != 0)) || note "PASS: $SCENARIO"
  exit "$status"
}

# show_pods CLUSTER: what there is and what it said.
show_pods() {
  local namespace pod
  kube "$1" get pods --all-namespaces --output wide >&2
  kube "$1" get events --namespace "$SCENARIO" >&2 | tail -n 20
  for namespace in "$NSM_NAMESPACE" "$SCENARIO"; do
    for pod in $(kube "$1" --namespace "$namespace" get pods --output name); do
      note "--- $1 $pod"
      kube "$1" --namespace "$namespace" logs "$pod" --all-containers --tail "${NSM_LOG_LINES:-15}" | cut -c1-500 >&2
    done
  done
}

# ours CLUSTER ARGUMENT...: kubectl in the scenario's namespace.
ours() { kube "$1" --namespace "$SCENARIO" "${@:2}"; }

# node_environment: of a container whose program is a hop.
node_environment() {
  cat <<-'END'
	[{name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}},
	 {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]
	END
}

# endpoint CLUSTER NAME PREFIX: a Deployment that offers the network service NAME; returns when it is registered.
endpoint() {
  ours "$1" apply --filename - >/dev/null <<-END
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: $2, labels: {app: $2}}
	spec:
	  selector: {matchLabels: {app: $2}}
	  template:
	    metadata: {labels: {app: $2}}
	    spec:
	      terminationGracePeriodSeconds: 10
	      containers:
	        - name: endpoint
	          image: $NSM_IMAGE
	          command: [nse-icmp-responder]
	          args: [--insecure, --name=\$(POD_NAME), "--listen-on=unix:///var/lib/networkservicemesh/\$(POD_NAME).sock",
	                 "--admin-listen-on=unix:///run/nsm/endpoint.sock", --service-names=$2, --cidr-prefix=$3]
	          env: $(node_environment)
	          readinessProbe: {exec: {command: [nsmctl, ready, "unix:///run/nsm/endpoint.sock"]}, periodSeconds: 1, timeoutSeconds: 5}
	          volumeMounts: [{name: nsm, mountPath: /var/lib/networkservicemesh}, {name: run, mountPath: /run/nsm}]
	        - {name: tools, image: $TOOLS_IMAGE}
	      volumes:
	        - {name: nsm, hostPath: {path: /var/lib/networkservicemesh}}
	        - {name: run, emptyDir: {medium: Memory}}
	END
  ours "$1" rollout status "deployment/$2" --timeout "$((60 * NSM_TIMEOUT_SCALE))s" >/dev/null
}

# client CLUSTER NAME SERVICES: a pod that has these network services, and tools beside.
client() {
  ours "$1" apply --filename - >/dev/null <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $2, labels: {app: $2}}
	spec:
	  terminationGracePeriodSeconds: 10
	  containers:
	    - name: tools
	      image: $TOOLS_IMAGE
	    - name: client
	      image: $NSM_IMAGE
	      command: [nsc]
	      args: [--insecure, --name=\$(POD_NAME), --listen-on=unix:///run/nsm/nsc.sock, "--network-services=$3"]
	      env: $(node_environment)
	      volumeMounts: [{name: nsm, mountPath: /var/lib/networkservicemesh}, {name: run, mountPath: /run/nsm}]
	  volumes:
	    - {name: nsm, hostPath: {path: /var/lib/networkservicemesh}}
	    - {name: run, emptyDir: {medium: Memory}}
	END
  ours "$1" wait --for=condition=Ready "pod/$2" --timeout "$((60 * NSM_TIMEOUT_SCALE))s" >/dev/null
}

# annotated CLUSTER NAME SERVICES [FIELD [FIELDS]]: a pod with tools that the webhook gives a client of these network services.
# FIELD is one more of its spec, FIELDS are more of its container, as {a: b, c: d} without braces. Does not wait.
annotated() {
  ours "$1" apply --filename - >/dev/null <<-END
	apiVersion: v1
	kind: Pod
	metadata: {name: $2, labels: {app: $2}, annotations: {ns.networkservicemesh.io: "$3"}}
	spec:
	  terminationGracePeriodSeconds: 10
	  containers: [{name: tools, image: $TOOLS_IMAGE${5:+, $5}}]
	  ${4:-}
	END
}

# would_get CLUSTER FILTER: jq's filter holds for what the webhook would make of an annotated pod. When it was upgraded, its
# former pods answer until they have ended.
would_get() {
  ours "$1" run would-get --image "$TOOLS_IMAGE" --annotations ns.networkservicemesh.io=any --dry-run=server --output json |
    jq -e "$2" >/dev/null
}

# deployment CLUSTER NAME REPLICAS ANNOTATIONS: pods with tools alone; the annotations are the Deployment's own. Does not wait.
deployment() {
  ours "$1" apply --filename - <<-END
	apiVersion: apps/v1
	kind: Deployment
	metadata: {name: $2, annotations: $4}
	spec:
	  replicas: $3
	  selector: {matchLabels: {app: $2}}
	  template:
	    metadata: {labels: {app: $2}}
	    spec:
	      terminationGracePeriodSeconds: 10
	      containers: [{name: tools, image: $TOOLS_IMAGE}]
	END
}

# pods_of CLUSTER NAME: of a Deployment, those that are not ending.
pods_of() {
  ours "$1" get pods --selector "app=$2" --output json |
    jq -r '.items[] | select(.metadata.deletionTimestamp == null) | .metadata.name'
}

# wait_pod CLUSTER POD [SECONDS]: until it is ready.
wait_pod() { ours "$1" wait --for=condition=Ready "pod/$2" --timeout "$((${3:-60} * NSM_TIMEOUT_SCALE))s" >/dev/null; }

# nodes_of CLUSTER: their numbers. node_of CLUSTER POD: that of the pod's.
nodes_of() { kube "$1" get nodes --output name | sed s,node/node,,; }
node_of() { ours "$1" get pod "$2" --output 'jsonpath={.spec.nodeName}' | sed s/node//; }

# in_pod CLUSTER POD COMMAND...: with the tools.
in_pod() { ours "$1" exec "$2" --container tools -- "${@:3}"; }

# peer CLUSTER POD INTERFACE: address of the connection's other end, which the pod has a route to.
peer() { in_pod "$1" "$2" ip route show dev "$3" | awk '$1 !~ "/" && !found { print $1; found = 1 } END { exit !found }'; }

# wait_connection CLUSTER POD INTERFACE: until packets come through.
wait_connection() {
  wait_for 30 "$3 in $2 of $1" peer "$1" "$2" "$3"
  wait_for 10 "ping from $2 of $1" in_pod "$1" "$2" ping -c 1 -W 1 "$(peer "$1" "$2" "$3")"
}

# interfaces CLUSTER POD: those that are neither the loopback device nor the cluster's own.
interfaces() { in_pod "$1" "$2" ls /sys/class/net | grep -vxcE 'lo|eth0'; }
interfaces_are() { [[ $(interfaces "$1" "$2") == "$3" ]]; }
