// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::kubernetes {
namespace {

using testing::HasSubstr;

std::string StatusBody(const std::string& reason, const std::string& details = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"what it says",)"
         R"("reason":")" +
         reason + R"(","details":)" + details + "}";
}

absl::StatusCode CodeOf(int http_status, const std::string& body) {
  return ToStatus(http_status, body, "trying").code();
}

TEST(KubernetesStatusTest, ReasonsTellConflictsApart) {
  EXPECT_EQ(CodeOf(409, StatusBody("Conflict")), absl::StatusCode::kAborted);
  EXPECT_EQ(CodeOf(409, StatusBody("AlreadyExists")), absl::StatusCode::kAlreadyExists);
}

TEST(KubernetesStatusTest, AMissingObjectIsNotAMissingResource) {
  EXPECT_EQ(CodeOf(404, StatusBody("NotFound", R"({"name":"a","kind":"nodes"})")),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(404, StatusBody("NotFound")), absl::StatusCode::kFailedPrecondition);
  const absl::Status unknown = ToStatus(404, std::string("404 page not found\n"), "listing networkservices");
  EXPECT_EQ(unknown.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("CustomResourceDefinition"));
}

TEST(KubernetesStatusTest, OtherCodes) {
  EXPECT_EQ(CodeOf(400, StatusBody("BadRequest")), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(401, StatusBody("Unauthorized")), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(403, StatusBody("Forbidden")), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(410, StatusBody("Expired")), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(CodeOf(422, StatusBody("Invalid")), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(429, StatusBody("TooManyRequests")), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf(500, StatusBody("InternalError")), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf(503, "<html>no backend</html>"), absl::StatusCode::kUnavailable);
}

// After its store was put back to an earlier state.
TEST(KubernetesStatusTest, AVersionThatTheServerHasNotSeenNeedsANewListToo) {
  EXPECT_EQ(CodeOf(504, StatusBody("Timeout", R"({"causes":[{"reason":"ResourceVersionTooLarge"}]})")),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(CodeOf(504, StatusBody("Timeout")), absl::StatusCode::kUnavailable);
}

TEST(KubernetesStatusTest, MessagesHaveWhatWasTriedAndTheServersWords) {
  const absl::Status status = ToStatus(409, StatusBody("Conflict"), "updating a");
  EXPECT_EQ(status.message(), "updating a: what it says (HTTP 409)");
  EXPECT_LT(ToStatus(502, std::string(100'000, 'x'), "updating a").message().size(), 500u);
}

TEST(KubernetesStatusTest, ErrorEventsHaveTheirCodeInside) {
  EXPECT_EQ(ToStatus(Json::parse(R"({"kind":"Status","code":410,"reason":"Expired"})"), "w").code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ToStatus(Json::object(), "w").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ToStatus(Json::parse(R"({"code":"x"})"), "w").code(), absl::StatusCode::kUnavailable);
}

TEST(KubernetesStatusTest, KeepsWhatTheServerAsksFor) {
  const absl::Status status = absl::UnavailableError("busy");
  EXPECT_EQ(RetryAfter(WithRetryAfter(status, absl::Seconds(7))), absl::Seconds(7));
  EXPECT_EQ(RetryAfter(status), std::nullopt);
}

}  // namespace
}  // namespace nsm::kubernetes
