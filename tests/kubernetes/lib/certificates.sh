# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the programs of a cluster know each other by: one authority and one certificate for the API server, a key for
# the tokens of service accounts, and a token for each other program that comes from outside.

# make_keys FOLDER ADDRESS URL NODE...: for an API server that is reached at ADDRESS; kubeconfigs NAME.conf have URL.
make_keys() (
  set -e
  mkdir -p "$1"
  cd "$1"
  openssl ecparam -name prime256v1 -genkey -noout -out ca.key
  openssl req -x509 -new -key ca.key -days 30 -subj /CN=test-ca -addext keyUsage=critical,keyCertSign,digitalSignature -out ca.crt
  openssl ecparam -name prime256v1 -genkey -noout -out accounts.key
  openssl ec -in accounts.key -pubout -out accounts.pub 2>/dev/null
  openssl ecparam -name prime256v1 -genkey -noout -out api.key
  # As its own client it is known to kubelets.
  openssl req -new -key api.key -subj /O=system:masters/CN=kube-apiserver -out api.csr
  cat >api.ext <<-END
	subjectAltName=IP:127.0.0.1,IP:$2,IP:$API_SERVICE,DNS:localhost,DNS:kubernetes.default.svc
	extendedKeyUsage=serverAuth,clientAuth
	END
  openssl x509 -req -in api.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile api.ext -out api.crt 2>/dev/null
  add_user admin admin system:masters "$3"
  for node in "${@:4}"; do add_user "$node" "system:node:$node" system:nodes "$3"; done
)

# add_user NAME USER GROUP URL: a token in users.csv and the kubeconfig NAME.conf, in the current folder.
add_user() {
  local token
  token=$(openssl rand -hex 16)
  echo "$token,$2,$2,$3" >>users.csv
  cat >"$1.conf" <<-END
	apiVersion: v1
	kind: Config
	current-context: test
	clusters: [{name: test, cluster: {server: "$4", certificate-authority-data: $(base64 -w0 ca.crt)}}]
	users: [{name: test, user: {token: $token}}]
	contexts: [{name: test, context: {cluster: test, user: test}}]
	END
}
