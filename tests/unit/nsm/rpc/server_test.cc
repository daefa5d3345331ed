// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <filesystem>
#include <future>

#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/request/network_service_server.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/rpc/tcp_liveness.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/free_port.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

using testing::HasSubstr;

// A program that answers with its name as payload.
struct Program {
  explicit Program(const std::string& name) {
    chain.Add<ChainEnd>().answer = [name](Connection connection) {
      connection.set_payload(name);
      return connection;
    };
  }
  absl::Status Start(const std::vector<Url>& listen_on) {
    auto started = Server::Start(listen_on, grpc::InsecureServerCredentials(), {&service},
                                 {nsm::service::kNetworkService});
    if (!started.ok()) return started.status();
    server = *std::move(started);
    return absl::OkStatus();
  }
  SystemClock clock;
  InsecureIdentity own{"us", absl::Minutes(10), clock};
  Chain chain;
  Outcomes outcomes{clock};
  NetworkServiceServer service{"us", own, chain, Door{}, clock, outcomes};
  std::unique_ptr<Server> server;
};

// The name of who answers there, "" if nobody does.
std::string AnswererAt(const Url& url) {
  SystemClock clock;
  InsecureIdentity tokens("test", absl::Minutes(1), clock);
  ChannelPool channels(tokens, absl::Milliseconds(500));
  auto channel = channels.Get(url);
  if (!channels.Dial(*channel, url, absl::Now() + absl::Seconds(10)).ok()) return "";
  grpc::ClientContext call;
  channels.Prepare(call, absl::Now() + absl::Seconds(10));
  Connection answer;
  NetworkServiceRequest request;
  ::networkservice::NetworkService::NewStub(channel)->Request(&call, request, &answer);
  return answer.payload();
}

// What grpc.health.v1.Health/Check answers for a service: "SERVING", or a status code's name.
std::string HealthAt(const Url& url, const std::string& name) {
  grpc::GenericStub stub(grpc::CreateChannel(url.ToGrpcTarget(), grpc::InsecureChannelCredentials()));
  // HealthCheckRequest: field 1 is the name. HealthCheckResponse: field 1 is the status, 1 is SERVING.
  grpc::Slice question("\n" + std::string(1, static_cast<char>(name.size())) + name);
  grpc::ByteBuffer request(&question, 1);
  grpc::ByteBuffer answer;
  grpc::ClientContext call;
  call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  std::promise<grpc::Status> done;
  stub.UnaryCall(&call, "/grpc.health.v1.Health/Check", {}, &request, &answer,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  if (grpc::Status status = done.get_future().get(); !status.ok()) {
    return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
  }
  grpc::Slice bytes;
  if (!answer.DumpToSingleSlice(&bytes).ok()) return "unreadable";
  return std::string(bytes.begin(), bytes.end()) == "\x08\x01" ? "SERVING" : "another status";
}

TEST(Server, TellsTheHealthOfWhatItServesAndOfNothingElse) {
  TempFolder folder;
  Program program("one");
  const Url url = folder.Socket("nsm.sock");
  ASSERT_TRUE(program.Start({url}).ok());
  EXPECT_EQ(HealthAt(url, ""), "SERVING");
  EXPECT_EQ(HealthAt(url, service::kNetworkService), "SERVING");
  EXPECT_EQ(HealthAt(url, service::kEndpoints), "NOT_FOUND");
}

TEST(Server, ListensOnAllItsAddressesAndLeavesNothing) {
  TempFolder folder;
  const Url socket = Url::Unix(folder.Path("a/folder/of/its/own/nsm.sock"));
  const Url tcp = Url::Tcp({"127.0.0.1", FreePort()});
  Program program("one");
  ASSERT_TRUE(program.Start({socket, tcp}).ok());
  EXPECT_EQ(AnswererAt(socket), "one");
  EXPECT_EQ(AnswererAt(tcp), "one");
  program.server = nullptr;
  EXPECT_TRUE(std::filesystem::is_empty(std::filesystem::path(socket.path).parent_path()));
}

TEST(Server, ASuccessorTakesAUnixSocketOverAndKeepsIt) {
  TempFolder folder;
  const Url socket = folder.Socket("nsm.sock");
  Program old("old"), successor("new");
  ASSERT_TRUE(old.Start({socket}).ok());
  ASSERT_TRUE(successor.Start({socket}).ok());
  EXPECT_EQ(AnswererAt(socket), "new");
  old.server = nullptr;
  EXPECT_EQ(AnswererAt(socket), "new") << "the old one's end";
  successor.server = nullptr;
  EXPECT_TRUE(folder.is_empty());
}

TEST(Server, ALeftOverSocketIsReplaced) {
  TempFolder folder;
  const Url socket = folder.Socket("nsm.sock");
  Program dead("dead"), next("next");
  ASSERT_TRUE(dead.Start({socket}).ok());
  std::filesystem::create_hard_link(socket.path, socket.path + ".kept");
  dead.server = nullptr;
  std::filesystem::rename(socket.path + ".kept", socket.path);
  EXPECT_EQ(AnswererAt(socket), "");
  ASSERT_TRUE(next.Start({socket}).ok());
  EXPECT_EQ(AnswererAt(socket), "next");
}

TEST(Server, ASecondOneOnATcpAddressIsRefused) {
  TempFolder folder;
  const Url tcp = Url::Tcp({"127.0.0.1", FreePort()});
  Program first("first"), second("second");
  ASSERT_TRUE(first.Start({tcp}).ok());
  absl::Status refused = second.Start({folder.Socket("nsm.sock"), tcp});
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(refused.message(), HasSubstr(tcp.ToString()));
  EXPECT_TRUE(folder.is_empty()) << "of a server that did not start nothing is left";
  EXPECT_EQ(AnswererAt(tcp), "first");
}

int Option(int fd, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, level, option, &value, &size) == 0 ? value : 0;
}

TEST(Server, BothEndsOfATcpConnectionNoticeAPeerThatIsSilent) {
  const Url tcp = Url::Tcp({"127.0.0.1", FreePort()});
  Program program("one");
  ASSERT_TRUE(program.Start({tcp}).ok());
  SystemClock clock;
  InsecureIdentity tokens("test", absl::Minutes(1), clock);
  ChannelPool channels(tokens, absl::Seconds(10));
  auto channel = channels.Get(tcp);
  ASSERT_TRUE(channels.Dial(*channel, tcp, absl::Now() + absl::Seconds(10)).ok());
  int ends = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    tcp_info info = {};
    socklen_t size = sizeof info;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_state != TCP_ESTABLISHED)
      continue;
    ++ends;
    EXPECT_EQ(Option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(Option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 1);
    EXPECT_EQ(Option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 1);
    EXPECT_EQ(Option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), absl::ToInt64Milliseconds(kUserTimeout));
  }
  EXPECT_EQ(ends, 2);
}

TEST(Server, APathThatIsTooLongIsRefused) {
  TempFolder folder;
  Program program("one");
  EXPECT_TRUE(absl::IsInvalidArgument(program.Start({folder.Socket(std::string(100, 'x'))})));
}

}  // namespace
}  // namespace nsm
