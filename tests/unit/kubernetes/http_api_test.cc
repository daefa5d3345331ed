// SPDX-License-Identifier: Apache-2.0
// The client against a server that says what the test says, down to the bytes.
#include "src/kubernetes/http_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <latch>
#include <thread>

#include "src/kubernetes/status.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/free_port.h"
#include "tests/harness/http_test_server.h"
#include "tests/harness/temp_folder.h"

namespace nsm::kubernetes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Type = WatchEvent::Type;

const Resource kNodes{.group = "", .version = "v1", .plural = "nodes", .name_space = ""};
const Query kAllNodes{.resource = kNodes, .label_selector = "", .field_selector = ""};
constexpr absl::Duration kLong = absl::Minutes(5);
constexpr absl::Duration kShort = absl::Milliseconds(50);

Access AccessTo(const std::string& host, uint16_t port) {
  Access access;
  access.server = {.host = host, .port = port};
  access.tls = false;
  return access;
}

std::string Event(const std::string& type, const std::string& version) {
  return R"({"type":")" + type + R"(","object":{"metadata":{"name":"n","resourceVersion":")" + version +
         "\"}}}\n";
}

class HttpApiTest : public testing::Test {
 protected:
  void Serve(HttpTestServer::Handler handler, const std::string& address = "127.0.0.1") {
    server_ = std::make_unique<HttpTestServer>(std::move(handler), std::nullopt, address);
    access_ = AccessTo(address, server_->port());
  }
  Api& api() {
    if (!api_) api_ = NewHttpApi(access_, {.call_timeout = timeout_, .page_size = 2});
    return *api_;
  }
  absl::Status Watch(std::stop_token stop = {}) {
    return api().Watch(kAllNodes, "3", std::move(stop), [this](const WatchEvent& event) {
      versions_.push_back(ResourceVersion(event.object));
      if (event.type == Type::kOpened) opened_.Push(true);
    });
  }

  absl::Duration timeout_ = kLong;
  std::unique_ptr<HttpTestServer> server_;
  Access access_;
  std::vector<std::string> versions_;  // of the watch's events; empty for "opened"
  BlockingQueue<bool> opened_;
  std::unique_ptr<Api> api_;
};

TEST_F(HttpApiTest, RequestsAreAsTheServerExpectsThem) {
  BlockingQueue<TestRequest> requests;
  Serve([&](const TestRequest& request, TestExchange& exchange) {
    requests.Push(request);
    exchange.Answer(request.method == "POST" ? 201 : 200, R"({"metadata":{"name":"a"}})");
  });
  access_.path = "/k8s/clusters/c-1";
  access_.token.text = "secret";
  const Json object = {{"metadata", {{"name", "a"}}}};
  ASSERT_TRUE(api().Create(kNodes, object).ok());
  TestRequest request = *requests.Pop();
  EXPECT_EQ(request.method + " " + request.path, "POST /k8s/clusters/c-1/api/v1/nodes");
  EXPECT_EQ(request.Header("authorization"), "Bearer secret");
  EXPECT_EQ(request.Header("content-type"), "application/json");
  EXPECT_EQ(request.Header("host"), absl::StrCat("127.0.0.1:", server_->port()));
  EXPECT_EQ(Json::parse(request.body), object);

  ASSERT_TRUE(api().Patch(kNodes, "a", {{"x", nullptr}}).ok());
  request = *requests.Pop();
  EXPECT_EQ(request.method + " " + request.path, "PATCH /k8s/clusters/c-1/api/v1/nodes/a");
  EXPECT_EQ(request.Header("content-type"), "application/merge-patch+json");
  EXPECT_EQ(request.body, R"({"x":null})");

  ASSERT_TRUE(api().Delete(kNodes, "a", {.uid = "u", .resource_version = "7"}).ok());
  request = *requests.Pop();
  EXPECT_EQ(Json::parse(request.body)["preconditions"], Json({{"uid", "u"}, {"resourceVersion", "7"}}));
  ASSERT_TRUE(api().Delete(kNodes, "a", {}).ok());
  EXPECT_EQ(requests.Pop()->body, "");
}

