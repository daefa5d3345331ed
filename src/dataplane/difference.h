// SPDX-License-Identifier: Apache-2.0
// Lists as sets that have an order: what one has and the other has not.
#pragma once

#include <algorithm>
#include <vector>

namespace nsm::dataplane {

template <class T>
bool Contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Each once.
template <class T>
std::vector<T> Without(const std::vector<T>& list, const std::vector<T>& taken_away) {
  std::vector<T> rest;
  for (const T& value : list) {
    if (!Contains(taken_away, value) && !Contains(rest, value)) rest.push_back(value);
  }
  return rest;
}

// Of several that exclude each other the last one.
template <class T, class Excludes>
std::vector<T> LastOfEach(const std::vector<T>& list, const Excludes& excludes) {
  std::vector<T> rest;
  for (const T& value : list) {
    std::erase_if(rest, [&](const T& earlier) { return excludes(earlier, value); });
    rest.push_back(value);
  }
  return rest;
}

}  // namespace nsm::dataplane
