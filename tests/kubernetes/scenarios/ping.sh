#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A client pod of cluster west asks for a network service of cluster east, by the address of a node there, and pings the
# endpoint's pod. When the client is gone, so is what there was for it at the other end.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

scenario_open
endpoint east icmp-responder 172.16.1.0/24
client west client "kernel://icmp-responder@$(node_address east 1)/nsm-1"
wait_connection west client nsm-1
in_pod west client ping -c 5 -W 2 "$(peer west client nsm-1)" >&2
wait_for 10 "the endpoint's interface" interfaces_are east deployment/icmp-responder 1

ours west delete pod client >/dev/null
wait_for 5 "end of the endpoint's interface" interfaces_are east deployment/icmp-responder 0
