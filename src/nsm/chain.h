// SPDX-License-Identifier: Apache-2.0
// The chain of responsibility behind a NetworkService: each element does one thing and calls the next.
//
// Threading: a chain is made once and then used by many calls at the same time; elements are thread safe.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/nsm/context.h"
#include "src/nsm/wire.h"

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
  using Iterator = std::vector<std::unique_ptr<Element>>::const_iterator;
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

class Chain {
 public:
  // Appends an element; all are appended before the first call.
  template <typename E, typename... Args>
  E& Add(Args&&... args) {
    auto element = std::make_unique<E>(std::forward<Args>(args)...);
    E& added = *element;
    elements_.push_back(std::move(element));
    return added;
  }

  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request) const {
    return Next(elements_.begin(), elements_.end()).Request(context, std::move(request));
  }
  absl::Status Close(Context& context, Connection connection) const {
    return Next(elements_.begin(), elements_.end()).Close(context, std::move(connection));
  }

 private:
  std::vector<std::unique_ptr<Element>> elements_;
};

}  // namespace nsm
