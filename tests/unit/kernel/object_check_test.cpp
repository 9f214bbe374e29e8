// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/object.h"
#include "support/test_objects.h"

namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string check(const std::string& name, std::vector<ProgramRequest> requests) {
  const Result<Object> object = Object::open_file(test::test_object(name));
  if (!object) return object.error().message();
  const Result<void> checked = object->check(requests);
  if (checked) return "good";
  EXPECT_EQ(checked.error().kind, ErrorKind::kConfiguration);
  return checked.error().message();
}

ProgramRequest with_target(std::string name, model::AttachTarget target) {
  return {std::move(name), true, true, {std::move(target)}};
}

TEST(CheckRequests, AcceptsWhatSectionsAndTargetsSay) {
  EXPECT_EQ(check("attach_tp_btf", {}), "good");
  EXPECT_EQ(check("attach_xdp", {with_target("count_xdp", model::XdpTarget{{"nonexistent0"}, {}})}),
            "good");
  EXPECT_EQ(check("attach_uprobe", {with_target("count_calls", model::UprobeTarget{"x", "y"})}),
            "good");
}

TEST(CheckRequests, KnowsTheProgramsByName) {
  EXPECT_THAT(check("attach_xdp", {with_target("cuont_xdp", model::XdpTarget{{"eth0"}, {}})}),
              AllOf(HasSubstr("'cuont_xdp'"), HasSubstr("did you mean 'count_xdp'?")));
}

TEST(CheckRequests, SaysWhatToWriteWhereATargetIsMissing) {
  EXPECT_THAT(check("attach_xdp", {}),
              AllOf(HasSubstr("count_xdp (SEC(\"xdp\")) of "),
                    HasSubstr("count_xdp: { attach: { xdp: { interfaces: [eth0] } } }")));
  EXPECT_THAT(check("attach_tc", {}), HasSubstr("attach: { tc: {"));
  EXPECT_THAT(check("attach_cgroup_skb", {}), HasSubstr("attach: { cgroup: {"));
  EXPECT_THAT(check("attach_perf_event", {}), HasSubstr("attach: { perf_event: {"));
  EXPECT_THAT(check("attach_uprobe", {}), HasSubstr("attach: { uprobe: {"));
  EXPECT_THAT(check("attach_usdt", {}), HasSubstr("attach: { usdt: {"));
}

TEST(CheckRequests, LetsOptionalAndUnwantedProgramsBe) {
  EXPECT_EQ(check("attach_xdp", {{"count_xdp", true, false, {}}}), "good");
  EXPECT_EQ(check("attach_xdp", {{"count_xdp", false, true, {}}}), "good");
}

TEST(CheckRequests, RefusesTargetsOfTheWrongKind) {
  const std::string message =
      check("attach_tracepoint", {with_target("count_getpid", model::XdpTarget{{"eth0"}, {}})});
  EXPECT_THAT(message, HasSubstr("count_getpid (SEC(\"tracepoint/syscalls/sys_enter_getpid\"))"));
  EXPECT_THAT(message, HasSubstr("a program of type tracepoint cannot be attached to a target of "
                                 "kind xdp"));
  EXPECT_THAT(message, HasSubstr("leave `attach` out"));
  EXPECT_THAT(
      check("attach_xdp",
            {with_target("count_xdp", model::TcTarget{{"eth0"}, model::TcDirection::kIngress, 0})}),
      AllOf(HasSubstr("of type xdp"), HasSubstr("of kind tc"), HasSubstr("hint: attach: { xdp:")));
  EXPECT_THAT(check("attach_xdp", {{"count_xdp", true, false, {model::CgroupTarget{"/"}}}}),
              HasSubstr("of kind cgroup"));
}

}  // namespace
}  // namespace bpfmap::kernel
