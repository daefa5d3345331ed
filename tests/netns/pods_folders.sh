#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ──┐                         volume, read-only: nsm.io.sock
#            ├─ west node1 ── endpoint volume: nsm.io.sock, nse.sock
#   stranger ┘                         volume: nsm.io.sock
#
# Test pods with folders of their own, which nsm-csi gives them as kubelet asks for it: client and endpoint meet; each is known
# by its socket, and not by what it says; no pod can put into its folder what leads elsewhere; NSMgr and driver started again
# go on with what is there, without loss; and when pods are gone, so is all that there was for them.

# What is mounted here is seen by nobody else, and is gone with this process.
[[ -n ${NSM_OWN_MOUNTS:-} ]] || NSM_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"

start_csi() {
  answers_at csi w1 "unix://$RIG/kubelet/plugins/csi.networkservicemesh.io/csi.sock"
  start csi host nsm-csi --node node1 --kubelet-folder "$RIG/kubelet" --pods-folder "$RIG/pods"
}
# kubelet POD COMMAND ARGUMENT...: the volume of a pod. target POD: its folder, as the pod has it.
kubelet() {
  "$NSM_BIN_DIR/../tests/netns/kubelet" "$RIG/kubelet/plugins_registry/csi.networkservicemesh.io-reg.sock" "$2" \
    "csi-$(sha256sum <<<"$1" | cut -d' ' -f1)" "$(target "$1")" "${@:3}"
}
target() { echo "$RIG/kubelet/pods/$1/mount"; }
publish() { kubelet "$1" publish "default/$1" "uid-of-$1" "$2"; }
# as_user COMMAND...: as the user of a pod that is not root, and has no capability.
as_user() { setpriv --reuid 64001 --regid 64001 --clear-groups --bounding-set=-all --inh-caps=-all -- "$@"; }
# nothing_left: no volume, no mount, no file; the NSMgr's sockets are closed.
nothing_left() {
  [[ -z $(ls -A "$RIG/pods") && -z $(find "$RIG/kubelet/pods" -name mount) ]] &&
    ! grep -q " $RIG/\(pods\|kubelet\)/" /proc/self/mountinfo && pods_are 0
}
# pods_are NUMBER: so many does the NSMgr serve.
pods_are() { [[ $(dump nsmgr-west-node1 | jq '.pods | length') == "$1" ]]; }
threads_of_nsmgr() { find "/proc/${PIDS[nsmgr-west-node1]}/task" -mindepth 1 -maxdepth 1 | wc -l; }

# leave: the exit trap; what is mounted goes first.
leave() {
  local status=$?
  set +e
  trap - ERR
  grep -o " $RIG/\(pods\|kubelet\)/[^ ]*" /proc/self/mountinfo | while read -r mounted; do umount --lazy "$mounted"; done
  (exit "$status")
  rig_exit
}

# shellcheck disable=SC2034 # of lib/programs.sh
OPTIONS[nsmgr-west-node1]="--pods-folder /run/$RIG_ID/pods"
rig_up
trap leave EXIT
chmod o+x "$RIG"
mkdir -p "$RIG/kubelet/pods" "$RIG/kubelet/plugins_registry"
start_csi
publish client ro
publish endpoint rw
publish stranger rw
for pod in client endpoint stranger; do wait_for 5 "the NSMgr's socket for $pod" test -S "$(target "$pod")/nsm.io.sock"; done
pods_are 3 || fail "the NSMgr serves others than three pods"
expect "what a client sees" "$(ls -A "$(target client)")" = nsm.io.sock
as_user touch "$(target client)/file" 2>"$RIG/log/touch.log" && fail "a client may write"
log_has touch 'Read-only' || fail "not refused for that"
as_user rm -f "$(target endpoint)/nsm.io.sock" 2>"$RIG/log/rm.log" && fail "a pod's user may remove the NSMgr's socket"
as_user ls "$RIG/pods" >"$RIG/log/ls.log" 2>&1 && fail "a pod's user may look at the folders of others"

nsmctl alive "$(nsmgr_url west 1)" || fail "the NSMgr does not answer"
as_user ln -s "$(place west 1)/nsm.io.sock" "$(target stranger)/nse.sock"
nsmctl alive "unix://$(target stranger)/nse.sock" 2>"$RIG/log/link.log" && fail "a link is followed"
nsmctl dump "unix://$(target stranger)/nsm.io.sock" >"$RIG/log/dump.log" 2>&1 && fail "a pod is shown what others have"

make_netns endpoint client
answers_at endpoint endpoint "unix://$(place west 1)/endpoint.sock"
POD_NAME=liar NSM_SERVICE_NAMES=icmp-responder start_nsm endpoint endpoint nse-icmp-responder --connect-to "unix://$(target endpoint)/nsm.io.sock" \
  --listen-on "unix://$(target endpoint)/nse.sock" --admin-listen-on "unix://$(place west 1)/endpoint.sock" --cidr-prefix 172.16.1.0/24
wait_for 10 "endpoint in the registry" knows registry-west-node1 endpoint
answers_at client client "unix://$(place west 1)/client.sock"
POD_NAME=liar NODE_NAME=elsewhere start_nsm client client nsc --connect-to "unix://$(target client)/nsm.io.sock" \
  --listen-on "unix://$(place west 1)/client.sock" --network-services kernel://icmp-responder/nsm-1
connected client nsm-1
expect "whose the connection is" "$(dump nsmgr-west-node1 | jq -r '.connections[0].id | split(".pod-")[1]')" = uid-of-client
dump registry-west-node1 | grep -q liar && fail "the endpoint says who it is"

# Both go on with what is there, also where the client asks before the endpoint is known again.
inside client ping -q -i 0.01 -c 800 "$(peer client nsm-1)" >"$RIG/log/ping.log" 2>&1 &
ping=$!
kill -STOP "${PIDS[endpoint]}"
kill_hard nsmgr-west-node1
kill_hard csi
start_again nsmgr-west-node1
start_csi
wait_for 10 "the client's question" log_has forwarder-west-node1 'taken up from client'
kill -CONT "${PIDS[endpoint]}"
wait_for 10 "the doors of all pods" pods_are 3
wait_for 20 "the forwarder at its NSMgr" has_forwarder nsmgr-west-node1
wait "$ping" || true
log_has ping '800 received, 0% packet loss' || fail "packets were lost: $(cat "$RIG/log/ping.log")"
threads=$(threads_of_nsmgr)
for i in 1 2 3 4 5; do
  publish "more-$i" rw
  wait_for 5 "the NSMgr's socket" test -S "$(target "more-$i")/nsm.io.sock"
done
note "threads of the NSMgr: $threads, with five pods more $(threads_of_nsmgr)"
for i in 1 2 3 4 5; do kubelet "more-$i" unpublish; done
wait_for 10 "the end of their doors" pods_are 3

stop client endpoint
for pod in client endpoint stranger; do
  kubelet "$pod" unpublish
  kubelet "$pod" unpublish
done
wait_for 5 "the end of all that there was for pods" nothing_left
publish client ro
stop csi
nsm-csi --cleanup --kubelet-folder "$RIG/kubelet" --pods-folder "$RIG/pods" || fail "cleanup"
[[ ! -e $RIG/pods && -z $(ls -A "$RIG/kubelet/plugins") ]] || fail "cleanup leaves something"
umount "$(target client)"
rig_end
