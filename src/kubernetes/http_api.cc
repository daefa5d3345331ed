// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/http_api.h"

#include <random>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/status_macros.h"
#include "src/core/timer_queue.h"
#include "src/core/worker_pool.h"
#include "src/kubernetes/http_call.h"
#include "src/kubernetes/http_connection.h"
#include "src/kubernetes/paths.h"
#include "src/kubernetes/status.h"
#include "src/kubernetes/watch_lines.h"

namespace nsm::kubernetes {
namespace {

// More are closed once they are not needed.
constexpr size_t kIdleConnections = 4;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

// How long a watch is to last: not the same for all that were opened together.
absl::Duration Varied(absl::Duration longest) {
  std::random_device random;
  return longest * std::uniform_real_distribution<double>(0.5, 1)(random);
}

// Adds what was tried to what went wrong.
absl::Status Tried(const absl::Status& status, absl::string_view tried) {
  return absl::Status(status.code(), absl::StrCat(tried, ": ", status.message()));
}

class HttpApi final : public Api {
 public:
  HttpApi(Access access, HttpApiOptions options) : access_(std::move(access)), options_(options) {}

  absl::StatusOr<Json> Version() override {
    return Ask({.method = "GET", .path = "/version"},
               absl::StrCat("asking for the version of ", access_.ToString()));
  }
  absl::StatusOr<Json> Get(const Resource& resource, const std::string& name) override {
    return Ask({.method = "GET", .path = ObjectPath(resource, name)}, Try("getting", resource, name));
  }
  absl::StatusOr<ObjectList> List(const Query& query, std::stop_token stop) override;
  absl::StatusOr<Json> Create(const Resource& resource, const Json& object) override {
    return Ask({.method = "POST",
                .path = CollectionPath(resource),
                .body = Dump(object),
                .content_type = "application/json"},
               Try("creating", resource, Name(object)));
  }
  absl::StatusOr<Json> Update(const Resource& resource, const Json& object) override {
    return Ask({.method = "PUT",
                .path = ObjectPath(resource, Name(object)),
                .body = Dump(object),
                .content_type = "application/json"},
               Try("updating", resource, Name(object)));
  }
  absl::StatusOr<Json> Patch(const Resource& resource, const std::string& name,
                             const Json& merge_patch) override {
    return Ask({.method = "PATCH",
                .path = ObjectPath(resource, name),
                .body = Dump(merge_patch),
                .content_type = "application/merge-patch+json"},
               Try("patching", resource, name));
  }
  absl::Status Delete(const Resource& resource, const std::string& name,
                      const Preconditions& preconditions) override;
  absl::Status Watch(const Query& query, const std::string& from, std::stop_token stop,
                     const OnEvent& on_event) override;

 private:
  std::string Try(absl::string_view verb, const Resource& resource, const std::string& name) const {
    return absl::StrCat(verb, " ", name, name.empty() ? "" : " of ", ToString(resource), " at ",
                        access_.ToString());
  }
  // One page of a list.
  absl::StatusOr<Json> AskPage(const Query& query, int limit, const std::string& next,
                               const std::stop_token& stop);
  absl::StatusOr<Json> Ask(HttpRequest request, const std::string& tried, const std::stop_token& stop = {});
  // The answer, if it is a success. `silence`: see HttpConnection; longer than the deadline, which is to be
  // what ends a call.
  absl::StatusOr<HttpResponse> Send(HttpRequest request, absl::Duration silence, const std::string& tried,
                                    const std::stop_token& stop, const HttpStream* stream);
  absl::StatusOr<std::shared_ptr<HttpConnection>> Take() EXCLUDES(mutex_);
  void GiveBack(std::shared_ptr<HttpConnection> connection) EXCLUDES(mutex_);

  const Access access_;
  const HttpApiOptions options_;
  const SystemClock clock_;
  Mutex mutex_;
  std::vector<std::shared_ptr<HttpConnection>> idle_ GUARDED_BY(mutex_);
  WorkerPool pool_{1};
  TimerQueue timers_{clock_, pool_};
};

absl::StatusOr<std::shared_ptr<HttpConnection>> HttpApi::Take() {
  {
    MutexLock lock(mutex_);
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->IsUsable()) return connection;
    }
  }
  return NewHttpConnection(access_);
}

void HttpApi::GiveBack(std::shared_ptr<HttpConnection> connection) {
  if (!connection->IsUsable()) return;
  MutexLock lock(mutex_);
  if (idle_.size() < kIdleConnections) idle_.push_back(std::move(connection));
}

