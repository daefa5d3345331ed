// SPDX-License-Identifier: Apache-2.0
// The chain of responsibility behind a NetworkService: each element does one thing and calls the next.
//
// Threading: a chain is made once and then used by many calls at the same time; elements are thread safe.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/element_list.h"
#include "src/nsm/rpc/context.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

class Next;

class Element {
 public:
  virtual ~Element() = default;
  // The request's connection is in this hop's view below update_path, and so is what is returned.
  virtual absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next);
  virtual absl::Status Close(Context& context, Connection connection, Next next);
};

// The rest of a chain. At its end Request returns the request's connection and Close is OK.
class Next {
 public:
  using Iterator = ElementList<Element>::Iterator;
  Next(Iterator at, Iterator end) : at_(at), end_(end) {}

  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request) const {
    if (at_ == end_) return std::move(*request.mutable_connection());
    return (*at_)->Request(context, std::move(request), Next(at_ + 1, end_));
  }
  absl::Status Close(Context& context, Connection connection) const {
    if (at_ == end_) return absl::OkStatus();
    return (*at_)->Close(context, std::move(connection), Next(at_ + 1, end_));
  }

 private:
  Iterator at_;
  Iterator end_;
};

inline absl::StatusOr<Connection> Element::Request(Context& context, NetworkServiceRequest request,
                                                   Next next) {
  return next.Request(context, std::move(request));
}

inline absl::Status Element::Close(Context& context, Connection connection, Next next) {
  return next.Close(context, std::move(connection));
}

class Chain : public ElementList<Element> {
 public:
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request) const {
    return Next(begin(), end()).Request(context, std::move(request));
  }
  absl::Status Close(Context& context, Connection connection) const {
    return Next(begin(), end()).Close(context, std::move(connection));
  }
};

}  // namespace nsm