TEST_F(HttpApiTest, ErrorsHaveWhatWasTriedWhereAndTheServersWords) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Answer(403, R"({"kind":"Status","message":"nodes is forbidden: User \"x\" cannot list",)"
                         R"("reason":"Forbidden","code":403})");
  });
  const absl::Status status = api().List(kAllNodes, {}).status();
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_EQ(status.message(), absl::StrCat("listing nodes at http://127.0.0.1:", server_->port(),
                                           ": nodes is forbidden: User \"x\" cannot list (HTTP 403)"));
}

TEST_F(HttpApiTest, KeepsRetryAfter) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Answer(429, R"({"kind":"Status","reason":"TooManyRequests","code":429})", "Retry-After: 3\r\n");
  });
  const absl::Status status = api().Get(kNodes, "a").status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(RetryAfter(status), absl::Seconds(3));
}

TEST_F(HttpApiTest, ReadsTheTokenForEachRequest) {
  TempFolder folder;
  BlockingQueue<std::string> tokens;
  Serve([&](const TestRequest& request, TestExchange& exchange) {
    tokens.Push(request.Header("authorization"));
    exchange.Answer(200, "{}");
  });
  access_.token.file = folder.Path("token");
  EXPECT_THAT(api().Get(kNodes, "a").status().ToString(), HasSubstr(folder.Path("token")));
  for (const char* token : {"first", "second\n"}) {
    std::ofstream(access_.token.file) << token;
    EXPECT_TRUE(api().Get(kNodes, "a").ok());
  }
  EXPECT_EQ(*tokens.Pop(), "Bearer first");
  EXPECT_EQ(*tokens.Pop(), "Bearer second");
  EXPECT_EQ(server_->connections(), 1);
}

TEST_F(HttpApiTest, ServersMayHaveIpv6Addresses) {
  BlockingQueue<std::string> hosts;
  Serve(
      [&](const TestRequest& request, TestExchange& exchange) {
        hosts.Push(request.Header("host"));
        exchange.Answer(200, "{}");
      },
      "::1");
  const absl::Status status = api().Get(kNodes, "a").status();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(*hosts.Pop(), absl::StrCat("[::1]:", server_->port()));
}

TEST_F(HttpApiTest, AConnectionServesManyCalls) {
  Serve([](const TestRequest&, TestExchange& exchange) { exchange.Answer(200, "{}"); });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(api().Get(kNodes, "a").ok());
  EXPECT_EQ(server_->connections(), 1);
}

// As after the server was started again: what it has closed meanwhile is no reason for a call to fail.
TEST_F(HttpApiTest, AConnectionThatTheServerHasClosedIsNotUsed) {
  Serve([](const TestRequest&, TestExchange& exchange) { exchange.Answer(200, "{}"); });
  for (int i = 0; i < 5; ++i) {
    const absl::Status status = api().Get(kNodes, "a").status();
    EXPECT_TRUE(status.ok()) << status;
    server_->CutAll();
  }
}

TEST_F(HttpApiTest, CallsRunAtTheSameTime) {
  std::latch both(2);
  Serve([&](const TestRequest&, TestExchange& exchange) {
    both.arrive_and_wait();
    exchange.Answer(200, "{}");
  });
  api();
  std::thread other([this] { EXPECT_TRUE(api().Get(kNodes, "a").ok()); });
  EXPECT_TRUE(api().Get(kNodes, "b").ok());
  other.join();
}

TEST_F(HttpApiTest, NobodyThereIsUnavailable) {
  access_ = AccessTo("127.0.0.1", FreePort());
  const absl::Status status = api().Get(kNodes, "a").status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("getting a of nodes at http://127.0.0.1"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("not connected"));
}

TEST_F(HttpApiTest, AnAnswerThatBreaksOffIsUnavailable) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":");
    exchange.Cut();
  });
  EXPECT_TRUE(absl::IsUnavailable(api().Get(kNodes, "a").status()));
}

TEST_F(HttpApiTest, WhatIsNoHttpIsUnavailable) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Send("SSH-2.0-OpenSSH_9.2\r\n");
    exchange.Cut();
  });
  EXPECT_TRUE(absl::IsUnavailable(api().Get(kNodes, "a").status()));
}

