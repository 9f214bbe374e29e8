// SPDX-License-Identifier: Apache-2.0
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <net/if.h>

#include <memory>

#include "bpf_test.h"
#include "kernel/attach/tc_filter.h"
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

// Priority 0 makes a tcx link where the kernel has them, any other a filter of the clsact qdisc.
class AttachTc : public test::BpfTest, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  std::vector<ProgramRequest> tc(std::vector<std::string> interfaces, bool ingress) const {
    return {request_for("count_tc", model::TcTarget{std::move(interfaces),
                                                    ingress ? model::TcDirection::kIngress
                                                            : model::TcDirection::kEgress,
                                                    GetParam()})};
  }
};

INSTANTIATE_TEST_SUITE_P(Both, AttachTc, ::testing::Values(0, 100), [](const auto& param_info) {
  return param_info.param == 0 ? "WithoutPriority" : "WithPriority";
});

int index_of(const char* interface) { return static_cast<int>(if_nametoindex(interface)); }

// Whether the interface has a clsact qdisc: another one cannot be created then.
bool has_qdisc(const char* interface) {
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = index_of(interface);
  hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
  if (bpf_tc_hook_create(&hook) != 0) return true;
  bpf_tc_hook_destroy(&hook);
  return false;
}

TEST_P(AttachTc, CountsWhatArrives) {
  in_network_namespace([this] {
    add_veth("out", "in");
    const Object object = start_test_object("attach_tc", tc({"in"}, true));
    send_frames("out", 13);
    EXPECT_TRUE(eventually([&] { return read_number(object) >= 13; }));
    EXPECT_EQ(read_number(object), 13u);
  });
}

TEST_P(AttachTc, CountsWhatLeaves) {
  in_network_namespace([this] {
    add_veth("out", "in");
    const Object object = start_test_object("attach_tc", tc({"out"}, false));
    send_frames("out", 9);
    send_frames("in", 5);
    EXPECT_TRUE(eventually([&] { return read_number(object) >= 9; }));
    EXPECT_EQ(read_number(object), 9u);
  });
}

TEST_P(AttachTc, ToAllInterfacesOfAGlob) {
  in_network_namespace([this] {
    add_veth("out1", "in1");
    add_veth("out2", "in2");
    const Object object = start_test_object("attach_tc", tc({"in*"}, true));
    send_frames("out1", 3);
    send_frames("out2", 4);
    EXPECT_TRUE(eventually([&] { return read_number(object) >= 7; }));
    EXPECT_EQ(read_number(object), 7u);
  });
}

TEST_P(AttachTc, LeavesNothingBehind) {
  in_network_namespace([this] {
    add_veth("out", "in");
    ASSERT_FALSE(has_qdisc("in"));
    std::uint32_t id = 0;
    {
      const Object object = start_test_object("attach_tc", tc({"in"}, true));
      id = status_of(object, "count_tc").id;
    }
    EXPECT_FALSE(has_qdisc("in"));
    EXPECT_TRUE(program_goes_away(id));
  });
}

TEST_P(AttachTc, TwoOnOneInterfaceDoNotDisturbEachOther) {
  in_network_namespace([this] {
    add_veth("out", "in");
    for (const bool first_goes_first : {true, false}) {
      auto first = std::make_unique<Object>(start_test_object("attach_tc", tc({"in"}, true)));
      auto second = std::make_unique<Object>(start_test_object("attach_tc", tc({"in"}, true)));
      send_frames("out", 4);
      EXPECT_TRUE(
          eventually([&] { return read_number(*first) == 4 && read_number(*second) == 4; }));
      (first_goes_first ? first : second).reset();
      const Object& rest = first ? *first : *second;
      send_frames("out", 2);
      EXPECT_TRUE(eventually([&] { return read_number(rest) >= 6; }));
      EXPECT_EQ(read_number(rest), 6u);
    }
  });
}

TEST_P(AttachTc, LeavesAQdiscOfOthersAlone) {
  in_network_namespace([this] {
    add_veth("out", "in");
    ASSERT_EQ(test::run("tc", "qdisc add dev in clsact"), 0);
    { const Object object = start_test_object("attach_tc", tc({"in"}, true)); }
    EXPECT_TRUE(has_qdisc("in"));
  });
}

TEST_P(AttachTc, LeavesFiltersOfOthersAlone) {
  in_network_namespace([this] {
    add_veth("out", "in");
    {
      const Object object = start_test_object("attach_tc", tc({"in"}, true));
      // In the other direction, by another process that found the qdisc there.
      if (!has_qdisc("in")) {
        ASSERT_EQ(test::run("tc", "qdisc add dev in clsact"), 0);
      }
      ASSERT_EQ(test::run("tc", "filter add dev in egress protocol all prio 7 u32 match u32 0 0"),
                0);
    }
    EXPECT_TRUE(has_qdisc("in"));
    EXPECT_EQ(has_tc_filters(index_of("in")), true);
  });
}

TEST_P(AttachTc, SurvivesAnInterfaceThatGoesAway) {
  in_network_namespace([this] {
    add_veth("out", "in");
    const Object object = start_test_object("attach_tc", tc({"in"}, true));
    EXPECT_EQ(test::run("ip", "link del out"), 0);
    EXPECT_EQ(if_nametoindex("in"), 0u);
  });
}

TEST_P(AttachTc, WantsInterfacesThatExist) {
  in_network_namespace([this] {
    add_veth("out", "in");
    EXPECT_THAT(start_error("attach_tc", tc({"in", "inn"}, true)),
                AllOf(HasSubstr("count_tc (SEC(\"tc\"))"), HasSubstr("did you mean 'in'?")));
    EXPECT_FALSE(has_qdisc("in"));
  });
}

class TcFilters : public test::BpfTest {};

TEST_F(TcFilters, AreSeenWhateverMadeThem) {
  in_network_namespace([] {
    add_veth("out", "in");
    EXPECT_EQ(has_tc_filters(index_of("in")), false);
    ASSERT_EQ(test::run("tc", "qdisc add dev in clsact"), 0);
    EXPECT_EQ(has_tc_filters(index_of("in")), false);
    ASSERT_EQ(test::run("tc", "filter add dev in ingress protocol all prio 7 u32 match u32 0 0"),
              0);
    EXPECT_EQ(has_tc_filters(index_of("in")), true);
    EXPECT_EQ(has_tc_filters(index_of("out")), false);
  });
}

TEST_F(TcFilters, HavePrioritiesOf16Bits) {
  in_network_namespace([] {
    add_veth("out", "in");
    EXPECT_THAT(
        start_error("attach_tc",
                    {request_for("count_tc",
                                 model::TcTarget{{"in"}, model::TcDirection::kIngress, 65536})}),
        HasSubstr("at most 65535"));
  });
}

}  // namespace
}  // namespace bpfmap::kernel
