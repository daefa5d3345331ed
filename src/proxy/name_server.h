// SPDX-License-Identifier: Apache-2.0
// One name server that is being asked, by a c-ares channel of its own: so what each server said is known.
#pragma once

#include <ares.h>
#include <poll.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/url.h"
#include "src/proxy/dns_reply.h"

namespace nsm::proxy {

// Not thread safe. A question that is not answered is sent again; a truncated answer is asked for over TCP;
// answers with another id or question are no answers.
class NameServer {
 public:
  // `time` is how long it may take at all.
  static absl::StatusOr<std::unique_ptr<NameServer>> Open(const HostPort& server, absl::Duration time);
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

  void Ask(const std::string& name, RecordType type);
  // Null if it was not asked for that.
  const Reply* ReplyFor(RecordType type) const;
  const std::map<RecordType, Reply>& replies() const { return replies_; }
  const std::string& name() const { return name_; }

  // The sockets to wait for, and how long at most.
  void AddSockets(std::vector<pollfd>& sockets) const;
  absl::Duration LongestWait(absl::Duration longest) const;
  // Lets it work; `sockets` may be other servers' as well.
  void Process(const std::vector<pollfd>& sockets);

 private:
  using Channel = std::unique_ptr<ares_channeldata, decltype(&ares_destroy)>;
  NameServer(std::string name, Channel channel) : name_(std::move(name)), channel_(std::move(channel)) {}
  static void OnAnswer(void* reply, int error, int timeouts, unsigned char* message, int length);

  const std::string name_;
  std::map<RecordType, Reply> replies_;
  const Channel channel_;  // last, because its end writes to the replies
};

// The name servers of /etc/resolv.conf.
absl::StatusOr<std::vector<HostPort>> SystemNameServers();

}  // namespace nsm::proxy
