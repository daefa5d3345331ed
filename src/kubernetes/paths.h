// SPDX-License-Identifier: Apache-2.0
// The API server's URL paths (Kubernetes, "API Concepts", "Resource URIs").
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/kubernetes/resource.h"

namespace nsm::kubernetes {

std::string CollectionPath(const Resource& resource);
std::string ObjectPath(const Resource& resource, const std::string& name);
// "?limit=500&labelSelector=a%3Db", without what has an empty value; empty when all do.
std::string QueryString(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace nsm::kubernetes
