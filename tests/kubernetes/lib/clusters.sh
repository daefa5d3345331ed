# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Life of the clusters.

# clusters_open: builds what they consist of, if need be, and arms the removal of all that follows.
clusters_open() {
  ((EUID == 0)) || fail "clusters of namespaces need root"
  install_packages iptables libseccomp2 openssl curl ca-certificates
  KUBERNETES=$("$NSM_ROOT/tests/kubernetes/build.sh")
  export KUBERNETES PATH=$KUBERNETES/bin:$PATH
  [[ ! -e $CLUSTERS ]] || clusters_close # of a process that had our id and was killed hard
  rig_open
  trap clusters_exit EXIT
  mkdir -p "$CLUSTERS"
  make_netns inet
  inside inet sysctl -qw net.ipv4.ip_forward=1
}

# cluster_up CLUSTER NODES: starts it, without waiting.
cluster_up() {
  local number names=()
  for ((number = 1; number <= $2; ++number)); do names+=("node$number"); done
  make_keys "$(place "$1")/keys" "$(node_address "$1" 1)" "https://$(node_address "$1" 1):6443" "${names[@]}"
  ip_in inet link add "$1" type bridge
  ip_in inet address add "$(gateway "$1")/24" dev "$1"
  ip_in inet link set "$1" up
  for ((number = 1; number <= $2; ++number)); do node_up "$1" "$number"; done
}

# node_up CLUSTER NUMBER
node_up() {
  local name=$1-node$2 other
  make_netns "$name"
  ip_in inet link add "$name" type veth peer name eth0 netns "$(netns "$name")"
  ip_in inet link set "$name" master "$1" up
  ip_in "$name" address add "$(node_address "$1" "$2")/24" dev eth0
  ip_in "$name" link set eth0 up
  ip_in "$name" route add default via "$(gateway "$1")"
  for other in 1 2; do
    [[ $other == "$2" ]] || ip_in "$name" route add "$(node_pods "$other")" via "$(node_address "$1" "$other")"
  done
  inside "$name" sysctl -qw net.ipv4.ip_forward=1
  inside "$name" nft -f - <<-END
	table ip test_masquerade {
	  chain postrouting {
	    type nat hook postrouting priority srcnat
	    ip saddr $PODS ip daddr != $PODS oifname "eth0" masquerade
	  }
	}
	END
  make_cgroups "$name"
  mkdir -p "$(place "$1" "$2")"
  start "$name" "$name" unshare --mount --pid --uts --ipc --fork --kill-child --mount-proc \
    bash "$NSM_ROOT/tests/kubernetes/node.sh" "$1" "$2"
  echo "${PIDS[$name]}" >"$(place "$1" "$2")/pid"
}

# cgroup NODE: name of the node's control group, below which its pods have theirs. cgroup_roots: where there may be one.
cgroup() { echo "$RIG_ID-$1"; }
cgroup_roots() { find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs -printf '%h\n' | grep -E '^/sys/fs/cgroup(/[a-z_,]+)?$'; }

# make_cgroups NODE: in version 1 one for each controller, where that of CPUs is empty at first.
make_cgroups() {
  local root file
  while read -r root; do
    [[ ! -e /sys/fs/cgroup/cgroup.procs || $root == /sys/fs/cgroup ]] || continue
    mkdir -p "$root/$(cgroup "$1")"
    for file in cpuset.cpus cpuset.mems; do
      [[ $root != */cpuset || ! -e $root/$file ]] || cat "$root/$file" >"$root/$(cgroup "$1")/$file"
    done
  done < <(cgroup_roots)
}

# remove_cgroups: those of all our nodes, deepest first.
remove_cgroups() {
  local root
  while read -r root; do
    find "$root" -depth -type d -path "$root/$RIG_ID-*" -exec rmdir {} + || return 1
  done < <(cgroup_roots)
}

# cluster_ready CLUSTER NODES: all of them say so.
cluster_ready() {
  local ready
  ready=$(kube "$1" get nodes -o 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}')
  [[ $(wc -w <<<"$ready") == "$2" && $ready != *[FU]* ]]
}

# wait_cluster CLUSTER NODES
wait_cluster() {
  wait_for 180 "nodes of $1" cluster_ready "$1" "$2"
  # Pods are refused until controllers have made it.
  wait_for 60 "service account of $1" kube "$1" get serviceaccount default
}

# program_stop CLUSTER NODE_NUMBER NAME [SIGNAL], program_start CLUSTER NODE_NUMBER NAME: one of those that node.sh keeps
# running.
program_stop() {
  # shellcheck disable=SC2016 # for the shell there
  in_node "$1" "$2" sh -c 'touch "/run/held/$1" && kill -s "$2" "$(pgrep --exact "$1")"' - "$3" "${4:-TERM}"
  wait_for 30 "end of $3" not in_node "$1" "$2" pgrep --exact "$3"
}
program_start() { in_node "$1" "$2" rm -f "/run/held/$3"; }

# nodes_stop: a node's namespaces go with their first process, whatever runs there; unshare heeds no other signal.
nodes_stop() {
  local pid born
  [[ -e $RIG/pids ]] || return 0
  while read -r pid born; do
    [[ -n $born && $(birth "$pid") == "$born" ]] || continue
    grep -qz "tests/kubernetes/node.sh" "/proc/$pid/cmdline" || continue
    kill -KILL "$pid"
    { wait "$pid" || true; } 2>/dev/null # where it is our child, so that the shell says nothing of it
  done <"$RIG/pids"
}

# clusters_close: from what files and control groups say, so that any process can do it.
clusters_close() {
  nodes_stop
  holds 30 remove_cgroups || note "control groups of $RIG_ID are left"
  rig_close
  rm -rf --one-file-system "$CLUSTERS"
}

# clusters_exit: the exit trap. A failure shows the ends of the logs; NSM_KEEP_LOGS=DIR copies them there.
clusters_exit() {
  local status=$? log
  trap - ERR EXIT
  trap '' PIPE INT TERM HUP
  set +e
  if ((status != 0)); then
    for log in "$CLUSTERS"/*/*/log/*.log "$RIG"/log/*; do
      [[ ! -s $log ]] || note "--- ${log#"$CLUSTERS/"}"
      tail -n "${NSM_LOG_LINES:-5}" "$log" | cut -c1-400 >&2
    done
  fi
  [[ -z ${NSM_KEEP_LOGS:-} ]] || (cd "$CLUSTERS" && find . -name '*.log' -exec cp --parents {} "$NSM_KEEP_LOGS" \;)
  clusters_close
  exit "$status"
}
