// SPDX-License-Identifier: Apache-2.0
#include "kernel/section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpfmap::kernel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Sections, ThatSayWhereTheyGoAttachAlone) {
  for (const char* section :
       {"kprobe/do_nanosleep", "kretprobe/do_nanosleep", "ksyscall/openat", "kprobe.multi/vfs_*",
        "tracepoint/syscalls/sys_enter_getpid", "tp/sched/sched_switch", "raw_tp/sys_enter",
        "raw_tracepoint.w/x", "tp_btf/sched_switch", "fentry/do_nanosleep", "fexit.s/x",
        "lsm/file_open", "iter/task", "uprobe/libc.so.6:malloc", "uretprobe//usr/bin/x:main",
        "usdt/libc.so.6:libc:x"}) {
    EXPECT_TRUE(libbpf_attaches(section)) << section;
  }
}

TEST(Sections, ThatDoNotNeedATarget) {
  for (const char* section : {"xdp",
                              "xdp.frags",
                              "tc",
                              "classifier",
                              "cgroup_skb/egress",
                              "perf_event",
                              "uprobe",
                              "usdt",
                              "kprobe",
                              "kprobe/",
                              "tracepoint",
                              "tp/sched",
                              "raw_tp",
                              "uprobe/libc.so.6",
                              "usdt/x:y",
                              "iter/bpf_map_elem",
                              "freplace/x",
                              "struct_ops/x",
                              "syscall",
                              "sk_msg",
                              "",
                              "xdp/eth0",
                              "tracepointy/a/b"}) {
    EXPECT_FALSE(libbpf_attaches(section)) << section;
  }
}

TEST(Sections, OfTheOtherExporterNameAnInterface) {
  const auto target = target_in_section("xdp/eth0");
  ASSERT_TRUE(target);
  EXPECT_THAT(std::get<model::XdpTarget>(*target).interfaces, ElementsAre("eth0"));
  EXPECT_FALSE(target_in_section("xdp"));
  EXPECT_FALSE(target_in_section("xdp/"));
  EXPECT_FALSE(target_in_section("xdp/devmap"));
  EXPECT_FALSE(target_in_section("xdp/cpumap"));
  EXPECT_FALSE(target_in_section("tc/eth0"));
}

TEST(Sections, OfTheOtherExporterNameAPerfEvent) {
  const auto target = target_in_section("perf_event/type=1,config=0x2,frequency=99");
  ASSERT_TRUE(target);
  const auto& event = std::get<model::PerfEventTarget>(*target);
  EXPECT_EQ(event.type, "1");
  EXPECT_EQ(event.event, "2");
  EXPECT_EQ(event.frequency, 99u);
  EXPECT_FALSE(event.period);
  const auto by_period = target_in_section("perf_event/period=1000,type=0,config=3");
  ASSERT_TRUE(by_period);
  EXPECT_EQ(std::get<model::PerfEventTarget>(*by_period).period, 1000u);
  for (const char* section :
       {"perf_event", "perf_event/", "perf_event/type=1", "perf_event/type=1,config=2",
        "perf_event/type=1,config=x,frequency=99",
        "perf_event/type=1,config=2,frequency=99,period=1", "perf_event/type,config,frequency"}) {
    EXPECT_FALSE(target_in_section(section)) << section;
  }
}

TEST(Sections, OfProbesNameABinaryAndAFunction) {
  const auto target = target_in_section("uprobe//usr/bin/app:example.org/x.(*Server).handle");
  ASSERT_TRUE(target);
  const auto& probe = std::get<model::UprobeTarget>(*target);
  EXPECT_EQ(probe.binary, "/usr/bin/app");
  EXPECT_EQ(probe.symbol, "example.org/x.(*Server).handle");
  EXPECT_EQ(probe.offset, 0u);
  EXPECT_FALSE(probe.return_probe);
  EXPECT_EQ(probe.pid, -1);
  const auto behind = target_in_section("uretprobe.multi.s/libc.so.6:mal*+0x10");
  ASSERT_TRUE(behind);
  EXPECT_EQ(std::get<model::UprobeTarget>(*behind).symbol, "mal*");
  EXPECT_EQ(std::get<model::UprobeTarget>(*behind).offset, 16u);
  EXPECT_TRUE(std::get<model::UprobeTarget>(*behind).return_probe);
  const auto plus = target_in_section("uprobe/x:operator+");
  ASSERT_TRUE(plus);
  EXPECT_EQ(std::get<model::UprobeTarget>(*plus).symbol, "operator+");
  for (const char* section : {"uprobe", "uprobe/x", "uprobe/:f", "uprobe/x:", "uprobe/x:+1",
                              "uprobes/x:f", "usdt/x:p", "usdt/x::n", "usdt/x:p:"}) {
    EXPECT_FALSE(target_in_section(section)) << section;
  }
  const auto usdt = target_in_section("usdt/libc.so.6:libc:setjmp");
  ASSERT_TRUE(usdt);
  EXPECT_EQ(std::get<model::UsdtTarget>(*usdt).binary, "libc.so.6");
  EXPECT_EQ(std::get<model::UsdtTarget>(*usdt).provider, "libc");
  EXPECT_EQ(std::get<model::UsdtTarget>(*usdt).name, "setjmp");
}

