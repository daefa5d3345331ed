# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Life of a rig: its namespaces, its directory, and the removal of both.

RIG_ID=${RIG_ID:-nsm-$$}
RIG=/run/$RIG_ID
# There while /run/netns is a mount made by a rig. Rigs take turns by a lock on /run itself.
RIG_MADE_MOUNT=/run/nsm-rig.mounted

# netns NAME: full name of a namespace of the rig.
netns() { echo "$RIG_ID-$1"; }

# inside NAME COMMAND...: runs COMMAND in a namespace. Not "ip netns exec", which hides the bpffs.
inside() { nsenter --net="/run/netns/$(netns "$1")" "${@:2}"; }

# ip_in NAME ARGUMENT...: ip(8) on a namespace.
ip_in() { ip -n "$(netns "$1")" "${@:2}"; }

# make_netns NAME...: makes namespaces with only a loopback device.
make_netns() {
  local name
  for name in "$@"; do
    netns "$name" >>"$RIG/namespaces"
    flock /run ip netns add "$(netns "$name")"
    ip_in "$name" link set lo up
  done
}

# remove_netns FULL_NAME...: ip(8) leaves /run/netns mounted for ever; the last rig takes it away if a rig made it.
remove_netns() {
  local full_name
  (
    flock 9
    for full_name in "$@"; do
      [[ ! -e /run/netns/$full_name ]] || ip netns delete "$full_name"
    done
    if [[ -e $RIG_MADE_MOUNT && -z $(ls -A /run/netns) ]]; then
      umount /run/netns
      rm -r /run/netns "$RIG_MADE_MOUNT"
    fi
  ) 9</run
}

# rig_open: makes the rig's directory and bpffs, and arms the removal of all that follows.
rig_open() {
  need ip nft dnsmasq tcpdump ping jq nsenter flock python3
  [[ ! -e $RIG ]] || rig_close # of a process that had our id and was killed hard
  trap rig_exit EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP PIPE
  trap 'note "FAIL: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
  mkdir "$RIG" "$RIG/log" "$RIG/bpf" "$RIG/at"
  mount -t bpf "$RIG_ID" "$RIG/bpf"
  [[ -z ${NSM_SECURE:-} ]] || make_authorities
  flock /run sh -c "mountpoint -q /run/netns || touch $RIG_MADE_MOUNT"
}

# rig_close: removes everything the rig made, from what its directory says, so that any process can do it.
rig_close() {
  local full_names=()
  [[ -e $RIG ]] || return 0
  [[ ! -e $RIG/pids ]] || stop_recorded
  [[ ! -e $RIG/namespaces ]] || mapfile -t full_names <"$RIG/namespaces"
  remove_netns "${full_names[@]}"
  ! mountpoint -q "$RIG/bpf" || umount "$RIG/bpf"
  rm -r "$RIG"
}

# rig_exit: the exit trap. A failure shows the logs; NSM_KEEP_LOGS=DIR copies them there.
rig_exit() {
  local status=$? log
  trap - ERR EXIT
  trap '' PIPE INT TERM HUP # nobody reading, or no patience, is no reason to leave things behind
  set +e
  sanitizers_silent || status=1
  if ((status != 0 && status != 4)); then
    for log in "$RIG"/log/*; do
      [[ ! -s $log ]] || note "--- ${log##*/}"
      tail -n "${NSM_LOG_LINES:-25}" "$log" | cut -c1-600 >&2
    done
  fi
  [[ -z ${NSM_KEEP_LOGS:-} ]] || cp -r "$RIG/log" "$NSM_KEEP_LOGS/$RIG_ID"
  rig_close || ((status != 0)) || status=1
  exit "$status"
}