absl::StatusOr<HttpResponse> HttpApi::Send(HttpRequest request, absl::Duration silence,
                                           const std::string& tried, const std::stop_token& stop,
                                           const HttpStream* stream) {
  auto token = access_.token.Read();
  if (!token.ok()) return Tried(token.status(), tried);
  request.token = std::string(absl::StripAsciiWhitespace(*token));
  auto connection = Take();
  if (!connection.ok()) return Tried(connection.status(), tried);

  auto call = std::make_shared<HttpCall>(*connection, clock_, timers_);
  auto response = call->Send(request, options_.call_timeout, silence, stop, stream);
  if (!response.ok()) return Tried(response.status(), tried);
  GiveBack(*std::move(connection));
  if (response->status >= 200 && response->status < 300) return response;
  absl::Status status = ToStatus(response->status, response->body, tried);
  return response->retry_after ? WithRetryAfter(std::move(status), *response->retry_after) : status;
}

absl::StatusOr<Json> HttpApi::Ask(HttpRequest request, const std::string& tried,
                                  const std::stop_token& stop) {
  ASSIGN_OR_RETURN(const HttpResponse response,
                   Send(std::move(request), 2 * options_.call_timeout, tried, stop, nullptr));
  Json object = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (object.is_object()) return object;
  return absl::UnavailableError(
      absl::StrCat(tried, ": the answer is no object: ", response.body.substr(0, 100)));
}

absl::StatusOr<Json> HttpApi::AskPage(const Query& query, int limit, const std::string& next,
                                      const std::stop_token& stop) {
  const std::string path =
      CollectionPath(query.resource) + QueryString({{"labelSelector", query.label_selector},
                                                    {"fieldSelector", query.field_selector},
                                                    {"limit", limit > 0 ? absl::StrCat(limit) : ""},
                                                    {"continue", next}});
  return Ask({.method = "GET", .path = path}, Try("listing", query.resource, ""), stop);
}

absl::StatusOr<ObjectList> HttpApi::List(const Query& query, std::stop_token stop) {
  ObjectList list;
  int limit = options_.page_size;
  std::string next;
  do {
    auto page = AskPage(query, limit, next, stop);
    if (absl::IsOutOfRange(page.status()) && !next.empty()) {
      // The server no longer knows the state of the first page: begin again, and have it all at once.
      list.items.clear();
      limit = 0;
      next.clear();
      page = AskPage(query, limit, next, stop);
    }
    RETURN_IF_ERROR(page.status());
    if (Json& items = (*page)["items"]; items.is_array()) {
      for (Json& item : items) list.items.push_back(std::move(item));
    }
    list.resource_version = ResourceVersion(*page);
    next = TextAt(*page, "/metadata/continue");
  } while (!next.empty());
  return list;
}

absl::Status HttpApi::Delete(const Resource& resource, const std::string& name,
                             const Preconditions& preconditions) {
  Json expected = Json::object();
  if (!preconditions.uid.empty()) expected["uid"] = preconditions.uid;
  if (!preconditions.resource_version.empty()) expected["resourceVersion"] = preconditions.resource_version;
  HttpRequest request{.method = "DELETE", .path = ObjectPath(resource, name)};
  if (!expected.empty()) {
    request.body = Dump({{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", expected}});
    request.content_type = "application/json";
  }
  return Ask(std::move(request), Try("deleting", resource, name)).status();
}

absl::Status HttpApi::Watch(const Query& query, const std::string& from, std::stop_token stop,
                            const OnEvent& on_event) {
  const std::string tried = Try("watching", query.resource, "");
  const absl::Duration life = Varied(options_.watch_time);
  const std::string path =
      CollectionPath(query.resource) +
      QueryString(
          {{"labelSelector", query.label_selector},
           {"fieldSelector", query.field_selector},
           {"watch", "1"},
           {"allowWatchBookmarks", "true"},
           {"resourceVersion", from},
           {"timeoutSeconds", absl::StrCat(absl::ToInt64Seconds(absl::Ceil(life, absl::Seconds(1))))}});
  WatchLines lines(tried);
  absl::Status taken;
  const HttpStream stream{.on_open = [&] { on_event({.type = WatchEvent::Type::kOpened, .object = {}}); },
                          .on_piece =
                              [&](absl::string_view piece) {
                                taken = lines.Take(piece, [&](WatchEvent event) {
                                  if (!stop.stop_requested()) on_event(std::move(event));
                                });
                                return taken.ok();
                              }};
  // The server ends it after its life; should it forget to, silence does.
  auto response = Send({.method = "GET", .path = path}, life + options_.call_timeout, tried, stop, &stream);
  if (stop.stop_requested()) return absl::CancelledError(absl::StrCat(tried, ": stopped"));
  RETURN_IF_ERROR(taken);
  RETURN_IF_ERROR(response.status());
  if (lines.is_whole()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(tried, ": ended within an event"));
}

}  // namespace

std::unique_ptr<Api> NewHttpApi(Access access, HttpApiOptions options) {
  return std::make_unique<HttpApi>(std::move(access), options);
}

}  // namespace nsm::kubernetes