TEST_F(HttpApiTest, WhatIsNoObjectIsUnavailable) {
  Serve(
      [](const TestRequest&, TestExchange& exchange) { exchange.Answer(200, "<html>log in first</html>"); });
  const absl::Status status = api().Get(kNodes, "a").status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("log in first"));
}

TEST_F(HttpApiTest, AServerThatHangsCostsNoMoreThanTheDeadline) {
  timeout_ = kShort;
  Serve([](const TestRequest&, TestExchange& exchange) { exchange.AwaitClose(); });
  EXPECT_THAT(api().Get(kNodes, "a").status().ToString(), HasSubstr("no answer within 50ms"));
  EXPECT_THAT(Watch().ToString(), HasSubstr("no answer within 50ms"));
}

// Each byte comes in time, but never the last one.
TEST_F(HttpApiTest, AServerThatDripsCostsNoMoreThanTheDeadline) {
  timeout_ = kShort;
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Send("HTTP/1.1 200 OK\r\n");
    while (exchange.is_open()) exchange.Send("X: y\r\n");
  });
  EXPECT_TRUE(absl::IsUnavailable(api().Get(kNodes, "a").status()));
}

TEST_F(HttpApiTest, AListThatIsStoppedEnds) {
  std::stop_source stop;
  Serve([&](const TestRequest&, TestExchange& exchange) {
    stop.request_stop();
    exchange.AwaitClose();
  });
  EXPECT_TRUE(absl::IsCancelled(api().List(kAllNodes, stop.get_token()).status()));
  EXPECT_TRUE(absl::IsCancelled(api().List(kAllNodes, stop.get_token()).status())) << "from the start";
}

// A listener whose queue is full answers nothing.
TEST_F(HttpApiTest, ADialThatHangsCostsNoMoreThanTheDeadline) {
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  ASSERT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::vector<UniqueFd> filling;
  for (int i = 0; i < 3; ++i) {
    filling.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    (void)::connect(filling.back().get(), reinterpret_cast<sockaddr*>(&address), size);
  }
  access_ = AccessTo("127.0.0.1", ntohs(address.sin_port));
  timeout_ = kShort;
  EXPECT_THAT(Watch().ToString(), HasSubstr("no answer within 50ms"));
}

TEST_F(HttpApiTest, ListsArePutTogetherFromPages) {
  BlockingQueue<TestRequest> requests;
  Serve([&](const TestRequest& request, TestExchange& exchange) {
    requests.Push(request);
    if (request.Parameter("continue").empty()) {
      exchange.Answer(200,
                      R"({"metadata":{"resourceVersion":"7","continue":"a/b="},"items":[{"a":1},{"a":2}]})");
    } else {
      exchange.Answer(200, R"({"metadata":{"resourceVersion":"7"},"items":[{"a":3}]})");
    }
  });
  auto list = api().List(kAllNodes, {});
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->items.size(), 3u);
  EXPECT_EQ(list->resource_version, "7");
  EXPECT_EQ(requests.Pop()->Parameter("limit"), "2");
  EXPECT_EQ(requests.Pop()->Parameter("continue"), "a/b=");
}

TEST_F(HttpApiTest, AListWhoseStateIsGoneBetweenPagesBeginsAgain) {
  Serve([&](const TestRequest& request, TestExchange& exchange) {
    if (!request.Parameter("continue").empty()) {
      exchange.Answer(410, R"({"kind":"Status","reason":"Expired","code":410})");
    } else if (request.Parameter("limit").empty()) {
      exchange.Answer(200, R"({"metadata":{"resourceVersion":"9"},"items":[{"a":1},{"a":2},{"a":3}]})");
    } else {
      exchange.Answer(200,
                      R"({"metadata":{"resourceVersion":"7","continue":"c"},"items":[{"a":1},{"a":2}]})");
    }
  });
  auto list = api().List(kAllNodes, {});
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->items.size(), 3u);
  EXPECT_EQ(list->resource_version, "9");
}

TEST_F(HttpApiTest, AnEmptyListMayHaveNoItems) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Answer(200, R"({"metadata":{"resourceVersion":"7"},"items":null})");
  });
  auto list = api().List(kAllNodes, {});
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_TRUE(list->items.empty());
}

