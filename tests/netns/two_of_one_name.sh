#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   one, two: clients of the same name ── west node1 ══ internet ══ east node1 ── endpoint       (100 pings a second)
#
# Test that of two pods whose clients have the same name the second is refused, naming both, and that the first loses
# nothing; that a client which was killed is not refused in its own pod; and that the second is served when the first
# pod is gone, which is how a pod is made anew under its name.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

inode() { stat -Lc %i "/run/netns/$(netns "$1")"; }
twin() { client "$1" west 1 'kernel://icmp-responder@east.test/nsm-1' --name twin; }

endpoint endpoint east 1 172.16.1.0/24
twin one
connected one nsm-1
PING_INTERVAL=0.01 ping_start echoes one "$(peer one nsm-1)"
twin two
refused two 10 "/$(inode one)" "/$(inode two)" "two clients have the same name"

kill_hard one
twin one
wait_for 10 "the first again" knows one icmp-responder
ping_end echoes
expect "interfaces of the second" "$(interfaces two)" -eq 0

kill_hard one
remove_netns "$(netns one)"
wait_for 10 "the second" peer two nsm-1
connected two nsm-1
wait_for 5 "one interface at the endpoint" interfaces_are endpoint 1
rig_end
