#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   web-0 (dies), web-0 made anew ── west node1 ══ internet ══ east node1 ── endpoint
#
# Test that a pod which is made anew under its name on the same node has its interface within a second, whatever its
# namespace lets a program send; that the old pod's connection ends at every hop though nobody closed it, and leaves the
# new one alone; and that a client which is started again in the new pod takes up what that has.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up
endpoint endpoint east 1 172.16.1.0/24

# made_anew GROUPS: the pod, with net.ipv4.ping_group_range. start_client: its program.
made_anew() {
  make_netns pod
  inside pod sysctl -qw net.ipv4.ping_group_range="$1"
}
start_client() { client pod west 1 'kernel://icmp-responder@east.test/nsm-1' --name web-0; }
connections_of_endpoint_are() { (($(dump endpoint | jq '.connections | length') == $1)); }

made_anew '1 0'
start_client
connected pod nsm-1
for groups in '1 0' '0 2147483647'; do
  kill_hard pod
  ip netns delete "$(netns pod)"
  made_anew "$groups"
  start_client
  begin=$(now)
  wait_for 1 "interface of the new pod with groups $groups" peer pod nsm-1
  note "interface after $(($(now) - begin)) ms"
  connected pod nsm-1
done

ping_start echoes pod "$(peer pod nsm-1)"
wait_for 5 "end of the old pods' connections" connections_of_endpoint_are 1
ping_end echoes
link=$(ip_in pod -j link show nsm-1 | jq '.[].ifindex')
kill_hard pod
start_client
wait_for 5 "take-over" log_has pod 'taking up the connection'
connected pod nsm-1
expect "the link after a restart in the same pod" "$(ip_in pod -j link show nsm-1 | jq '.[].ifindex')" -eq "$link"
expect "interfaces of the endpoint" "$(interfaces endpoint)" -eq 1
rig_end
