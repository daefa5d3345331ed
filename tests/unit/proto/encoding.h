// SPDX-License-Identifier: Apache-2.0
// The protobuf encoding in a few lines, so that expected messages can be written down by field numbers alone.
// Takes values below 128 only.
#pragma once

#include <string>

namespace nsm {

enum WireType { kVarint = 0, kBytes = 2 };

inline std::string Tag(int field, WireType type) {
  return std::string(1, static_cast<char>(field << 3 | type));
}
inline std::string Number(int field, int value) { return Tag(field, kVarint) + static_cast<char>(value); }
// A string or a message.
inline std::string Bytes(int field, const std::string& value) {
  return Tag(field, kBytes) + static_cast<char>(value.size()) + value;
}
// A map's entry is a message with the key as field 1 and the value as field 2.
inline std::string MapEntry(int field, const std::string& key, const std::string& value) {
  return Bytes(field, Bytes(1, key) + Bytes(2, value));
}
// google.protobuf.Timestamp
inline std::string Timestamp(int field, int seconds, int nanos) {
  return Bytes(field, Number(1, seconds) + Number(2, nanos));
}

}  // namespace nsm
