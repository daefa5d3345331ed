// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/poller.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "src/core/unique_fd.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

// HTTP/2 (RFC 9113 §6.5): a frame without settings, and what its receiver confirms it with.
const std::string kSettings("\0\0\0\4\0\0\0\0\0", 9);
const std::string kSettingsAck("\0\0\0\4\1\0\0\0\0", 9);

// A listener that knows no more of HTTP/2 than this.
class Peer {
 public:
  explicit Peer(const std::string& path) : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
  }
  void Accept() { connection_ = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  void Send(const std::string& bytes) {
    EXPECT_EQ(::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), ssize_t(bytes.size()));
  }
  // Whether `bytes` come before nothing has come for so long.
  bool Receives(const std::string& bytes, int milliseconds) {
    std::string received;
    pollfd waiting{connection_.get(), POLLIN, 0};
    while (received.find(bytes) == std::string::npos) {
      char some[1024];
      if (::poll(&waiting, 1, milliseconds) != 1) return false;
      const ssize_t length = ::read(connection_.get(), some, sizeof(some));
      if (length <= 0) return false;
      received.append(some, length);
    }
    return true;
  }

 private:
  const UniqueFd listener_;
  UniqueFd connection_;
};

TEST(Poller, ReadsWhatArrivesWhileNobodyElseDoes) {
  // Channels are polled by themselves every few seconds, too.
  ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "0", 1);
  const TempFolder folder;
  const Url url = folder.Socket("peer.sock");
  Peer peer(url.path);
  auto channel = grpc::CreateChannel(url.ToGrpcTarget(), grpc::InsecureChannelCredentials());
  channel->GetState(/*try_to_connect=*/true);
  peer.Accept();
  peer.Send(kSettings);
  EXPECT_FALSE(peer.Receives(kSettingsAck, 200)) << "somebody else polls, so that the rest tells nothing";
  Poller poller;
  EXPECT_TRUE(peer.Receives(kSettingsAck, 10'000));
}

}  // namespace
}  // namespace nsm
