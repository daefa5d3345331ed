# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Pods and their connections as their nodes see them: where pods are is asked once, and nothing else needs an API server.

# links_on CLUSTER NODE_NUMBER: what connections have on a node; the VXLAN device is there for all of them.
links_on() { ip_in "$1-node$2" -o link show | awk -F '[:@] *' '$2 ~ /^nsm/ && $2 !~ /^nsm-vx/ { print $2 }'; }

# links_are NUMBER CLUSTER...: on all nodes of these clusters together.
links_are() {
  local cluster namespace number=0
  for cluster in "${@:2}"; do
    for namespace in /run/netns/"$(netns "$cluster")"-node*; do
      number=$((number + $(links_on "$cluster" "${namespace##*-node}" | wc -l)))
    done
  done
  ((number == $1))
}

# container CLUSTER POD NAME: words by which containerd knows it: its node and its id.
container() {
  ours "$1" get pod "$2" --output json | jq -er --arg name "$3" \
    '"\(.spec.nodeName[4:]) \(.status.containerStatuses[] | select(.name == $name) | .containerID[13:])"'
}

# spot CLUSTER POD: words by which "at" finds it: its cluster, its node, the first process of its tools.
spot() {
  local node id
  read -r node id < <(container "$1" "$2" tools)
  echo "$1 $node $(in_containerd "$1" "$node" tasks list | awk -v id="$id" '$1 == id { print $2 }')"
}

# in_containerd CLUSTER NODE_NUMBER ARGUMENT...: its command line, where kubelet's containers are.
in_containerd() { in_node "$1" "$2" "$KUBERNETES/debian/containerd/usr/bin/ctr" --namespace k8s.io "${@:3}"; }

# at SPOT COMMAND...: a command of the host's in the pod's network.
at() {
  local cluster node pid
  read -r cluster node pid <<<"$1"
  in_node "$cluster" "$node" nsenter --target "$pid" --net "${@:2}"
}

# kill_in SPOT [NAME]: SIGKILL for all processes of the pod, or for those that are called so.
kill_in() {
  local cluster node pid
  read -r cluster node pid <<<"$1"
  # shellcheck disable=SC2016 # for the shell there
  in_node "$cluster" "$node" sh -c 'network=$(readlink "/proc/$1/ns/net")
    processes=$(for process in $(pgrep --exact "${2:-.*}"); do
      [ "$(readlink "/proc/$process/ns/net")" != "$network" ] || echo "$process"
    done)
    [ -n "$processes" ] || exit 1
    kill -KILL $processes 2>/dev/null || true # that of a probe may have ended meanwhile
    ' - "$pid" "${@:2}"
}

# echoes_start NAME SPOT ADDRESS: pings 100 times a second until echoes_end; returns when there are answers.
declare -A ECHOES=()
echoes_start() {
  local cluster node
  read -r cluster node _ <<<"$2"
  in_node "$cluster" "$node" rm -f "/run/$1.pid"
  # shellcheck disable=SC2016 # for the shell there
  at "$2" sh -c 'echo $$ >"$1"; exec ping -D -n -i 0.01 "$2"' - "/run/$1.pid" "$3" >"$CLUSTERS/$1.echoes" 2>&1 &
  ECHOES[$1]="$! $cluster $node"
  wait_for 10 "answers for $1" grep -q 'icmp_seq=20 ' "$CLUSTERS/$1.echoes"
}

# echoes_end NAME: sets ECHOES_LOST, without the one that may be on its way, of ECHOES_SENT, and ECHOES_GAP, the longest
# time without an answer in milliseconds.
echoes_end() {
  local pinging cluster node log=$CLUSTERS/$1.echoes
  read -r pinging cluster node <<<"${ECHOES[$1]}"
  # shellcheck disable=SC2016 # for the shell there
  in_node "$cluster" "$node" sh -c 'kill -INT "$(cat "$1")"' - "/run/$1.pid"
  wait "$pinging" || true
  ECHOES_SENT=$(sed -nE 's/^([0-9]+) packets transmitted.*/\1/p' "$log")
  expect "echoes sent by $1" "${ECHOES_SENT:-0}" -ge 20
  ECHOES_LOST=$(comm -23 <(seq 1 $((ECHOES_SENT - 1)) | sort) <(sed -nE 's/.*icmp_seq=([0-9]+) ttl.*/\1/p' "$log" | sort -u) | wc -l)
  ECHOES_GAP=$(sed -nE 's/^\[([0-9.]+)\].*icmp_seq=[0-9]+ ttl.*/\1/p' "$log" |
    awk 'NR > 1 && $1 - last > gap { gap = $1 - last } { last = $1 } END { printf "%d", gap * 1000 }')
  note "$1: $ECHOES_LOST of $ECHOES_SENT echoes lost, at most $ECHOES_GAP ms without an answer"
}
