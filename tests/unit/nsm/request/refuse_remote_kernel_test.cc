// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/refuse_remote_kernel.h"

#include <gtest/gtest.h>

namespace nsm {
namespace {

Mechanism Of(const char* cls, const char* type) {
  Mechanism mechanism;
  mechanism.set_cls(cls);
  mechanism.set_type(type);
  return mechanism;
}

// What reaches the end of the chain, with the preferences' types as the connection's id.
class TypesAsId final : public Element {
 public:
  absl::StatusOr<Connection> Request(Context&, NetworkServiceRequest request, Next) override {
    Connection connection;
    for (const Mechanism& preference : request.mechanism_preferences()) {
      connection.set_id(connection.id() + preference.type() + " ");
    }
    return connection;
  }
};

absl::StatusOr<Connection> Ask(bool is_local, const std::vector<Mechanism>& preferences,
                               const Mechanism& chosen = {}) {
  Chain chain;
  chain.Add<RefuseRemoteKernel>();
  chain.Add<TypesAsId>();
  Context context;
  context.caller.is_local = is_local;
  NetworkServiceRequest request;
  *request.mutable_connection()->mutable_mechanism() = chosen;
  for (const Mechanism& preference : preferences) *request.add_mechanism_preferences() = preference;
  return chain.Request(context, std::move(request));
}

const Mechanism kKernel = Of(mechanism::kLocal, mechanism::kKernel);
const Mechanism kVxlan = Of(mechanism::kRemote, mechanism::kVxlan);

TEST(RefuseRemoteKernel, LetsLocalCallersHaveAll) {
  EXPECT_EQ(Ask(true, {kKernel, kVxlan})->id(), "KERNEL VXLAN ");
  EXPECT_TRUE(Ask(true, {}, kKernel).ok());
}

TEST(RefuseRemoteKernel, RefusesLocalMechanismsToOthers) {
  EXPECT_TRUE(absl::IsPermissionDenied(Ask(false, {kKernel}).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Ask(false, {kVxlan}, kKernel).status()));
}

TEST(RefuseRemoteKernel, LeavesOthersTheRemoteOnes) {
  EXPECT_EQ(Ask(false, {kKernel, kVxlan, kKernel})->id(), "VXLAN ");
  EXPECT_TRUE(Ask(false, {}, kVxlan).ok());
}

}  // namespace
}  // namespace nsm
