// SPDX-License-Identifier: Apache-2.0
// What upstream's programs said to each other: the Go chains of NSM v1 (sdk 9ac672ca), in plaintext.
//
// The files below transcripts/ are our own recordings, one record a line: every call is there once, as the
// program that served it saw it. What is random was replaced, the same everywhere in a file: ids are
// 00000000-0000-4000-8000-<n>, a token is "token of <program>", its subject the program's name, and the
// recording begins at 2030-01-01T00:00:00Z. A program was asked the same by the same one many times: of Finds
// and monitor streams that ask for and say the same, the first one is kept. "inode://65024/<n>" is a unix
// socket whose descriptor was passed with the message, "inode://4/<n>" likewise a network namespace.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace nsm::golden {

struct Record {
  enum class Kind {
    kCall,     // unary: request and response
    kOpen,     // a stream begins: request
    kMessage,  // of a stream: response
    kEnd,      // of a stream
    kKilled,   // the program `to` was killed
  };

  int number = 0;
  absl::Duration at;  // since the recording began
  Kind kind = Kind::kCall;
  std::string from;  // empty: a caller without a token
  std::string to;    // who serves
  std::string method;
  std::string stream;      // ties the records of one stream together
  nlohmann::json request;  // protobuf JSON with the fields' own names, as below
  nlohmann::json response;
  std::string code;                          // of a call or a stream's end
  std::optional<std::string> token_expires;  // metadata of the call
  std::vector<std::string> path;             // likewise, of registrations
  std::optional<std::string> response_path;  // metadata of the answer
};

// The time at which recordings begin.
absl::Time RecordingStart();

// The records of transcripts/<part>.json, in order. Dies of a file that it cannot read.
std::vector<Record> LoadTranscript(const std::string& part);

}  // namespace nsm::golden
