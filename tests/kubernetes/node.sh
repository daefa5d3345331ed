#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# node.sh CLUSTER NUMBER: the first process of a node, started by node_up (lib/clusters.sh) inside the node's namespaces.
# What it mounts is seen by nobody else, and is gone with it. Node 1 has the control plane, too.
set -Eeuo pipefail
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
cluster=$1 number=$2 name=node$2 address=$(node_address "$1" "$2")
here=$(place "$1" "$2") keys=$(place "$1")/keys api=$(node_address "$1" 1)
debian=$KUBERNETES/debian
export PATH=$debian/containerd/usr/bin:$debian/runc/usr/sbin:$PATH
trap 'exit 0' TERM INT
hostname "$name"

# mount_own: folders that are the node's alone, and its own view of the system.
mount_own() {
  local folder
  for folder in lib log; do
    mkdir -p "$here/$folder"
    mount --bind "$here/$folder" "/var/$folder"
  done
  mount -t tmpfs tmpfs /run
  mkdir -p /run/netns /run/lock /run/cgroup /run/tmp /run/held
  # The devices of this network namespace, with the control groups as they were.
  mount --move /sys/fs/cgroup /run/cgroup
  mount -t sysfs sysfs /sys
  mount --move /run/cgroup /sys/fs/cgroup
  mount -t bpf bpf /sys/fs/bpf
  export TMPDIR=/run/tmp
  hold_settings
  # For volumes that containers mount for others.
  mount --make-rshared /
}

# hold_settings: kubelet wants these for the whole host. It finds what it wants, and changes nothing.
hold_settings() {
  local setting file
  for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
    kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
    file=/run/settings/${setting%=*}
    mkdir -p "${file%/*}"
    echo "${setting#*=}" >"$file"
    mount --bind "$file" "/proc/sys/${setting%=*}"
  done
}

# configure: files of containerd, its network plugins, kubelet and the name server, which knows nothing else.
configure() {
  local domain
  mkdir -p /run/cni
  cat >/run/cni/10-pods.conflist <<-END
	{"cniVersion": "0.4.0", "name": "pods", "plugins": [
	  {"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
	   "ipam": {"type": "host-local", "dataDir": "/run/cni-addresses", "ranges": [[{"subnet": "$(node_pods "$number")"}]],
	            "routes": [{"dst": "0.0.0.0/0"}]}},
	  {"type": "portmap", "capabilities": {"portMappings": true}}]}
	END
  # Where we may not raise our own importance to the kernel, containerd may not either.
  cat >/run/containerd.toml <<-END
	version = 2
	[plugins."io.containerd.grpc.v1.cri"]
	  sandbox_image = "docker.io/$TOOLS_IMAGE"
	  restrict_oom_score_adj = true
	  [plugins."io.containerd.grpc.v1.cri".cni]
	    bin_dir = "$debian/containernetworking-plugins/usr/lib/cni"
	    conf_dir = "/run/cni"
	END
  : >/run/resolv.conf
  cat >/run/kubelet.yaml <<-END
	apiVersion: kubelet.config.k8s.io/v1beta1
	kind: KubeletConfiguration
	containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
	cgroupDriver: cgroupfs
	cgroupRoot: /$(cgroup "$cluster-$name")
	failCgroupV1: false
	failSwapOn: false
	authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $keys/ca.crt}}
	authorization: {mode: Webhook}
	clusterDNS: [$api]
	clusterDomain: cluster.local
	resolvConf: /run/resolv.conf
	imageGCHighThresholdPercent: 100
	evictionHard: {memory.available: 100Mi}
	nodeStatusUpdateFrequency: 2s
	END
  cat >/run/Corefile <<-END
	cluster.local:53 in-addr.arpa:53 {
	  bind $api
	  kubernetes {
	    kubeconfig $keys/admin.conf
	  }
	  errors
	}
	test:53 {
	  bind $api
	  hosts /run/names
	  errors
	}
	END
  # Of names that it has, this plugin says that there are no SRV records; for others it answers as if it had failed.
  for domain in west east; do
    echo "$(node_address "$domain" 1) $domain.test registry.nsm-system.$domain.test nsmgr-proxy.nsm-system.$domain.test"
  done >/run/names
}

# keep NAME COMMAND...: runs it, again whenever it ends and is not held back (program_stop in lib/clusters.sh), with its output
# in the node's log folder.
keep() {
  (
    while :; do
      while [[ -e /run/held/$1 ]]; do sleep 0.1; done
      "${@:2}" >>"/var/log/$1.log" 2>&1 || true
      sleep 1
    done
  ) &
}

# control_plane: of node 1.
control_plane() {
  keep etcd etcd --data-dir /var/lib/etcd --unsafe-no-fsync
  keep kube-apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --advertise-address="$api" --secure-port=6443 \
    --service-cluster-ip-range="$SERVICES" --tls-cert-file="$keys/api.crt" --tls-private-key-file="$keys/api.key" \
    --client-ca-file="$keys/ca.crt" --kubelet-client-certificate="$keys/api.crt" --kubelet-client-key="$keys/api.key" \
    --kubelet-preferred-address-types=InternalIP --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$keys/accounts.pub" --service-account-signing-key-file="$keys/accounts.key" \
    --token-auth-file="$keys/users.csv" --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --allow-privileged=true
  keep kube-controller-manager kube-controller-manager --kubeconfig="$keys/admin.conf" --root-ca-file="$keys/ca.crt" \
    --service-account-private-key-file="$keys/accounts.key" --use-service-account-credentials --leader-elect=false
  keep kube-scheduler kube-scheduler --kubeconfig="$keys/admin.conf" --leader-elect=false
  keep coredns coredns -conf /run/Corefile
}

# worker: what every node has. The service network is the node's own, so answers come back through it (--masquerade-all).
worker() {
  keep kubelet kubelet --config=/run/kubelet.yaml --kubeconfig="$keys/$name.conf" --hostname-override="$name" --node-ip="$address"
  keep kube-proxy kube-proxy --kubeconfig="$keys/admin.conf" --hostname-override="$name" --proxy-mode=nftables \
    --cluster-cidr="$PODS" --masquerade-all --conntrack-max-per-core=0 --conntrack-tcp-timeout-established=0s \
    --conntrack-tcp-timeout-close-wait=0s
}

mount_own
configure
keep containerd containerd --config /run/containerd.toml
[[ $number != 1 ]] || control_plane
wait_for 30 "containerd" ctr version
import_images
until curl -sfk "https://$api:6443/readyz" >/dev/null; do sleep 0.2; done
worker
# As the first process we also reap what others leave behind.
while :; do
  wait || true
  sleep 1
done
