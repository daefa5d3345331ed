// SPDX-License-Identifier: Apache-2.0
// hostile SERVICE URL...: sends what no program of ours would send to the gRPC services of the programs at
// the URLs, over connections of its own. SERVICE is "hop" (NetworkService and MonitorConnection), "registry"
// or "introspection", or "no-" and one of them where it must not be, or "outside": all of them, where nothing
// of it is let in. Prints a line for each message and
// answer; fails if one was taken that must be refused, or refused otherwise than expected. NSM_SVID and
// NSM_TRUST_BUNDLES: who it is.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "connection.grpc.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "networkservice.grpc.pb.h"
#include "registry.grpc.pb.h"
#include "src/core/url.h"
#include "src/nsm/identity/spiffe_identity.h"
#include "src/nsm/identity/svid_files.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/mechanism_kind.h"

namespace nsm {
namespace {

struct Message {
  std::string name;
  std::string method;
  std::string bytes;
  std::vector<grpc::StatusCode> expected;  // none: any but OK
};

const std::vector<grpc::StatusCode> kRefused = {grpc::StatusCode::INVALID_ARGUMENT};
// gRPC answers for us to what is no message, in different ways for calls and streams.
const std::vector<grpc::StatusCode> kNotParsed = {grpc::StatusCode::INTERNAL, grpc::StatusCode::UNIMPLEMENTED,
                                                  grpc::StatusCode::INVALID_ARGUMENT};
const std::vector<grpc::StatusCode> kTooLarge = {grpc::StatusCode::RESOURCE_EXHAUSTED};

constexpr char kRequest[] = "/networkservice.NetworkService/Request";
constexpr char kClose[] = "/networkservice.NetworkService/Close";
constexpr char kMonitor[] = "/connection.MonitorConnection/MonitorConnections";
constexpr char kEndpoints[] = "/registry.NetworkServiceEndpointRegistry/";
constexpr char kServices[] = "/registry.NetworkServiceRegistry/";

std::string Letters(size_t size) { return std::string(size, 'x'); }

NetworkServiceRequest Good() {
  NetworkServiceRequest request;
  Mechanism& mechanism = *request.add_mechanism_preferences();
  mechanism = MakeMechanism(kRemoteVxlan);
  (*mechanism.mutable_parameters())[mechanism::kSrcIp] = "192.0.2.1";
  Connection& connection = *request.mutable_connection();
  connection.set_id("hostile");
  connection.set_network_service("icmp-responder");
  connection.set_network_service_endpoint_name("endpoint");
  PathSegment& segment = *connection.mutable_path()->add_path_segments();
  segment.set_name("hostile");
  segment.set_id("hostile");
  return request;
}

using Spoil = std::function<void(NetworkServiceRequest&, Connection&)>;

std::vector<std::pair<std::string, Spoil>> BadRequests() {
  return {
      {"no path", [](auto&, auto& c) { c.clear_path(); }},
      {"index behind the path", [](auto&, auto& c) { c.mutable_path()->set_index(1); }},
      {"index 2^32 - 1", [](auto&, auto& c) { c.mutable_path()->set_index(0xffffffff); }},
      {"another id than its segment", [](auto&, auto& c) { c.set_id("other"); }},
      {"empty segment", [](auto&, auto& c) { c.mutable_path()->add_path_segments(); }},
      {"several @", [](auto&, auto& c) { c.set_network_service("a@b@c"); }},
      {"NUL in a name", [](auto&, auto& c) { c.set_network_service(std::string("a\0b", 3)); }},
      {"escape in a name", [](auto&, auto& c) { c.set_network_service_endpoint_name("\x1b[2J"); }},
      {"long id",
       [](auto&, auto& c) {
         c.set_id(Letters(limits::kName + 1));
         c.mutable_path()->mutable_path_segments(0)->set_id(c.id());
       }},
      {"long service", [](auto&, auto& c) { c.set_network_service(Letters(limits::kName + 1)); }},
      {"long token",
       [](auto&, auto& c) {
         c.mutable_path()->mutable_path_segments(0)->set_token(Letters(limits::kToken + 1));
       }},
      {"many segments",
       [](auto&, auto& c) {
         while (c.path().path_segments_size() <= static_cast<int>(limits::kSegments)) {
           *c.mutable_path()->add_path_segments() = c.path().path_segments(0);
         }
       }},
      {"many labels",
       [](auto&, auto& c) {
         for (size_t i = 0; i <= limits::kLabels; ++i) (*c.mutable_labels())[absl::StrCat(i)];
       }},
      {"long label", [](auto&, auto& c) { (*c.mutable_labels())["l"] = Letters(limits::kPair); }},
      {"many preferences",
       [](auto& r, auto&) {
         for (size_t i = 0; i <= limits::kPreferences; ++i) r.add_mechanism_preferences();
       }},
      {"many parameters",
       [](auto& r, auto&) {
         auto& parameters = *r.mutable_mechanism_preferences(0)->mutable_parameters();
         for (size_t i = 0; i <= limits::kParameters; ++i) parameters[absl::StrCat(i)];
       }},
      {"many excluded prefixes",
       [](auto&, auto& c) {
         auto& ip = *c.mutable_context()->mutable_ip_context();
         for (size_t i = 0; i <= limits::kExcludedPrefixes; ++i) ip.add_excluded_prefixes("10.0.0.0/8");
       }},
      {"over 256 KiB", [](auto&, auto& c) { (*c.mutable_labels())["l"] = Letters(limits::kMessage); }},
  };
}

std::vector<Message> HopMessages() {
  std::vector<Message> messages;
  for (const auto& [name, spoil] : BadRequests()) {
    NetworkServiceRequest request = Good();
    spoil(request, *request.mutable_connection());
    messages.push_back({name, kRequest, request.SerializeAsString(), kRefused});
    // What a Close has none of is no reason to refuse it.
    if (request.connection().SerializeAsString() == Good().connection().SerializeAsString()) continue;
    messages.push_back({name, kClose, request.connection().SerializeAsString(), kRefused});
  }
  NetworkServiceRequest wanted = Good();
  wanted.mutable_mechanism_preferences(0)->set_type("TELEPATHY");
  // Which hop says so, and why, depends on the program.
  messages.push_back({"unknown mechanism", kRequest, wanted.SerializeAsString(), {}});
  const std::string good = Good().SerializeAsString();
  messages.push_back({"empty", kRequest, "", kRefused});
  messages.push_back({"empty", kClose, "", kRefused});
  for (const char* method : {kRequest, kClose, kMonitor}) {
    messages.push_back({"truncated", method, good.substr(0, good.size() - 3), kNotParsed});
    messages.push_back({"garbage", method, std::string(1000, '\xff'), kNotParsed});
    messages.push_back({"100 MB", method, std::string(100'000'000, '\x0a'), kTooLarge});
  }
  MonitorScopeSelector selector;
  selector.add_network_services(Letters(limits::kName + 1));
  messages.push_back({"long service", kMonitor, selector.SerializeAsString(), kRefused});
  return messages;
}

std::vector<Message> RegistryMessages() {
  std::vector<Message> messages;
  for (const char* service : {kEndpoints, kServices}) {
    const std::string of_endpoint = service == kEndpoints ? "endpoint" : "service";
    for (const std::string& name :
         {Letters(limits::kName + 1), std::string("a@b@c"), std::string("a\nb"), std::string("a\0b", 3)}) {
      NetworkServiceEndpoint endpoint;  // a service begins with the same field
      endpoint.set_name(name);
      const std::string shown = absl::StrCat("bad name of ", of_endpoint, ", ", name.size(), " bytes");
      ::registry::NetworkServiceEndpointQuery query;
      *query.mutable_network_service_endpoint() = endpoint;
      for (const char* method : {"Register", "Unregister"}) {
        messages.push_back({shown, absl::StrCat(service, method), endpoint.SerializeAsString(), kRefused});
      }
      messages.push_back({shown, absl::StrCat(service, "Find"), query.SerializeAsString(), kRefused});
    }
    for (const char* method : {"Register", "Unregister", "Find"}) {
      messages.push_back({"truncated", absl::StrCat(service, method), "\x0a\x05name", kNotParsed});
      messages.push_back({"garbage", absl::StrCat(service, method), std::string(1000, '\xff'), kNotParsed});
      messages.push_back(
          {"100 MB", absl::StrCat(service, method), std::string(100'000'000, '\x0a'), kTooLarge});
    }
  }
  NetworkServiceEndpoint endpoint;
  endpoint.set_name("hostile");
  endpoint.set_url(Letters(limits::kUrl + 1));
  messages.push_back(
      {"long URL", absl::StrCat(kEndpoints, "Register"), endpoint.SerializeAsString(), kRefused});
  endpoint.set_url(Letters(limits::kMessage));
  messages.push_back(
      {"over 256 KiB", absl::StrCat(kEndpoints, "Register"), endpoint.SerializeAsString(), kRefused});
  return messages;
}

std::vector<Message> IntrospectionMessages() {
  const std::string method = "/nsm.introspection.Introspection/Dump";
  return {{"no such section", method, "\x0a\x04none", {grpc::StatusCode::NOT_FOUND}},
          {"truncated", method, "\x0a\x05name", kNotParsed},
          {"garbage", method, std::string(1000, '\xff'), kNotParsed}};
}

// To the service of that name; where there must be none, gRPC itself says so.
// All of them, by who is not let in.
std::vector<Message> OutsideMessages() {
  std::vector<Message> all;
  for (const std::vector<Message>& some : {HopMessages(), RegistryMessages(), IntrospectionMessages()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  for (Message& message : all) message.expected = {grpc::StatusCode::UNAVAILABLE};
  return all;
}

std::vector<Message> MessagesTo(const std::string& service) {
  if (service == "hop") return HopMessages();
  if (service == "registry") return RegistryMessages();
  if (service == "introspection") return IntrospectionMessages();
  if (service == "outside") return OutsideMessages();
  if (!absl::StartsWith(service, "no-")) return {};
  std::vector<Message> messages = MessagesTo(service.substr(3));
  for (Message& message : messages) message.expected = {grpc::StatusCode::UNIMPLEMENTED};
  return messages;
}

grpc::Status Send(grpc::GenericStub& stub, const Message& message) {
  grpc::ClientContext call;
  call.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  grpc::CompletionQueue queue;
  grpc::Slice slice(message.bytes);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer answer;
  grpc::Status status;
  auto rpc = stub.PrepareUnaryCall(&call, message.method, request, &queue);
  rpc->StartCall();
  rpc->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return status;
}

bool IsExpected(const Message& message, const grpc::Status& status) {
  if (message.expected.empty()) return !status.ok();
  for (grpc::StatusCode code : message.expected) {
    if (status.error_code() == code) return true;
  }
  return false;
}

// Who NSM_SVID and NSM_TRUST_BUNDLES say, where they are set: an insider.
std::shared_ptr<grpc::ChannelCredentials> Credentials() {
  static const SystemClock clock;
  const char* svid = std::getenv("NSM_SVID");
  const char* bundles = std::getenv("NSM_TRUST_BUNDLES");
  if (svid == nullptr || *svid == '\0' || bundles == nullptr) return grpc::InsecureChannelCredentials();
  return SpiffeIdentity::Create(SvidFiles::Read({svid, svid, bundles}).value(), absl::Minutes(10), clock)
      .value()
      ->ForChannel(Peers::kFederated);
}

int Attack(const std::string& target, const std::vector<Message>& messages) {
  auto channel = grpc::CreateChannel(target, Credentials());
  grpc::GenericStub stub(channel);
  int wrong = 0;
  for (const Message& message : messages) {
    const grpc::Status status = Send(stub, message);
    const bool is_expected = IsExpected(message, status);
    if (!is_expected) ++wrong;
    std::printf("%s%s %s: %d %s\n", is_expected ? "" : "WRONG: ", message.method.c_str(),
                message.name.c_str(), status.error_code(), status.error_message().c_str());
  }
  return wrong;
}

}  // namespace
}  // namespace nsm

int main(int argc, char** argv) {
  const std::vector<nsm::Message> messages = nsm::MessagesTo(argc > 1 ? argv[1] : "");
  if (argc < 3 || messages.empty()) {
    std::fprintf(stderr, "usage: hostile [no-]hop|registry|introspection|outside URL...\n");
    return 2;
  }
  int wrong = 0;
  for (int i = 2; i < argc; ++i) {
    const auto url = nsm::Url::Parse(argv[i]).value();
    wrong += nsm::Attack(url.ToGrpcTarget(), messages);
  }
  return wrong == 0 ? 0 : 1;
}
