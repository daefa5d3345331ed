#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1: old NSMgr and forwarder, then new ones at the same sockets
#
# Test that when an old and a new process overlap at one socket path, as in a rolling update, the new one is
# reachable from its start on, and stays so when the old one ends.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

# replace PROGRAM SOCKET: starts the new one first, and ends the old one when the new one serves.
replace() {
  local socket inode
  socket=$(place west 1)/$2
  inode=$(stat -c %i "$socket")
  PIDS[old]=${PIDS[$1]}
  start_again "$1"
  wait_for 10 "new socket of $1" socket_changed "$socket" "$inode"
  dump "$1" >/dev/null || fail "the new $1 does not answer"
  stop old
  dump "$1" >/dev/null || fail "$1 took its successor's socket away"
}
socket_changed() { [[ $(stat -c %i "$1") != "$2" ]]; }

endpoint endpoint west 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder/nsm-1'
connected client nsm-1
ping_start echoes client 172.16.1.0
replace forwarder-west-node1 forwarder.sock
NSMGR_PORT=15001 replace nsmgr-west-node1 nsm.io.sock
wait_for 10 "forwarder at the new NSMgr" has_forwarder nsmgr-west-node1
ping_end echoes

client second west 1 'kernel://icmp-responder/nsm-1'
connected second nsm-1
rig_end
