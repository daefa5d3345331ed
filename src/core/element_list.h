// SPDX-License-Identifier: Apache-2.0
// The elements of a chain, owned, in the order in which they were added.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace nsm {

template <typename Element>
class ElementList {
 public:
  using Iterator = typename std::vector<std::unique_ptr<Element>>::const_iterator;

  // Appends an element; all are appended before the first call.
  template <typename E, typename... Args>
  E& Add(Args&&... args) {
    auto element = std::make_unique<E>(std::forward<Args>(args)...);
    E& added = *element;
    elements_.push_back(std::move(element));
    return added;
  }
  Iterator begin() const { return elements_.begin(); }
  Iterator end() const { return elements_.end(); }

 private:
  std::vector<std::unique_ptr<Element>> elements_;
};

}  // namespace nsm
