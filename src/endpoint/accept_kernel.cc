// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/accept_kernel.h"

#include <algorithm>
#include <cctype>

#include "src/core/interface_name.h"
#include "src/nsm/wire/mechanism_kind.h"
#include "src/nsm/wire/path.h"

namespace nsm::endpoint {
namespace {

// "nsm-" and 11 hexadecimal digits of the id, which is a UUID: 15 characters in all.
std::string NameFromId(const std::string& id) {
  std::string name = "nsm-";
  for (char c : id) {
    if (name.size() == kLongestInterfaceName) break;
    if (std::isalnum(static_cast<unsigned char>(c))) name += c;
  }
  return name;
}

}  // namespace

absl::StatusOr<Connection> AcceptKernel::Request(Context& context, NetworkServiceRequest request, Next next) {
  Connection& connection = *request.mutable_connection();
  Mechanism chosen = connection.mechanism();
  if (chosen.type().empty()) {
    const auto& preferences = request.mechanism_preferences();
    auto kernel = std::find_if(preferences.begin(), preferences.end(), [](const Mechanism& preference) {
      return KindOf(preference) == kLocalKernel;
    });
    if (kernel != preferences.end()) chosen = *kernel;
  }
  if (KindOf(chosen) != kLocalKernel) {
    return absl::InvalidArgumentError("this endpoint takes mechanism LOCAL KERNEL only");
  }
  auto& parameters = *chosen.mutable_parameters();
  parameters[mechanism::kInodeUrl] = own_.netns.ToUrl();
  if (parameters[mechanism::kName].empty()) parameters[mechanism::kName] = NameFromId(connection.id());
  parameters.erase(mechanism::kDefaultRoute);
  if (own_.takes_default_route) parameters[mechanism::kDefaultRoute] = mechanism::kYes;
  NoteInterface(metric::kServerInterface, chosen, connection);
  *connection.mutable_mechanism() = std::move(chosen);
  return next.Request(context, std::move(request));
}

}  // namespace nsm::endpoint
