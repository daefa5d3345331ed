// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/filter.h"

#include <bpf/bpf.h>

#include <iterator>

#include "absl/strings/str_cat.h"
#include "src/core/unique_fd.h"
#include "src/netlink/qdisc.h"
#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A program that passes everything on.
class PassingProgram {
 public:
  PassingProgram() {
    const bpf_insn steps[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = -1},
        {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    fd_ =
        UniqueFd(bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "passing", "GPL", steps, std::size(steps), nullptr));
    EXPECT_TRUE(fd_.valid());
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    EXPECT_EQ(bpf_obj_get_info_by_fd(fd_.get(), &info, &size), 0);
    id_ = info.id;
  }
  int fd() const { return fd_.get(); }
  uint32_t id() const { return id_; }

 private:
  UniqueFd fd_;
  uint32_t id_ = 0;
};

class FilterTest : public NetlinkTest {
 protected:
  FilterPlace At(Hook hook) const { return {.index = a_, .hook = hook}; }
  uint32_t Found(const FilterPlace& place) {
    auto found = FindFilter(socket(), place);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(0);
  }
};

TEST_F(FilterTest, IsWhereItWasPut) {
  PassingProgram program;
  for (Hook hook : {Hook::kEgress, Hook::kIngress}) {
    EXPECT_EQ(Found(At(hook)), 0u);
    ASSERT_EQ(EnsureFilter(socket(), At(hook), program.fd()), absl::OkStatus());
    EXPECT_EQ(Found(At(hook)), program.id());
  }
  for (const char* hook : {"egress", "ingress"}) {
    EXPECT_THAT(Output(absl::StrCat("tc filter show dev a ", hook)),
                HasSubstr("protocol all pref 1 bpf chain 0 handle 0x6e736d nsm direct-action"));
  }
  EXPECT_EQ(Found({.index = IndexOf("b")}), 0u);
}

TEST_F(FilterTest, AnotherProgramTakesItsPlace) {
  PassingProgram first;
  PassingProgram second;
  ASSERT_EQ(EnsureIngressQdisc(socket(), a_), absl::OkStatus());
  ASSERT_EQ(PutFilter(socket(), At(Hook::kIngress), first.fd()), absl::OkStatus());
  ASSERT_EQ(PutFilter(socket(), At(Hook::kIngress), second.fd()), absl::OkStatus());
  EXPECT_EQ(Found(At(Hook::kIngress)), second.id());
  EXPECT_THAT(Output("tc filter show dev a ingress"), Not(HasSubstr(absl::StrCat("id ", first.id(), " "))));
}

TEST_F(FilterTest, EachHandleHasItsOwn) {
  PassingProgram first;
  PassingProgram second;
  FilterPlace other = At(Hook::kIngress);
  other.handle = FilterPlace::HandleOf(4790);
  ASSERT_EQ(EnsureFilter(socket(), At(Hook::kIngress), first.fd()), absl::OkStatus());
  EXPECT_EQ(Found(other), 0u);
  ASSERT_EQ(EnsureFilter(socket(), other, second.fd()), absl::OkStatus());
  ASSERT_EQ(RemoveFilter(socket(), At(Hook::kIngress)), absl::OkStatus());
  EXPECT_EQ(Found(At(Hook::kIngress)), 0u);
  EXPECT_EQ(Found(other), second.id());
}

TEST_F(FilterTest, RemovedIsGoneAndGoneIsFine) {
  PassingProgram program;
  EXPECT_EQ(RemoveFilter(socket(), At(Hook::kEgress)), absl::OkStatus()) << "there is no qdisc";
  ASSERT_EQ(EnsureFilter(socket(), At(Hook::kEgress), program.fd()), absl::OkStatus());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(RemoveFilter(socket(), At(Hook::kEgress)), absl::OkStatus());
    EXPECT_EQ(Found(At(Hook::kEgress)), 0u);
  }
}

TEST_F(FilterTest, NeedsAPlace) {
  PassingProgram program;
  EXPECT_FALSE(PutFilter(socket(), At(Hook::kIngress), program.fd()).ok());
  ASSERT_EQ(EnsureIngressQdisc(socket(), a_), absl::OkStatus());
  absl::Status egress = EnsureFilter(socket(), At(Hook::kEgress), program.fd());
  EXPECT_EQ(egress.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(egress.message(), HasSubstr("has qdisc ingress"));
  EXPECT_EQ(Output("tc filter show dev a ingress"), "");
  EXPECT_FALSE(EnsureFilter(socket(), At(Hook::kIngress), -1).ok());
  EXPECT_EQ(EnsureFilter(socket(), At(Hook::kIngress), program.fd()), absl::OkStatus());
}

TEST_F(FilterTest, OfALinkThatIsGone) {
  PassingProgram program;
  const FilterPlace gone{.index = GoneLink()};
  EXPECT_EQ(EnsureFilter(socket(), gone, program.fd()).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(PutFilter(socket(), gone, program.fd()).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RemoveFilter(socket(), gone), absl::OkStatus());
  EXPECT_EQ(Found(gone), 0u);
}

}  // namespace
}  // namespace nsm::netlink