TEST(Targets, FitTheTypesTheyAreMadeFor) {
  EXPECT_TRUE(target_fits(model::XdpTarget{}, "xdp"));
  EXPECT_FALSE(target_fits(model::XdpTarget{}, "tracepoint"));
  EXPECT_TRUE(target_fits(model::TcTarget{}, "sched_cls"));
  EXPECT_FALSE(target_fits(model::TcTarget{}, "xdp"));
  EXPECT_TRUE(target_fits(model::CgroupTarget{}, "cgroup_skb"));
  EXPECT_TRUE(target_fits(model::CgroupTarget{}, "cgroup_sock_addr"));
  EXPECT_TRUE(target_fits(model::CgroupTarget{}, "sock_ops"));
  EXPECT_FALSE(target_fits(model::CgroupTarget{}, "kprobe"));
  EXPECT_TRUE(target_fits(model::PerfEventTarget{}, "perf_event"));
  EXPECT_FALSE(target_fits(model::PerfEventTarget{}, "kprobe"));
  EXPECT_TRUE(target_fits(model::UprobeTarget{}, "kprobe"));
  EXPECT_TRUE(target_fits(model::UsdtTarget{}, "kprobe"));
  EXPECT_FALSE(target_fits(model::UsdtTarget{}, "tracing"));
  EXPECT_TRUE(target_fits(model::NetnsTarget{}, "sk_lookup"));
  EXPECT_TRUE(target_fits(model::NetnsTarget{}, "flow_dissector"));
  EXPECT_FALSE(target_fits(model::NetnsTarget{}, "kprobe"));
}

TEST(Targets, AreCalledAsInAConfiguration) {
  EXPECT_EQ(target_kind(model::XdpTarget{}), "xdp");
  EXPECT_EQ(target_kind(model::TcTarget{}), "tc");
  EXPECT_EQ(target_kind(model::CgroupTarget{}), "cgroup");
  EXPECT_EQ(target_kind(model::PerfEventTarget{}), "perf_event");
  EXPECT_EQ(target_kind(model::UprobeTarget{}), "uprobe");
  EXPECT_EQ(target_kind(model::UsdtTarget{}), "usdt");
  EXPECT_EQ(target_kind(model::NetnsTarget{}), "netns");
}

TEST(Targets, CanBeWrittenByTheExampleInTheHint) {
  EXPECT_THAT(how_to_attach("xdp", "xdp"), HasSubstr("xdp: { interfaces:"));
  EXPECT_THAT(how_to_attach("sched_cls", "tc"), HasSubstr("tc: { interfaces:"));
  EXPECT_THAT(how_to_attach("cgroup_skb", "cgroup_skb/egress"), HasSubstr("cgroup: { path:"));
  EXPECT_THAT(how_to_attach("perf_event", "perf_event"), HasSubstr("perf_event: { type:"));
  EXPECT_THAT(how_to_attach("kprobe", "uprobe"), HasSubstr("uprobe: { binary:"));
  EXPECT_THAT(how_to_attach("kprobe", "usdt"), HasSubstr("usdt: { binary:"));
  EXPECT_THAT(how_to_attach("sk_lookup", "sk_lookup"), HasSubstr("netns: { path:"));
  EXPECT_EQ(how_to_attach("sk_msg", "sk_msg"), "");
}

}  // namespace
}  // namespace bpfmap::kernel
