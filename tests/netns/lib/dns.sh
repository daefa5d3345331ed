# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A real name server on the internet. Names it does not know under test. do not exist.

readonly DNS_SERVER=192.0.2.53

# dns_name NAME ADDRESS...: adds a name, before make_dns.
dns_name() { printf "%s $1\n" "${@:2}" >>"$RIG/hosts"; }

make_dns() {
  start dnsmasq inet dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --group=root \
    --no-hosts --no-resolv --no-poll --addn-hosts="$RIG/hosts" --local=/test/ --log-queries --log-facility=- \
    --listen-address="$DNS_SERVER" --bind-interfaces --port=53 --cache-size=0
  wait_for 5 "name server" listens inet udp 53
}

# listens NAMESPACE tcp|udp PORT
listens() { [[ -n $(inside "$1" ss -Hln "--$2" "sport = :$3") ]]; }
