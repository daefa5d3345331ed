# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Who the programs of the rig are. With NSM_SECURE=1 each domain is a trust domain of its own name, with an authority of its
# own that the other one trusts, and every program is spiffe://DOMAIN.test/NAME; without it they speak plaintext.
# NSM_SPIRE: the folder with the sockets DOMAIN-agent.sock of agents that say instead who the programs are.

# Options that say who a program is.
# shellcheck disable=SC2034 # of those that start programs
IDENTITY=()

# domain_in TEXT...: the domain whose folder one of them names.
domain_in() { [[ " $* " =~ $RIG/(west|east)/ ]] && echo "${BASH_REMATCH[1]}"; }

# make_authorities: once in a rig.
make_authorities() {
  local domain
  mkdir -p "$RIG/identities" "$RIG/trust"/{west,east}
  for domain in west east; do
    "$NSM_ROOT/scripts/rig-ca" new "$RIG/identities/$domain" "$domain.test"
    trust west "$domain"
    trust east "$domain"
    issue "$domain" nsmctl
  done
  # Whoever asks a program is of its domain: that of its socket, or of the node that it asks from.
  mkdir "$RIG/bin"
  cat >"$RIG/bin/nsmctl" <<-END
		#!/usr/bin/env bash
		[[ "\$*" =~ $RIG/(west|east)/ ]] && domain=\${BASH_REMATCH[1]} || domain=\$(ip netns identify \$\$)
		case \${domain#$RIG_ID-} in w*) domain=west ;; *) domain=east ;; esac
		[[ -z "${NSM_SPIRE:-}" ]] || exec "$NSM_BIN_DIR/nsmctl" --workload-api "unix://${NSM_SPIRE:-}/\$domain-agent.sock" "\$@"
		NSM_SVID=$RIG/identities/\$domain-nsmctl.pem NSM_TRUST_BUNDLES=$RIG/trust/\$domain exec "$NSM_BIN_DIR/nsmctl" "\$@"
	END
  chmod +x "$RIG/bin/nsmctl"
  PATH=$RIG/bin:$PATH
}

# trust DOMAIN OTHER: the programs of that domain trust the other one's authority; distrust: no more.
trust() { cp "$RIG/identities/$2/ca.pem" "$RIG/trust/$1/$2.test.pem"; }
distrust() { rm "$RIG/trust/$1/$2.test.pem"; }

# issue DOMAIN NAME [OPTION...]: a new certificate for that program; OPTIONs as rig-ca takes them.
issue() { "$NSM_ROOT/scripts/rig-ca" issue "$RIG/identities/$1" "$2" "$RIG/identities/$1-$2.pem" "${@:3}"; }

# id_of DOMAIN NAME: what others know a program by.
id_of() { if [[ -n ${NSM_SECURE:-} ]]; then echo "spiffe://$1.test/$2"; else echo "insecure:$2"; fi; }

# generation PROGRAM: how many certificates it has had.
generation() { dump "$1" | jq .identity.generation; }
has_had() { (($(generation "$1") >= $2)); }

# identify NAME NAMESPACE OPTION...: IDENTITY of the program that is started there with these: of the domain that an option
# names, or the node is of.
# shellcheck disable=SC2034
identify() {
  local domain
  IDENTITY=(--insecure)
  [[ -n ${NSM_SECURE:-} ]] || return 0
  domain=$(domain_in "${@:3}") || case $2 in w*) domain=west ;; e*) domain=east ;; *) fail "of which domain is $1: $*" ;; esac
  if [[ -n ${NSM_SPIRE:-} ]]; then
    IDENTITY=(--workload-api "unix://$NSM_SPIRE/$domain-agent.sock")
    return
  fi
  issue "$domain" "$1"
  IDENTITY=(--svid "$RIG/identities/$domain-$1.pem" --trust-bundles "$RIG/trust/$domain")
}
