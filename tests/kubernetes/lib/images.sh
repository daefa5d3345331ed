# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Images, without a registry: archives in $IMAGES, which nodes import when they start, or when they are told to.

IMAGES=$CLUSTERS/images
# All our programs, of this version.
# shellcheck disable=SC2034 # for those who source this
NSM_IMAGE=interdomain-nsm:$(sed -nE 's/^project\(.* VERSION ([0-9.]+) .*/\1/p' "$NSM_ROOT/CMakeLists.txt")
# Busybox: the first process of every pod, and what scenarios look into pods with. It ends when it is told to.
TOOLS_IMAGE=interdomain-nsm-test/tools:1

# make_tools_image: from Debian's busybox.
make_tools_image() (
  set -e
  root=$CLUSTERS/tools
  mkdir -p "$root/bin" "$root/tmp" "$IMAGES"
  cp "$KUBERNETES/debian/busybox-static/bin/busybox" "$root/bin/"
  for applet in $("$root/bin/busybox" --list); do [[ -e $root/bin/$applet ]] || ln -s busybox "$root/bin/$applet"; done
  "$NSM_ROOT/deploy/image/archive" --root "$root" --name "$TOOLS_IMAGE" --output "$IMAGES/tools.tar" \
    --config '{"Env": ["PATH=/bin"], "Entrypoint": ["/bin/sh", "-c", "trap exit TERM; sleep infinity & wait"]}'
  rm -r "$root"
)

# make_example_images: what deploy/examples takes from Docker's registry, which is out of reach here: images of the same names
# that have Debian's busybox, and for nicolaka/netshoot also nft.
make_example_images() (
  set -e
  root=$CLUSTERS/example-images
  mkdir -p "$root/bin" "$root/tmp"
  cp "$KUBERNETES/debian/busybox-static/bin/busybox" "$root/bin/"
  for applet in $("$root/bin/busybox" --list); do [[ -e $root/bin/$applet ]] || ln -s busybox "$root/bin/$applet"; done
  example_image "$root" busybox:1.35.0
  cp "$(type -P nft)" "$root/bin/"
  for library in $(ldd "$root/bin/nft" | grep -o '/[^ ]*'); do install -D "$library" "$root$library"; done
  example_image "$root" nicolaka/netshoot:v0.13
  rm -r "$root"
)
# example_image ROOT NAME
example_image() {
  "$NSM_ROOT/deploy/image/archive" --root "$1" --name "$2" --output "$IMAGES/$(tr /: -- <<<"$2").tar" \
    --config '{"Env": ["PATH=/bin"]}'
}

# import_images: all that there are, into the containerd of the node that we are in.
import_images() {
  local archive
  for archive in "$IMAGES"/*.tar; do ctr --namespace k8s.io images import "$archive" >/dev/null; done
}

# import_image CLUSTER NODE_NUMBER ARCHIVE: into a node that runs.
import_image() {
  in_node "$1" "$2" "$KUBERNETES/debian/containerd/usr/bin/ctr" --namespace k8s.io images import "$3" >/dev/null
}
