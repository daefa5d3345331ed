// SPDX-License-Identifier: Apache-2.0
#include "src/client/requester.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "networkservice.grpc.pb.h"
#include "src/client/close_connection.h"
#include "src/core/status_macros.h"
#include "src/nsm/request/authorize.h"
#include "src/nsm/rpc/grpc_status.h"

namespace nsm::client {
namespace {

constexpr absl::Duration kRefuseTimeout = absl::Seconds(5);

}  // namespace

absl::StatusOr<Connection> Requester::Request(NetworkServiceRequest request) {
  // Who has addresses keeps them, and need not wait.
  std::optional<GivenPrefixes::Turn> turn;
  const bool has_addresses = request.connection().context().ip_context().src_ip_addrs_size() > 0;
  if (!has_addresses || request.connection().state() == ::connection::RESELECT_REQUESTED) {
    turn.emplace(given_);
  }
  ExcludeOthers(*request.mutable_connection());
  absl::StatusOr<Connection> answer = Ask(request);
  if (answer.ok()) {
    absl::Status taken = given_.Take(config_.id, config_.name, *answer);
    if (taken.ok()) return answer;
    return AskForOther(std::move(request), *answer, std::move(taken));
  }
  if (absl::IsResourceExhausted(answer.status()) && !excluded_.empty()) {
    return absl::ResourceExhaustedError(absl::StrCat(answer.status().message(), "; excluded for ",
                                                     config_.name, ": ", given_.OthersThan(config_.id)));
  }
  return answer;
}

absl::StatusOr<Connection> Requester::AskForOther(NetworkServiceRequest request, const Connection& answer,
                                                  absl::Status taken) {
  monitor_.Abandon(config_.id);
  *request.mutable_connection() = answer;
  ExcludeOthers(*request.mutable_connection());
  absl::StatusOr<Connection> again = Ask(request);
  if (again.ok()) {
    taken = given_.Take(config_.id, config_.name, *again);
    if (taken.ok()) return again;
    monitor_.Abandon(config_.id);
  }
  GiveUp(answer, kRefuseTimeout);
  return taken;
}

absl::StatusOr<Connection> Requester::Ask(const NetworkServiceRequest& request) {
  const absl::Time deadline = clock_.Now() + config_.timeout;
  const std::shared_ptr<grpc::Channel> channel = channels_.Get(config_.nsmgr);
  RETURN_IF_ERROR(channels_.Dial(*channel, config_.nsmgr, deadline));
  monitor_.Claim(config_.id, config_.nsmgr, deadline);
  ChannelPool::Call call(channels_, deadline, &calls_);
  Connection answer;
  const absl::Status status =
      FromGrpc(::networkservice::NetworkService::NewStub(channel)->Request(&call.context(), request, &answer),
               config_.nsmgr);
  if (!status.ok()) {
    monitor_.Abandon(config_.id);
    return status;
  }
  if (absl::Status kept = CheckAnswer(answer, PeerOf(call.context())); !kept.ok()) {
    monitor_.Abandon(config_.id);
    GiveUp(answer, kRefuseTimeout);
    return kept;
  }
  return answer;
}

absl::Status Requester::CheckAnswer(const Connection& answer, const Peer& nsmgr) const {
  const Path& path = answer.path();
  return config_.policies.CheckAnswer(channels_.identity(), nsmgr, TokensOf(path, path.path_segments_size()),
                                      size_t{path.index()} + 1, clock_.Now());
}

void Requester::ExcludeOthers(Connection& connection) {
  auto& listed = *connection.mutable_context()->mutable_ip_context()->mutable_excluded_prefixes();
  auto is_ours = [this](const std::string& text) { return excluded_.contains(text); };
  listed.erase(std::remove_if(listed.begin(), listed.end(), is_ours), listed.end());
  excluded_.clear();
  for (const IpPrefix& prefix : given_.ExcludedFor(config_.id)) {
    std::string text = prefix.ToString();
    if (std::find(listed.begin(), listed.end(), text) != listed.end()) continue;
    excluded_.insert(text);
    listed.Add(std::move(text));
  }
}

void Requester::GiveUp(const Connection& connection, absl::Duration timeout) {
  absl::Status closed =
      CloseConnection(channels_, config_.nsmgr, connection, clock_.Now() + timeout, &calls_);
  if (!closed.ok()) spdlog::info("{}: closing: {}", config_.name, closed.ToString());
}

}  // namespace nsm::client
