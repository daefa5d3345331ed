// SPDX-License-Identifier: Apache-2.0
// Requests to a chain, made of any bytes, and what must hold whatever they are.
//
// An input is one byte (bit 0: over a unix socket, bit 1: a Close and no Request), the length of the message
// in two bytes, the message, and the bytes by which the next hop spoils its answer.
#pragma once

#include <string>
#include <vector>

#include "src/nsm/request/begin.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/path.h"
#include "tests/fuzz/next_hop.h"
#include "tests/fuzz/target.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/test_hop.h"

namespace nsm::fuzz {

// Good inputs for any chain: requests for `service` at `endpoint` by one mechanism and by several, with good
// and bad answers.
std::vector<std::string> RequestSeeds(const std::string& service, const std::string& endpoint);

class RequestTarget : public Target {
 public:
  explicit RequestTarget(const std::string& name)
      : hop_(name, absl::Minutes(10), absl::Seconds(1)), next_hop_(hop_.channels) {}
  void Run(absl::string_view input) final;

 protected:
  // Called once, by the constructor of the program's target.
  void set_begin(Begin& begin) { begin_ = &begin; }
  // Beyond what every hop has: nothing of any connection is left.
  virtual bool nothing_left() const { return true; }
  // What stays a moment after its last connection, with a timer each.
  virtual size_t lingering() const { return hop_.next_hops.streams(); }

  TestHop hop_;
  NextHop next_hop_;
  Chain chain_;

 private:
  Context NewContext(bool is_local) const;
  void RunRequest(bool is_local, const NetworkServiceRequest& request);
  void RequireNothingLeft(const char* when) const;

  const Begin* begin_ = nullptr;
};

}  // namespace nsm::fuzz
