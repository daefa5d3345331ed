#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   nsmctl ── registry, NSMgr and client of west
#   client ── west node1 ─► no such service          endpoint ── west node2, killed
#
# Test what an operator sees and does: the last failed Requests of each program that one came through; an end for the
# registration that a dead endpoint has left, which nobody else may end; services set and removed; and that a wrong name
# is an error. Doors for other nodes show nothing.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

# registry_lacks NAME: no word of its state begins with it.
registry_lacks() { ! knows registry-west-node1 "$1"; }
# ctl NODE ARGUMENT...: its output, errors included, is in the log nsmctl.
ctl() { inside "$1" nsmctl "${@:2}" >"$RIG/log/nsmctl.log" 2>&1; }

client client west 1 'kernel://nothing/nsm-1'
refused client 6 nothing nsmgr-west-node1
ctl client failures "unix://$(place west 1)/client.sock" || fail "the failures of the client"
says nsmctl client-nsm-1- nothing "NOT_FOUND: nsmgr-west-node1: " || fail "the client does not know why it failed"
ctl w1 failures "$(nsmgr_url west 1)" || fail "the failures of the NSMgr"
says nsmctl "client " client-nsm-1- nothing NOT_FOUND || fail "the NSMgr does not know whose Request failed"

endpoint endpoint west 2 172.16.1.0/24
kill_hard endpoint
ctl w1 unregister "$(registry_url west)" endpoint && fail "others may end a registration"
says nsmctl "registered by $(id_of west endpoint)" || fail "it is not said whose registration it is"
ctl w1 unregister "$(registry_admin_url west)" endpoint || fail "the operator may not end a registration"
registry_lacks 'endpoint"' || fail "the registration is still there"
ctl w1 unregister "$(registry_admin_url west)" endpoint && fail "an endpoint that there is not was unregistered"
says nsmctl 'has no endpoint "endpoint"' || fail "it is not said that there is no such endpoint"

echo '{"name": "second-service"}' >"$RIG/service.json"
ctl w1 set-service "$(registry_url west)" "$RIG/service.json" || fail "setting a service"
knows registry-west-node1 second-service || fail "the service is not there"
ctl w1 remove-service "$(registry_url west)" second-service || fail "removing a service"
registry_lacks second-service || fail "the service is still there"
ctl w1 remove-service "$(registry_url west)" second-service && fail "a service that there is not was removed"
says nsmctl 'has no network service "second-service"' || fail "it is not said that there is no such service"

for url in "$(registry_url west)" tcp://10.0.0.1:5001 tcp://10.0.0.1:5005 tcp://10.0.0.1:5006; do
  ctl w1 dump "$url" && fail "$url shows what the program holds"
done
stop client
rig_end
