// SPDX-License-Identifier: Apache-2.0
// FakeApi behind HTTP, as an API server would serve it.
#pragma once

#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "src/kubernetes/access.h"
#include "tests/harness/fake_kubernetes_api.h"
#include "tests/harness/http_test_server.h"

namespace nsm::kubernetes {

class FakeApiServer {
 public:
  explicit FakeApiServer(FakeApi& api)
      : api_(api),
        server_([this](const TestRequest& request, TestExchange& exchange) { Handle(request, exchange); }) {}
  ~FakeApiServer() { end_.request_stop(); }

  Access access() const {
    Access access;
    access.server = {.host = "127.0.0.1", .port = server_.port()};
    access.tls = false;
    return access;
  }
  void CutAll() { server_.CutAll(); }

 private:
  struct Target {
    Resource resource;
    std::string name;  // empty: all of them
  };

  // /api/v1/... or /apis/GROUP/VERSION/..., then [namespaces/NAMESPACE/]PLURAL[/NAME].
  static Target ParsePath(const std::string& path) {
    std::vector<std::string> parts = absl::StrSplit(path.substr(1), '/');
    Target target;
    auto take = [&parts] {
      std::string part = parts.front();
      parts.erase(parts.begin());
      return part;
    };
    if (take() == "apis") target.resource.group = take();
    target.resource.version = take();
    if (parts[0] == "namespaces" && parts.size() > 2) {
      take();
      target.resource.name_space = take();
    }
    target.resource.plural = take();
    if (!parts.empty()) target.name = take();
    return target;
  }

  static void AnswerError(const absl::Status& status, const std::string& name, TestExchange& exchange) {
    static const std::map<absl::StatusCode, std::pair<int, std::string>> kErrors = {
        {absl::StatusCode::kInvalidArgument, {422, "Invalid"}},
        {absl::StatusCode::kUnauthenticated, {401, "Unauthorized"}},
        {absl::StatusCode::kPermissionDenied, {403, "Forbidden"}},
        {absl::StatusCode::kNotFound, {404, "NotFound"}},
        {absl::StatusCode::kFailedPrecondition, {404, "NotFound"}},
        {absl::StatusCode::kAlreadyExists, {409, "AlreadyExists"}},
        {absl::StatusCode::kAborted, {409, "Conflict"}},
        {absl::StatusCode::kOutOfRange, {410, "Expired"}}};
    auto found = kErrors.find(status.code());
    if (found == kErrors.end()) return exchange.Cut();
    Json object = {{"kind", "Status"},
                   {"apiVersion", "v1"},
                   {"metadata", Json::object()},
                   {"status", "Failure"},
                   {"message", std::string(status.message())},
                   {"reason", found->second.second},
                   {"details", Json::object()},
                   {"code", found->second.first}};
    if (!absl::IsFailedPrecondition(status)) object["details"]["name"] = name;
    exchange.Answer(found->second.first, object.dump());
  }
  static void Answer(const absl::StatusOr<Json>& object, const std::string& name, TestExchange& exchange) {
    if (!object.ok()) return AnswerError(object.status(), name, exchange);
    exchange.Answer(200, object->dump());
  }

  void Handle(const TestRequest& request, TestExchange& exchange) {
    if (request.path == "/version") return Answer(api_.Version(), "", exchange);
    const auto [resource, name] = ParsePath(request.path);
    const Json body = Json::parse(request.body, nullptr, false);
    if (request.method == "POST") return Answer(api_.Create(resource, body), name, exchange);
    if (request.method == "PUT") return Answer(api_.Update(resource, body), name, exchange);
    if (request.method == "PATCH") return Answer(api_.Patch(resource, name, body), name, exchange);
    if (request.method == "DELETE") {
      const absl::Status status =
          api_.Delete(resource, name,
                      {.uid = TextAt(body, "/preconditions/uid"),
                       .resource_version = TextAt(body, "/preconditions/resourceVersion")});
      if (!status.ok()) return AnswerError(status, name, exchange);
      return exchange.Answer(200, R"({"kind":"Status","apiVersion":"v1","status":"Success"})");
    }
    if (!name.empty()) return Answer(api_.Get(resource, name), name, exchange);
    const Query query{.resource = resource,
                      .label_selector = request.Parameter("labelSelector"),
                      .field_selector = request.Parameter("fieldSelector")};
    if (request.Parameter("watch").empty()) return List(query, request, exchange);
    Watch(query, request.Parameter("resourceVersion"), exchange);
  }

  void List(const Query& query, const TestRequest& request, TestExchange& exchange) {
    ObjectList list;
    const std::string next = request.Parameter("continue");
    if (next.empty()) {
      auto found = api_.List(query, {});
      if (!found.ok()) return AnswerError(found.status(), "", exchange);
      list = *std::move(found);
    } else {
      MutexLock lock(mutex_);
      list = std::exchange(rests_[next], {});
    }
    size_t limit = 0;
    Json metadata = {{"resourceVersion", list.resource_version}};
    if (absl::SimpleAtoi(request.Parameter("limit"), &limit) && list.items.size() > limit) {
      MutexLock lock(mutex_);
      const std::string token = absl::StrCat("rest/", rests_.size());
      rests_[token] = {.items = {list.items.begin() + static_cast<ptrdiff_t>(limit), list.items.end()},
                       .resource_version = list.resource_version};
      list.items.resize(limit);
      metadata["continue"] = token;
    }
    exchange.Answer(200, Json{{"kind", "List"}, {"metadata", metadata}, {"items", list.items}}.dump());
  }

  // The connection is of no use afterwards.
  void Watch(const Query& query, const std::string& from, TestExchange& exchange) {
    std::stop_source stop;
    const std::stop_callback at_end(end_.get_token(), [&stop] { stop.request_stop(); });
    std::thread closing;
    const absl::Status status = api_.Watch(query, from, stop.get_token(), [&](const WatchEvent& event) {
      if (event.type == WatchEvent::Type::kOpened) {
        exchange.Send(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n");
        closing = std::thread([&] {
          exchange.AwaitClose();
          stop.request_stop();
        });
        return;
      }
      static const std::map<WatchEvent::Type, std::string> kTypes = {
          {WatchEvent::Type::kAdded, "ADDED"},
          {WatchEvent::Type::kModified, "MODIFIED"},
          {WatchEvent::Type::kDeleted, "DELETED"},
          {WatchEvent::Type::kBookmark, "BOOKMARK"}};
      exchange.Chunk(Json{{"type", kTypes.at(event.type)}, {"object", event.object}}.dump() + "\n");
    });
    if (!closing.joinable()) return AnswerError(status, "", exchange);
    if (status.ok()) exchange.End();
    exchange.Cut();
    closing.join();
  }

  FakeApi& api_;
  std::stop_source end_;
  Mutex mutex_;
  std::map<std::string, ObjectList> rests_ GUARDED_BY(mutex_);  // of lists, by their tokens
  HttpTestServer server_;                                       // goes first: its threads use the rest
};

}  // namespace nsm::kubernetes
