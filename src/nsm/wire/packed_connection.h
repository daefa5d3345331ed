// SPDX-License-Identifier: Apache-2.0
// A connection at rest: one block of bytes, where the message has some 80 small ones, three times as large
// together. Immutable but for assignment.
#pragma once

#include <string>

#include "src/nsm/wire/wire.h"

namespace nsm {

class PackedConnection {
 public:
  explicit PackedConnection(const Connection& connection) : bytes_(connection.SerializeAsString()) {}
  Connection Unpack() const {
    Connection connection;
    connection.ParseFromString(bytes_);
    return connection;
  }

 private:
  std::string bytes_;
};

}  // namespace nsm
