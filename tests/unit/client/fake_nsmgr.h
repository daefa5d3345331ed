// SPDX-License-Identifier: Apache-2.0
// An NSMgr, endpoint included, on a unix socket in this process: says what it is asked and answers as told.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/monitor/connection_monitor_server.h"
#include "src/nsm/request/network_service_server.h"
#include "src/nsm/request/tell_monitor.h"
#include "src/nsm/request/update_path.h"
#include "src/nsm/request/update_token.h"
#include "src/nsm/rpc/server.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/temp_folder.h"

namespace nsm::client {

class FakeNsmgr {
 public:
  explicit FakeNsmgr(absl::Duration token_lifetime = absl::Minutes(10))
      : tokens_("nsmgr", token_lifetime, clock_) {
    chain_.Add<UpdatePath>("nsmgr");
    chain_.Add<UpdateToken>(tokens_);
    chain_.Add<TellMonitor>(monitor);
    chain_.Add<End>(*this);
    monitor.Watch({}, watcher_);
    Start();
  }
  ~FakeNsmgr() { Stop(); }

  void Start() {
    monitor_server_ = std::make_unique<ConnectionMonitorServer>(monitor, door_, clock_);
    server_ = std::move(Server::Start({url()}, grpc::InsecureServerCredentials(),
                                      {&service_, monitor_server_.get()}))
                  .value();
  }
  void Stop() {
    if (server_ == nullptr) return;
    Hang(false);
    monitor_server_->Shutdown();
    server_ = nullptr;
  }
  Url url() const { return folder_.Socket("nsmgr.sock"); }
  // From now on. `connection` is put into the answer; addresses take the place of those of before.
  void AnswerWith(absl::Status status, Connection connection = {}) {
    MutexLock lock(mutex_);
    status_ = std::move(status);
    connection_ = std::move(connection);
  }
  // Whether Requests that come are kept without an answer.
  void Hang(bool hangs) {
    MutexLock lock(mutex_);
    hangs_ = hangs;
    changed_.NotifyAll();
  }
  // The next event, of this program's own connections.
  ConnectionEvent NextEvent() {
    auto event = watcher_->events.Pop();
    EXPECT_TRUE(event.has_value()) << "no event came";
    return event.value_or(ConnectionEvent());
  }
  // The next Request, in this hop's view.
  NetworkServiceRequest NextRequest() {
    auto request = requests.Pop();
    EXPECT_TRUE(request.has_value()) << "no Request came";
    return request.value_or(NetworkServiceRequest());
  }

  SystemClock clock_;
  ConnectionMonitor monitor{clock_};
  BlockingQueue<NetworkServiceRequest> requests;
  BlockingQueue<Connection> closes;

 private:
  class End final : public Element {
   public:
    explicit End(FakeNsmgr& nsmgr) : nsmgr_(nsmgr) {}
    absl::StatusOr<Connection> Request(Context&, NetworkServiceRequest request, Next) override {
      Connection answer = request.connection();
      if (answer.mechanism().type().empty()) *answer.mutable_mechanism() = request.mechanism_preferences(0);
      nsmgr_.requests.Push(std::move(request));
      MutexLock lock(nsmgr_.mutex_);
      while (nsmgr_.hangs_) nsmgr_.changed_.Wait(nsmgr_.mutex_);
      if (!nsmgr_.status_.ok()) return nsmgr_.status_;
      if (nsmgr_.connection_.context().ip_context().src_ip_addrs_size() > 0) {
        answer.mutable_context()->mutable_ip_context()->clear_src_ip_addrs();
        answer.mutable_context()->mutable_ip_context()->clear_dst_ip_addrs();
      }
      answer.MergeFrom(nsmgr_.connection_);
      return answer;
    }
    absl::Status Close(Context&, Connection connection, Next) override {
      nsmgr_.closes.Push(std::move(connection));
      return absl::OkStatus();
    }

   private:
    FakeNsmgr& nsmgr_;
  };
  struct Watcher final : ConnectionWatcher {
    void OnEvent(const ConnectionEvent& event) override { events.Push(event); }
    BlockingQueue<ConnectionEvent> events;
  };

  const TempFolder folder_;
  const std::shared_ptr<Watcher> watcher_ = std::make_shared<Watcher>();
  InsecureIdentity tokens_;
  Mutex mutex_;
  CondVar changed_;
  bool hangs_ GUARDED_BY(mutex_) = false;
  absl::Status status_ GUARDED_BY(mutex_);
  Connection connection_ GUARDED_BY(mutex_);
  Chain chain_;
  const Door door_{.url = url(), .entrants = Entrants::kNode};
  Outcomes outcomes_{clock_};
  NetworkServiceServer service_{"nsmgr", tokens_, chain_, door_, clock_, outcomes_};
  std::unique_ptr<ConnectionMonitorServer> monitor_server_;
  std::unique_ptr<Server> server_;
};

}  // namespace nsm::client
