// SPDX-License-Identifier: Apache-2.0
#include "src/registry/object_table.h"

#include "src/registry/object_name.h"

namespace nsm::registry {
namespace {

bool SaysLittle(const NetworkService& entry) { return entry.matches().empty(); }
bool SaysLittle(const NetworkServiceEndpoint&) { return false; }

}  // namespace

template <typename Kind>
std::vector<std::string> ObjectTable<Kind>::Set(Object object) {
  const kubernetes::ObjectKey key = object.key();
  std::vector<std::string> touched = Erase(key);
  if (object.entry) {
    const std::string& name = object.entry->name();
    names_[name].insert(RankOf(*object.entry, key));
    if (touched.empty() || touched[0] != name) touched.push_back(name);
  }
  objects_.emplace(key, std::move(object));
  return touched;
}

template <typename Kind>
std::vector<std::string> ObjectTable<Kind>::Erase(const kubernetes::ObjectKey& key) {
  auto it = objects_.find(key);
  if (it == objects_.end()) return {};
  std::vector<std::string> touched = Unname(it->second);
  objects_.erase(it);
  return touched;
}

template <typename Kind>
std::vector<std::string> ObjectTable<Kind>::End(const kubernetes::ObjectKey& key) {
  auto it = objects_.find(key);
  if (it == objects_.end() || !it->second.entry) return {};
  it->second.ended = true;
  return {it->second.entry->name()};
}

template <typename Kind>
const typename ObjectTable<Kind>::Object* ObjectTable<Kind>::Find(const kubernetes::ObjectKey& key) const {
  auto it = objects_.find(key);
  return it == objects_.end() ? nullptr : &it->second;
}

template <typename Kind>
const typename ObjectTable<Kind>::Object* ObjectTable<Kind>::Of(const std::string& name) const {
  auto it = names_.find(name);
  if (it == names_.end()) return nullptr;
  for (const Rank& rank : it->second) {
    const Object& object = objects_.at(std::get<kubernetes::ObjectKey>(rank));
    if (!object.ended) return &object;
  }
  return nullptr;
}

template <typename Kind>
const typename ObjectTable<Kind>::Object* ObjectTable<Kind>::OursOf(const std::string& name) const {
  auto it = names_.find(name);
  if (it == names_.end()) return nullptr;
  for (const Rank& rank : it->second) {
    const auto& key = std::get<kubernetes::ObjectKey>(rank);
    if (key.name_space == own_) return &objects_.at(key);
  }
  return nullptr;
}

template <typename Kind>
typename ObjectTable<Kind>::Rank ObjectTable<Kind>::RankOf(const Entry& entry,
                                                           const kubernetes::ObjectKey& key) const {
  const bool is_foreign = key.name_space != own_;
  return {SaysLittle(entry), is_foreign, is_foreign || key.name != ObjectName(entry.name()), key};
}

template <typename Kind>
std::vector<std::string> ObjectTable<Kind>::Unname(const Object& object) {
  if (!object.entry) return {};
  const std::string& name = object.entry->name();
  auto it = names_.find(name);
  it->second.erase(RankOf(*object.entry, object.key()));
  if (it->second.empty()) names_.erase(it);
  return {name};
}

template class ObjectTable<ServiceKind>;
template class ObjectTable<EndpointKind>;

}  // namespace nsm::registry
