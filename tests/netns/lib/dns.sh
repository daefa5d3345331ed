# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A real name server on the internet. Names it does not know under test. do not exist.

readonly DNS_SERVER=192.0.2.53

# dns_name NAME ADDRESS...: adds a name, before make_dns.
dns_name() { printf "%s $1\n" "${@:2}" >>"$RIG/hosts"; }

# dns_service NAME PORT ADDRESS...: adds a name with an SRV record, as domains of NSM v1 publish themselves.
dns_service() {
  dns_name "$1" "${@:3}"
  DNS_SERVICES+=("--srv-host=$1,$1,$2")
}
DNS_SERVICES=()

# bad_dns NAME ADDRESS MANNER [GOOD_SERVER]: another name server, after make_dns; see name_server.py --help.
bad_dns() {
  ip_in inet address add "$2/32" dev lo
  start "$1" inet python3 "$NSM_ROOT/tests/netns/lib/name_server.py" "${@:2}"
  wait_for 5 "name server $1" listens_at inet "$2"
}
listens_at() { [[ -n $(inside "$1" ss -Hlnu "src $2:53") ]]; }

make_dns() {
  touch "$RIG/hosts"
  start dnsmasq inet dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --group=root \
    --no-hosts --no-resolv --no-poll --addn-hosts="$RIG/hosts" --local=/test/ --log-queries --log-facility=- \
    --listen-address="$DNS_SERVER" --bind-interfaces --port=53 --cache-size=0 "${DNS_SERVICES[@]}"
  wait_for 5 "name server" listens inet udp 53
}

# listens NAMESPACE tcp|udp PORT
listens() { [[ -n $(inside "$1" ss -Hln "--$2" "sport = :$3") ]]; }
