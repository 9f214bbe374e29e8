// SPDX-License-Identifier: Apache-2.0
#include "kernel/object/program_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/object_info.h"
#include "kernel/section.h"

namespace bpfmap::kernel {
namespace {

using ::testing::HasSubstr;

std::string type_name(std::string_view section) {
  const auto type = type_of_section(section);
  return type ? name_of_type(type->type) : "none";
}

TEST(ProgramTypes, OfSectionsBeginWithWhatLibbpfKnows) {
  for (const char* section : {"classifier", "classifier/ingress", "classifier/egress/main", "tc",
                              "tc/from_container", "tc/ingress", "tcx/egress"}) {
    EXPECT_EQ(type_name(section), "sched_cls") << section;
  }
  EXPECT_EQ(type_name("xdp/eth0"), "xdp");
  EXPECT_EQ(type_name("perf_event/type=1,config=0,frequency=99"), "perf_event");
  EXPECT_EQ(type_name("cgroup_skb/egress/mine"), "cgroup_skb");
  EXPECT_EQ(type_of_section("cgroup_skb/egress/mine")->attach_type, BPF_CGROUP_INET_EGRESS);
}

TEST(ProgramTypes, OfOtherSectionsAreUnknown) {
  for (const char* section : {"my_prog", "xdp_filter", "classifiers", "cgroup/what", "", "/"}) {
    EXPECT_EQ(type_name(section), "none") << section;
  }
}

TEST(ProgramTypes, ComeFromTargets) {
  EXPECT_EQ(type_of_target(model::XdpTarget{})->type, BPF_PROG_TYPE_XDP);
  EXPECT_EQ(type_of_target(model::TcTarget{})->type, BPF_PROG_TYPE_SCHED_CLS);
  EXPECT_EQ(type_of_target(model::PerfEventTarget{})->type, BPF_PROG_TYPE_PERF_EVENT);
  EXPECT_EQ(type_of_target(model::UprobeTarget{})->type, BPF_PROG_TYPE_KPROBE);
  EXPECT_EQ(type_of_target(model::UsdtTarget{})->type, BPF_PROG_TYPE_KPROBE);
  EXPECT_FALSE(type_of_target(model::CgroupTarget{"/x"}));
  EXPECT_EQ(type_of_target(model::CgroupTarget{"/x", "cgroup/connect4"})->attach_type,
            BPF_CGROUP_INET4_CONNECT);
  EXPECT_FALSE(type_of_target(model::CgroupTarget{"/x", "xdp"}));
  EXPECT_FALSE(type_of_target(model::NetnsTarget{})) << "it takes two";
}

TEST(ProgramTypes, OfTargetsFit) {
  EXPECT_TRUE(target_fits(model::TcTarget{}, kUntyped));
  EXPECT_TRUE(target_fits(model::CgroupTarget{"/x", "cgroup_skb/egress"}, kUntyped));
  EXPECT_TRUE(target_fits(model::CgroupTarget{"/x", "cgroup_skb/egress"}, "cgroup_skb"));
  EXPECT_FALSE(target_fits(model::CgroupTarget{"/x", "cgroup_skb/egress"}, "cgroup_sock"));
  EXPECT_THAT(why_target_does_not_fit(model::CgroupTarget{"/x", "cgroup_skb/egress"}, "xdp"),
              HasSubstr("a program of type xdp is no cgroup_skb/egress"));
  EXPECT_THAT(why_target_does_not_fit(model::CgroupTarget{"/x"}, kUntyped),
              HasSubstr("write cgroup: { path: /x, type: cgroup_skb/ingress }"));
  EXPECT_THAT(why_target_does_not_fit(model::CgroupTarget{"/x", "cgroup_skb/egres"}, kUntyped),
              HasSubstr("'cgroup_skb/egres' is no type of a program of cgroups (did you mean "
                        "'cgroup_skb/egress'?)"));
  EXPECT_FALSE(target_fits(model::NetnsTarget{}, kUntyped));
  EXPECT_THAT(why_target_does_not_fit(model::NetnsTarget{}, kUntyped),
              HasSubstr("write SEC(\"sk_lookup\")"));
}

TEST(ProgramTypes, OfTcMayNameTheirDirection) {
  for (const char* section : {"tc/egress", "classifier/egress", "tcx/egress", "tc/egress/main"}) {
    EXPECT_TRUE(says_egress(section)) << section;
  }
  for (const char* section : {"tc", "tc/ingress", "classifier/no_egress", "", "/egress"}) {
    EXPECT_FALSE(says_egress(section)) << section;
  }
}

TEST(ProgramTypes, AreOneForAllTargets) {
  TypeOfTargets type(kUntyped);
  EXPECT_TRUE(type.take(model::TcTarget{}));
  EXPECT_EQ(type.name(), "sched_cls");
  EXPECT_TRUE(type.take(model::TcTarget{}));
  TypeOfTargets cgroup(kUntyped);
  EXPECT_TRUE(cgroup.take(model::CgroupTarget{"/a", "cgroup_skb/egress"}));
  EXPECT_TRUE(cgroup.take(model::CgroupTarget{"/b"}));
  EXPECT_FALSE(cgroup.take(model::CgroupTarget{"/c", "cgroup_skb/ingress"}));
}

}  // namespace
}  // namespace bpfmap::kernel
