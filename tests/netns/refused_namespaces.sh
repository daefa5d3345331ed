#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   endpoint ── west node1 ◄── unix ── client in process 1's namespace, client in the forwarder's own
#                          ◄── tcp ─── client in node2's namespace
#
# Test that the KERNEL mechanism is refused over TCP, and for the namespaces of process 1 and of the forwarder
# itself over the unix socket; nothing changes in any of the three namespaces.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint west 1 172.16.1.0/24
remember
host_before=$(ip -o link | cut -d: -f2 | sort)
service='kernel://icmp-responder/nsm-refused'

start_nsm over-tcp w2 nsc --connect-to tcp://10.0.0.1:5001 --network-services "$service"
wait_for 10 "refusal over TCP" says over-tcp PERMISSION_DENIED "unix sockets only"

start_nsm process-1 host nsc --connect-to "$(nsmgr_url west 1)" --network-services "$service"
wait_for 10 "refusal of process 1's namespace" says process-1 PERMISSION_DENIED forwarder-west-node1

start_nsm own w1 nsc --connect-to "$(nsmgr_url west 1)" --network-services "$service"
wait_for 10 "refusal of the forwarder's namespace" says own PERMISSION_DENIED forwarder-west-node1

expect "devices of the host" "$(ip -o link | cut -d: -f2 | sort)" = "$host_before"
! has_interface w1 nsm-refused || fail "the forwarder's own namespace got an interface"
! has_interface w2 nsm-refused || fail "node2's namespace got an interface"
stop over-tcp process-1 own
back_to_remembered 5
rig_end
