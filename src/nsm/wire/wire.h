// SPDX-License-Identifier: Apache-2.0
// The wire messages under the names that the code uses, and the wire's constant strings.
// Source: NSM v1 API, pkg/api/networkservice.
#pragma once

#include <string>

#include "connection.pb.h"
#include "networkservice.pb.h"
#include "registry.pb.h"

namespace nsm {

using Connection = ::connection::Connection;
using ConnectionEvent = ::connection::ConnectionEvent;
using Mechanism = ::connection::Mechanism;
using MonitorScopeSelector = ::connection::MonitorScopeSelector;
using Path = ::connection::Path;
using PathSegment = ::connection::PathSegment;
using NetworkServiceRequest = ::networkservice::NetworkServiceRequest;
using NetworkService = ::registry::NetworkService;
using NetworkServiceEndpoint = ::registry::NetworkServiceEndpoint;

namespace mechanism {
inline constexpr char kLocal[] = "LOCAL";
inline constexpr char kRemote[] = "REMOTE";
inline constexpr char kKernel[] = "KERNEL";
inline constexpr char kVxlan[] = "VXLAN";
inline constexpr char kInodeUrl[] = "inodeURL";
inline constexpr char kName[] = "name";
inline constexpr char kSrcIp[] = "src_ip";
inline constexpr char kDstIp[] = "dst_ip";
inline constexpr char kSrcPort[] = "src_port";
inline constexpr char kDstPort[] = "dst_port";
inline constexpr char kOrigSrcIp[] = "orig_src_ip";
inline constexpr char kOrigDstIp[] = "orig_dst_ip";
inline constexpr char kVni[] = "vni";
inline constexpr char kMtu[] = "MTU";
// Of LOCAL KERNEL, ours: whether the pod wants to use a default route that the other side gives.
inline constexpr char kDefaultRoute[] = "default_route";
inline constexpr char kYes[] = "true";
}  // namespace mechanism

// "" if it has none of that name.
inline std::string Parameter(const Mechanism& mechanism, const char* key) {
  auto parameter = mechanism.parameters().find(key);
  return parameter == mechanism.parameters().end() ? "" : parameter->second;
}

// What a segment of a path tells about its hop (PathSegment.metrics).
namespace metric {
inline constexpr char kClientInterface[] = "client_interface";  // where the hop is the client of the next one
inline constexpr char kServerInterface[] = "server_interface";  // where it serves the one in front
}  // namespace metric

inline constexpr char kPayloadEthernet[] = "ETHERNET";
inline constexpr char kPayloadIp[] = "IP";

// Metadata of every call.
inline constexpr char kTokenHeader[] = "nsm-client-token";
inline constexpr char kTokenExpiresHeader[] = "nsm-client-token-expires";
// Metadata of an answer, ours: the certificates, DER, of the key that signed its token. Those of the
// connection's handshake may be older.
inline constexpr char kSvidHeader[] = "nsm-svid-bin";
// Metadata of Register and Unregister, request and response.
inline constexpr char kPathHeader[] = "path";
// Metadata of MonitorConnections, ours: with any value, "tell me nothing that I cause by my own calls".
inline constexpr char kOnlyNewsHeader[] = "nsm-only-news";

// Under this service name forwarders register with their NSMgr.
inline constexpr char kForwarderService[] = "forwarder";

}  // namespace nsm
