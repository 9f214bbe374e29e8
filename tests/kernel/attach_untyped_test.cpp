// SPDX-License-Identifier: Apache-2.0
// Programs whose sections say nothing of their types, which are those of what they are attached to.
#include <gmock/gmock.h>
#include <unistd.h>

#include "bpf_test.h"
#include "support/eventually.h"
#include "support/network_namespace.h"

namespace bpfmap::kernel {
namespace {

using test::add_veth;
using test::eventually;
using test::in_network_namespace;
using test::send_frames;
using ::testing::AllOf;
using ::testing::HasSubstr;

class AttachUntyped : public test::BpfTest {};

// The others of the object are left out.
std::vector<ProgramRequest> only(const std::string& name, model::AttachTarget target) {
  std::vector<ProgramRequest> requests;
  for (const char* other : {"old_tc", "named_tc", "untyped_tc", "untyped_xdp", "untyped_cgroup",
                            "untyped_sample", "untyped_probe"}) {
    if (name != other) requests.push_back({other, false, true, {}});
  }
  requests.push_back(request_for(name, std::move(target)));
  return requests;
}

TEST_F(AttachUntyped, ToTc) {
  for (const char* name : {"old_tc", "named_tc", "untyped_tc"}) {
    in_network_namespace([&] {
      add_veth("out", "in");
      const Object object = start_test_object(
          "untyped", only(name, model::TcTarget{{"in"}, model::TcDirection::kIngress, 0}));
      EXPECT_EQ(status_of(object, name).type, "sched_cls");
      send_frames("out", 7);
      EXPECT_TRUE(eventually([&] { return read_number(object) >= 7; })) << name;
    });
  }
}

TEST_F(AttachUntyped, ToXdp) {
  in_network_namespace([&] {
    add_veth("out", "in");
    const Object object = start_test_object(
        "untyped", only("untyped_xdp", model::XdpTarget{{"in"}, model::XdpMode::kGeneric}));
    EXPECT_EQ(status_of(object, "untyped_xdp").type, "xdp");
    send_frames("out", 7);
    EXPECT_TRUE(eventually([&] { return read_number(object) >= 7; }));
  });
}

TEST_F(AttachUntyped, ToACgroup) {
  const std::string mount = test::cgroup2_mount();
  if (test::lacks(mount.empty() ? "cgroup v2 cannot be mounted" : "")) return;
  for (const char* type : {"cgroup_skb/egress", "cgroup_skb/ingress"}) {
    const Object object =
        start_test_object("untyped", only("untyped_cgroup", model::CgroupTarget{mount, type}));
    EXPECT_EQ(status_of(object, "untyped_cgroup").type, "cgroup_skb");
    EXPECT_TRUE(status_of(object, "untyped_cgroup").attached);
  }
}

TEST_F(AttachUntyped, ToAPerfEvent) {
  const Object object = start_test_object(
      "untyped", only("untyped_sample", model::PerfEventTarget{"software", "cpu-clock", 499, {}}));
  EXPECT_TRUE(eventually([&] { return read_number(object) > 0; }));
}

TEST_F(AttachUntyped, ToAUprobe) {
  const Object object = start_test_object(
      "untyped", only("untyped_probe", model::UprobeTarget{"libc.so.6", "getppid"}));
  EXPECT_EQ(status_of(object, "untyped_probe").type, "kprobe");
  EXPECT_TRUE(eventually([&] {
    static_cast<void>(getppid());
    return read_number(object) > 0;
  }));
}

TEST_F(AttachUntyped, ToNothingIsAnErrorThatSaysWhatToWrite) {
  std::vector<ProgramRequest> requests =
      only("untyped_tc", model::TcTarget{{"in"}, model::TcDirection::kIngress, 0});
  requests.back().targets.clear();
  const Object object = open_test_object("untyped");
  const auto checked = object.check(requests);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message(),
              AllOf(HasSubstr("untyped_tc (SEC(\"my_prog\"))"), HasSubstr("write attach: { xdp:")));
  const auto cgroup = object.check(only("untyped_cgroup", model::CgroupTarget{"/x"}));
  ASSERT_FALSE(cgroup);
  EXPECT_THAT(cgroup.error().message(), HasSubstr("type: cgroup_skb/ingress"));
}

}  // namespace
}  // namespace bpfmap::kernel
