// SPDX-License-Identifier: Apache-2.0
// What is fuzzed: a target takes any bytes, must not crash, and checks itself what must hold.
//
// The same targets run in two programs: main.cc, a plain one for every test run, with a fixed number of
// inputs that are the same each time, and libfuzzer.cc for long runs guided by coverage (scripts/fuzz).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace nsm::fuzz {

class Target {
 public:
  virtual ~Target() = default;
  // Good inputs, from which others are made.
  virtual std::vector<std::string> Seeds() const = 0;
  virtual void Run(absl::string_view input) = 0;
};

// Null if there is none of that name.
std::unique_ptr<Target> MakeTarget(absl::string_view name);

// Parsers of text.
std::unique_ptr<Target> MakeAddresses();
std::unique_ptr<Target> MakeServiceUrl();
std::unique_ptr<Target> MakeAnnotation();
std::unique_ptr<Target> MakeAddressMap();
std::unique_ptr<Target> MakeRegistryPath();
// What name servers say.
std::unique_ptr<Target> MakeDnsReply();
// What API servers ask the webhook.
std::unique_ptr<Target> MakeReviews();
// Chains of the programs.
std::unique_ptr<Target> MakeNsmgr();
std::unique_ptr<Target> MakeForwarder();
std::unique_ptr<Target> MakeProxy();
std::unique_ptr<Target> MakeRegistry();

// What must hold. Ends the process, so that the input is kept as that of a crash.
inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
  std::abort();
}

}  // namespace nsm::fuzz
