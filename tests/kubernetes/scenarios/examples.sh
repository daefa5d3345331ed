#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# deploy/examples as they are: a firewall chain, whose NetworkService keeps its matches whatever the endpoints register, and a
# client of two services. Clients of both clusters come to the firewall, which lets port 80 through to the web server behind it,
# and nothing to 8080.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"
examples=$NSM_ROOT/deploy/examples

# rolled_out CLUSTER DEPLOYMENT...
rolled_out() {
  local name
  for name in "${@:2}"; do ours "$1" rollout status "deployment/$name" --timeout "$((120 * NSM_TIMEOUT_SCALE))s" >/dev/null; done
}
# page CLUSTER DEPLOYMENT PORT: what the web server says there.
page() {
  local answer
  answer=$(ours "$1" exec "deployment/$2" --container client -- sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 3 172.16.100.1 $3") || return
  tail -n 1 <<<"$answer"
}
# passes CLUSTER DEPLOYMENT: port 80 does, 8080 does not.
passes() {
  expect "page for $2 of $1" "$(page "$1" "$2" 80)" = web
  not page "$1" "$2" 8080 2>/dev/null || fail "port 8080 passes for $2 of $1"
}
# services: the objects of service secure-web, with the number of their matches.
services() {
  kube east get netsvc --all-namespaces --output json |
    jq -r '.items[] | select(.metadata.name == "secure-web") | "\(.metadata.namespace) \(.spec.matches | length)"'
}

scenario_open
ours east apply --filename "$examples/icmp-responder.yaml" --filename "$examples/firewall.yaml" >/dev/null
rolled_out east icmp-responder web firewall web-client
expect "objects of the service" "$(services)" = "$SCENARIO 2"
passes east web-client
expect "connections of the web server" "$(ours east exec deployment/web --container server -- ls /sys/class/net | grep -vxcE 'lo|eth0')" = 1

ours east apply --filename "$examples/two-services.yaml" >/dev/null
sed "s#icmp-responder/#icmp-responder@$(node_address east 1)/#; s#secure-web/#secure-web@$(node_address east 1)/#" \
  "$examples/two-services.yaml" | ours west apply --filename - >/dev/null
for cluster in east west; do
  rolled_out "$cluster" two-services
  passes "$cluster" two-services
  peer=$(ours "$cluster" exec deployment/two-services --container client -- ip route show dev nsm-1 | awk '!found { print $1; found = 1 }')
  ours "$cluster" exec deployment/two-services --container client -- ping -c 5 -W 2 "$peer" >&2
done
# Endpoints have registered again by then.
ours east rollout restart deployment/web deployment/firewall >/dev/null
rolled_out east web firewall
for cluster in east west; do wait_for 30 "page for $cluster again" page "$cluster" two-services 80; done
expect "objects of the service afterwards" "$(services)" = "$SCENARIO 2"
