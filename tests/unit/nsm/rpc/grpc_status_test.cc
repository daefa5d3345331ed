// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/grpc_status.h"

#include <gtest/gtest.h>

namespace nsm {
namespace {

const Url kCallee = Url::Tcp({"192.0.2.1", 5001});

TEST(GrpcStatus, OurOwnDeadlineNamesWhoDidNotAnswer) {
  grpc::Status ours(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded");
  EXPECT_EQ(FromGrpc(ours, kCallee),
            absl::DeadlineExceededError("no answer from tcp://192.0.2.1:5001 in time"));
}

TEST(GrpcStatus, TheDeadlineOfAHopFurtherOnKeepsItsText) {
  grpc::Status theirs(grpc::StatusCode::DEADLINE_EXCEEDED, "nsmgr: no answer from tcp://192.0.2.9:1 in time");
  EXPECT_EQ(FromGrpc(theirs, kCallee),
            absl::DeadlineExceededError("nsmgr: no answer from tcp://192.0.2.9:1 in time"));
}

TEST(GrpcStatus, ErrorsOfARegistryNameIt) {
  EXPECT_TRUE(FromRegistry(grpc::Status::OK, kCallee).ok());
  EXPECT_EQ(FromRegistry(grpc::Status(grpc::StatusCode::NOT_FOUND, "no such"), kCallee),
            absl::NotFoundError("asking tcp://192.0.2.1:5001: no such"));
  EXPECT_EQ(FromRegistry(grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"), kCallee),
            absl::DeadlineExceededError("no answer from tcp://192.0.2.1:5001 in time"));
}

TEST(GrpcStatus, AnErrorSaysWhichHopItCameFrom) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus(), "nsmgr").ok());
  grpc::Status status = ToGrpc(absl::NotFoundError("no such"), "nsmgr");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "nsmgr: no such");
}

}  // namespace
}  // namespace nsm
