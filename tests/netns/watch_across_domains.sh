#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   nsmctl find --watch ── registry of west ── proxy of west ══ internet ══ proxy of east ── registry of east
#
# Test that a watch for a service of another domain sees an endpoint that comes later, and its going; that it ends
# with an error that says where when the other domain's proxy crashes or stops; and that who asks again sees all.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

# watch NAME: its log has what the registry of west tells.
watch() { start "$1" w1 nsmctl find --watch "tcp://$(internal 1):5000" icmp-responder@east.test; }

watch first
endpoint one east 1 172.16.1.0/24
wait_for 5 "news of the first endpoint" log_has first '^found one@east\.test tcp://10\.0\.0\.1:5006$'
endpoint two east 2 172.16.2.0/24
wait_for 5 "news of the second endpoint" log_has first '^found two@east\.test '
stop one
wait_for 5 "news of its end" log_has first '^gone one@east\.test '
expect "endpoints now" "$(inside w1 nsmctl find "tcp://$(internal 1):5000" icmp-responder@east.test)" \
  = "found two@east.test tcp://10.0.0.1:5006"

kill_hard proxy-east-node1
ended first
expect "exit status of the watch" "$ENDED_STATUS" -eq 1
says first proxy-west-node1 "domain east.test: asking tcp://203.0.113.11:5005" || fail "the end of the watch does not say whose it is"

start_again proxy-east-node1
wait_for 10 "proxy of east" listens e1 tcp 5005
watch second
wait_for 5 "the endpoint that has stayed" log_has second '^found two@east\.test '
endpoint three east 1 172.16.3.0/24
wait_for 5 "news of the third endpoint" log_has second '^found three@east\.test '
stop proxy-east-node1
ended second
says second proxy-west-node1 "domain east.test" "this program is stopping" || fail "the watch does not say why it ends"
start_again proxy-east-node1
rig_end
