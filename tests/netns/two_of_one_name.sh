#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   one, two: clients of the same name ── west node1 ══ internet ══ east node1 ── endpoint       (100 pings a second)
#
# Test that two pods whose clients have the same name are two clients: the second is served, and the first loses nothing,
# neither by that nor when its own client is killed and started again; and that the second goes on when the first pod is
# gone, which is how a pod is made anew under its name.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

twin() { client "$1" west 1 'kernel://icmp-responder@east.test/nsm-1' --name twin; }

endpoint endpoint east 1 172.16.1.0/24
twin one
connected one nsm-1
PING_INTERVAL=0.01 ping_start echoes one "$(peer one nsm-1)"
twin two
connected two nsm-1
wait_for 5 "an interface for each at the endpoint" interfaces_are endpoint 2

kill_hard one
twin one
wait_for 10 "the first again" has_connections one 1
ping_end echoes
expect "interfaces at the endpoint" "$(interfaces endpoint)" -eq 2

kill_hard one
remove_netns "$(netns one)"
connected two nsm-1
rig_end