TEST_F(HttpApiTest, AWatchAsksForWhatItNeeds) {
  BlockingQueue<TestRequest> requests;
  Serve([&](const TestRequest& request, TestExchange& exchange) {
    requests.Push(request);
    exchange.Open();
    exchange.End();
  });
  EXPECT_TRUE(Watch().ok());
  const TestRequest request = *requests.Pop();
  EXPECT_EQ(request.path, "/api/v1/nodes");
  EXPECT_EQ(request.Parameter("watch"), "1");
  EXPECT_EQ(request.Parameter("resourceVersion"), "3");
  EXPECT_EQ(request.Parameter("allowWatchBookmarks"), "true");
  const int seconds = std::stoi(request.Parameter("timeoutSeconds"));
  EXPECT_GE(seconds, 150);
  EXPECT_LE(seconds, 300);
}

TEST_F(HttpApiTest, ChunksAndLinesAreNotTheSame) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Open();
    const std::string events = Event("ADDED", "4") + Event("BOOKMARK", "5") + Event("DELETED", "6");
    for (char byte : events) exchange.Chunk(std::string(1, byte));
    exchange.Chunk(events);
    exchange.End();
  });
  EXPECT_TRUE(Watch().ok());
  EXPECT_THAT(versions_, ElementsAre("", "4", "5", "6", "4", "5", "6"));
}

TEST_F(HttpApiTest, AWatchThatBreaksOffWithinALineHasToldWhatWasWhole) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Open();
    exchange.Chunk(Event("ADDED", "4") + R"({"type":"ADDED","obj)");
    exchange.Cut();
  });
  EXPECT_TRUE(absl::IsUnavailable(Watch()));
  EXPECT_THAT(versions_, ElementsAre("", "4"));
}

TEST_F(HttpApiTest, AWatchThatEndsWithinALineIsBroken) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Open();
    exchange.Chunk(R"({"type":"ADDED")");
    exchange.End();
  });
  const absl::Status status = Watch();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("within an event"));
}

TEST_F(HttpApiTest, GoneBeforeAndWithinAWatchIsTheSame) {
  std::atomic<bool> opens = false;
  const std::string gone = R"({"kind":"Status","reason":"Expired","message":"too old","code":410})";
  Serve([&](const TestRequest&, TestExchange& exchange) {
    if (!opens) return exchange.Answer(410, gone);
    exchange.Open();
    exchange.Chunk(R"({"type":"ERROR","object":)" + gone + "}\n");
    exchange.End();
  });
  const absl::Status before = Watch();
  opens = true;
  const absl::Status within = Watch();
  EXPECT_TRUE(absl::IsOutOfRange(before)) << before;
  EXPECT_EQ(within.message(), before.message());
  EXPECT_TRUE(absl::IsOutOfRange(within)) << within;
  EXPECT_THAT(versions_, ElementsAre("")) << "only the second was open";
}

TEST_F(HttpApiTest, AnOpenWatchOutlivesTheDeadlineOfCalls) {
  timeout_ = kShort;
  BlockingQueue<bool> others;
  Serve([&](const TestRequest& request, TestExchange& exchange) {
    if (request.Parameter("watch").empty()) return exchange.AwaitClose();
    exchange.Open();
    others.Pop();
    exchange.Chunk(Event("ADDED", "4"));
    exchange.End();
  });
  api();
  std::thread watch([this] { EXPECT_TRUE(Watch().ok()); });
  EXPECT_TRUE(opened_.Pop());
  // This takes the deadline, which began later than the watch.
  EXPECT_FALSE(api().Get(kNodes, "a").ok());
  others.Push(true);
  watch.join();
  EXPECT_THAT(versions_, ElementsAre("", "4"));
}

TEST_F(HttpApiTest, AWatchThatHangsEndsWhenItIsStopped) {
  Serve([](const TestRequest&, TestExchange& exchange) {
    exchange.Open();
    exchange.AwaitClose();
  });
  std::stop_source stop;
  api();
  std::thread watch([&] { EXPECT_TRUE(absl::IsCancelled(Watch(stop.get_token()))); });
  EXPECT_TRUE(opened_.Pop());
  stop.request_stop();
  watch.join();
}

}  // namespace
}  // namespace nsm::kubernetes
