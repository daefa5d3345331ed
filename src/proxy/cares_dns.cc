// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/cares_dns.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "src/core/status_macros.h"
#include "src/proxy/name_server.h"

namespace nsm::proxy {
namespace {

// How long a server is waited for before the next one is asked as well, and how long an answer that is there
// waits for the other address family.
constexpr absl::Duration kPatience = absl::Milliseconds(100);

// The same questions about one name to several servers.
class Exchange {
 public:
  Exchange(const std::vector<HostPort>& servers, std::string name, std::vector<RecordType> types,
           absl::Time deadline)
      : servers_(servers),
        name_(std::move(name)),
        types_(std::move(types)),
        began_(absl::Now()),
        deadline_(deadline) {}

  // Returns when every question has its answer, or nobody is left to give it, or at the deadline.
  absl::Status Run() {
    absl::Time limit = deadline_;
    for (absl::Time now = began_; !AllAnswered() && now < limit; now = absl::Now()) {
      if (asked_.size() < servers_.size() && (now >= next_at_ || NobodyIsLeft())) {
        RETURN_IF_ERROR(AskNext());
        next_at_ = now + kPatience;
      } else if (NobodyIsLeft()) {
        break;
      }
      Wait(asked_.size() < servers_.size() ? std::min(limit, next_at_) : limit);
      if (HasRecords()) limit = std::min(limit, absl::Now() + kPatience);
    }
    return absl::OkStatus();
  }

  // The first final reply; null if there was none.
  const Reply* AnswerTo(RecordType type) const {
    for (const auto& server : asked_) {
      const Reply* reply = server->ReplyFor(type);
      if (reply != nullptr && reply->is_final()) return reply;
    }
    return nullptr;
  }

  // What to say when no question has brought records.
  absl::Status Error() const {
    std::vector<std::string> said;
    for (const auto& server : asked_) {
      std::set<std::string> replies;
      for (const auto& [type, reply] : server->replies()) replies.insert(reply.ToString());
      said.push_back(absl::StrCat(server->name(), ": ", absl::StrJoin(replies, ", ")));
    }
    std::string message = absl::StrCat(
        "asking for ",
        absl::StrJoin(types_, " and ", [](std::string* out, RecordType type) { *out += ToString(type); }),
        " records of ", name_, " (",
        absl::FormatDuration(absl::Trunc(absl::Now() - began_, absl::Milliseconds(1))),
        "): ", said.empty() ? "there was no time" : absl::StrJoin(said, "; "));
    if (AllAnswered()) return absl::NotFoundError(message);
    return absl::UnavailableError(message);
  }

 private:
  bool AllAnswered() const {
    return std::all_of(types_.begin(), types_.end(),
                       [this](RecordType type) { return AnswerTo(type) != nullptr; });
  }
  bool HasRecords() const {
    return std::any_of(types_.begin(), types_.end(), [this](RecordType type) {
      const Reply* answer = AnswerTo(type);
      return answer != nullptr && answer->has_records();
    });
  }
  // No server that was asked is still thinking.
  bool NobodyIsLeft() const {
    return std::all_of(asked_.begin(), asked_.end(), [](const auto& server) {
      return std::all_of(server->replies().begin(), server->replies().end(),
                         [](const auto& reply) { return reply.second.error.has_value(); });
    });
  }
  absl::Status AskNext() {
    ASSIGN_OR_RETURN(auto server, NameServer::Open(servers_[asked_.size()], deadline_ - absl::Now()));
    for (RecordType type : types_) {
      if (AnswerTo(type) == nullptr) server->Ask(name_, type);
    }
    asked_.push_back(std::move(server));
    return absl::OkStatus();
  }
  void Wait(absl::Time until) {
    absl::Duration wait = std::max(until - absl::Now(), absl::ZeroDuration());
    std::vector<pollfd> sockets;
    for (const auto& server : asked_) {
      server->AddSockets(sockets);
      wait = server->LongestWait(wait);
    }
    ::poll(sockets.data(), sockets.size(), static_cast<int>(absl::ToInt64Milliseconds(wait)) + 1);
    for (const auto& server : asked_) server->Process(sockets);
  }

  const std::vector<HostPort>& servers_;
  const std::string name_;
  const std::vector<RecordType> types_;
  const absl::Time began_;
  const absl::Time deadline_;
  std::vector<std::unique_ptr<NameServer>> asked_;  // the first of servers_
  absl::Time next_at_ = absl::InfinitePast();
};

}  // namespace

absl::StatusOr<std::unique_ptr<CaresDns>> CaresDns::Create(const std::vector<HostPort>& servers) {
  for (const HostPort& server : servers) RETURN_IF_ERROR(IpAddress::Parse(server.host).status());
  int error = ares_library_init(ARES_LIB_INIT_ALL);
  if (error != ARES_SUCCESS)
    return absl::InternalError(absl::StrCat("setting up DNS: ", ares_strerror(error)));
  return std::unique_ptr<CaresDns>(new CaresDns(servers));
}

CaresDns::~CaresDns() { ares_library_cleanup(); }

absl::StatusOr<std::vector<HostPort>> CaresDns::Servers() const {
  if (!servers_.empty()) return servers_;
  return SystemNameServers();
}

absl::StatusOr<std::vector<IpAddress>> CaresDns::FindAddresses(const std::string& host, absl::Time deadline) {
  ASSIGN_OR_RETURN(const std::vector<HostPort> servers, Servers());
  const std::vector<RecordType> types{RecordType::kAaaa, RecordType::kA};
  Exchange exchange(servers, host, types, deadline);
  RETURN_IF_ERROR(exchange.Run());
  std::vector<IpAddress> addresses;
  for (RecordType type : types) {
    const Reply* answer = exchange.AnswerTo(type);
    if (answer == nullptr) continue;
    addresses.insert(addresses.end(), answer->addresses.begin(), answer->addresses.end());
  }
  if (addresses.empty()) return exchange.Error();
  return addresses;
}

absl::StatusOr<std::vector<SrvRecord>> CaresDns::FindServices(const std::string& name, absl::Time deadline) {
  ASSIGN_OR_RETURN(const std::vector<HostPort> servers, Servers());
  Exchange exchange(servers, name, {RecordType::kSrv}, deadline);
  RETURN_IF_ERROR(exchange.Run());
  const Reply* answer = exchange.AnswerTo(RecordType::kSrv);
  if (answer == nullptr || !answer->has_records()) return exchange.Error();
  return answer->services;
}

}  // namespace nsm::proxy
