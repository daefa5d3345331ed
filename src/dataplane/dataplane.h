// SPDX-License-Identifier: Apache-2.0
// One node's dataplane: takes cross-connects and makes the kernel have them.
//
// State lives in the kernel: links, programs, and maps pinned below NodeConfig::bpf_dir whose values hold all
// that a started forwarder needs. Start() adopts what it finds there; destroying the object leaves everything
// as it is, so that a restart or an upgrade loses no packet.
//
// Threading: all methods are thread safe. None is held up for longer than the kernel takes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "src/core/clock.h"
#include "src/dataplane/cross_connect.h"

namespace nsm::dataplane {

// Whether packets go between pods and underlay without the VXLAN device, where they can (fast_path.h).
enum class FastPath : uint8_t {
  kAuto,  // if this kernel can
  kOn,    // else the dataplane does not start
  kOff,
};

struct NodeConfig {
  // A dataplane of a host differs from all others in one of these: the folder on a mounted bpffs, made if it
  // is missing, and the port below.
  std::string bpf_dir;
  IpAddress tunnel_ip;         // local address of every tunnel; must be on an interface of this namespace
  uint16_t vxlan_port = 4789;  // UDP
  Vni vni_first{1};            // the range for allocation, both ends included
  Vni vni_last{Vni::kMax};
  bool guard_ethernet = false;    // enforce allowed sources for payload ETHERNET, too
  bool allow_host_netns = false;  // accept attachments in this process's or process 1's namespace
  FastPath fast_path = FastPath::kAuto;
  // Between two looks whether peers live; one that dies is known to be lost after six of them at the latest.
  // Zero: nobody looks; others are answered nevertheless.
  absl::Duration probe_interval = absl::Milliseconds(150);
};

// A cross-connect has lost an attachment.
struct Loss {
  std::string id;
  bool of_client_pod = false;  // the client's namespace is gone: nobody is left to ask for it again
  bool operator==(const Loss&) const = default;
};

class Dataplane {
 public:
  virtual ~Dataplane() = default;

  // Adopts or makes the node's VXLAN device, programs and maps. Needs CAP_NET_ADMIN, CAP_BPF, CAP_SYS_ADMIN.
  // FAILED_PRECONDITION, with what to do, when the UDP port is taken, bpf_dir is on no bpffs, tunnel_ip is
  // not this node's, this kernel cannot do the fast path that has to be on, or what is pinned was made by a
  // newer version or is damaged; nothing has changed then.
  static absl::StatusOr<std::unique_ptr<Dataplane>> Start(const NodeConfig& config, const Clock& clock);
  // Removes everything of this dataplane, whether or not something of it is running, and nothing of another
  // one.
  static absl::Status Cleanup(const NodeConfig& config);
  // What is in the pinned maps, in the form of Dump(), without changing anything.
  static absl::StatusOr<nlohmann::json> DumpPinned(const NodeConfig& config);

  // Makes the cross-connect so. Idempotent: asked again for the same, it changes nothing but the expiry and
  // creates what is missing; asked for another leg under the same id, it replaces that leg. On failure
  // whatever this call made is undone, and what was there before stays.
  // NOT_FOUND: a namespace is not there. PERMISSION_DENIED: it is the host's or our own. ALREADY_EXISTS: the
  // interface name is taken in the pod by something else, or an address or route would take from what the pod
  // or another cross-connect has there (claims.h). ABORTED: (remote, VNI) is another cross-connect's.
  virtual absl::Status Apply(const CrossConnect& cross_connect) = 0;
  // Stops its traffic at once, frees names and VNI at once, destroys links soon after. Unknown ids are OK.
  virtual absl::Status Remove(const std::string& id) = 0;

  // What is live under this id, as far as the pinned record tells: of an adopted cross-connect that nobody
  // has asked for again, addresses, routes and aliases are not known.
  virtual std::optional<CrossConnect> Find(const std::string& id) = 0;

  // Which cross-connect the interface of a client that asks anew belongs to: one whose client's side is in
  // the same namespace with the same alias, which names the client, or whose client was in a namespace that
  // is gone. None: it is a new one. ALREADY_EXISTS, naming both: the interface's name is taken there by
  // another client's or an endpoint's, or a client with this alias lives in another namespace.
  virtual absl::StatusOr<std::optional<std::string>> FindClient(const Attachment& wanted) = 0;

  // A VNI for a tunnel whose other end is `remote`, different from all that are live or reserved with it,
  // even or odd as wished while there is one such. Reserved under `id` until Apply, Remove or Release(id).
  // Asked again under the same id and remote it answers the same. RESOURCE_EXHAUSTED: none is left.
  virtual absl::StatusOr<Vni> ReserveVni(const std::string& id, const IpAddress& remote,
                                         bool prefer_even) = 0;
  virtual void ReleaseVni(const std::string& id) = 0;

  // Largest payload packet of a tunnel to `remote`: MTU of the route there less the encapsulation.
  virtual absl::StatusOr<uint32_t> TunnelMtu(const IpAddress& remote) = 0;

  // Called when an attachment has vanished (its namespace is gone or somebody deleted the link). Set once,
  // before the first Apply; called from a thread of the dataplane's own.
  virtual void OnAttachmentLost(std::function<void(const Loss&)> callback) = 0;

  // Called when a peer is lost, with the ids of all cross-connects to it: for some time nothing has come from
  // it, and no answer to probes; and again when one was applied since. They stay, and carry packets again
  // when it is back. Only peers that are known to answer probes are ever lost (CrossConnect::peer_answers, of
  // all that there are to it). Set and called as OnAttachmentLost.
  virtual void OnPeerLost(
      std::function<void(const IpAddress& peer, const std::vector<std::string>& ids)> callback) = 0;

  // Cross-connects, tunnels, VNIs, counters by reason, numbers of map entries, as JSON for people and tests.
  virtual nlohmann::json Dump() = 0;
};

}  // namespace nsm::dataplane
