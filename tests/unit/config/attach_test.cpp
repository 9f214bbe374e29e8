// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "parse_text.h"

namespace bpfmap::config {
namespace {

using testing::IsEmpty;

const std::string attach_map = "maps: [{map: m, metrics: [{counter: c}]}]\n";

// `attach` stands in line 3, column 26.
std::string attach_file(const std::string& attach) {
  return "object: x\n" + attach_map + "programs: { p: { attach: " + attach + " } }\n";
}

std::vector<AttachConfig> parse_attached(const std::string& attach) {
  const ParsedText parsed = parse_text(attach_file(attach));
  EXPECT_THAT(parsed.messages, IsEmpty()) << attach;
  EXPECT_EQ(parsed.config.programs.size(), 1U);
  return parsed.config.programs.at(0).attach;
}

template <typename T>
T only(const std::string& attach) {
  const auto attached = parse_attached(attach);
  EXPECT_EQ(attached.size(), 1U);
  return std::get<T>(attached.at(0).target);
}

TEST(Attach, Xdp) {
  const auto xdp = only<model::XdpTarget>("{ xdp: { interfaces: [eth0, 'veth*'], mode: native } }");
  EXPECT_EQ(xdp.interfaces, (std::vector<std::string>{"eth0", "veth*"}));
  EXPECT_EQ(xdp.mode, model::XdpMode::kNative);
}

TEST(Attach, XdpByDefault) {
  const auto xdp = only<model::XdpTarget>("{ xdp: { interfaces: eth0 } }");
  EXPECT_EQ(xdp.interfaces, std::vector<std::string>{"eth0"});
  EXPECT_EQ(xdp.mode, model::XdpMode::kAuto);
}

TEST(Attach, XdpModes) {
  const auto mode = [](const std::string& name) {
    return only<model::XdpTarget>("{ xdp: { interfaces: a, mode: " + name + " } }").mode;
  };
  EXPECT_EQ(mode("auto"), model::XdpMode::kAuto);
  EXPECT_EQ(mode("generic"), model::XdpMode::kGeneric);
  EXPECT_EQ(mode("offload"), model::XdpMode::kOffload);
}

TEST(Attach, Tc) {
  const auto tc =
      only<model::TcTarget>("{ tc: { interfaces: [eth0], direction: egress, priority: 0x10 } }");
  EXPECT_EQ(tc.interfaces, std::vector<std::string>{"eth0"});
  EXPECT_EQ(tc.direction, model::TcDirection::kEgress);
  EXPECT_EQ(tc.priority, 16U);
}

TEST(Attach, TcByDefault) {
  const auto tc = only<model::TcTarget>("{ tc: { interfaces: eth0 } }");
  EXPECT_EQ(tc.direction, model::TcDirection::kBySection) << "that of the section";
  EXPECT_EQ(tc.priority, 0U);
}

TEST(Attach, Cgroup) {
  EXPECT_EQ(only<model::CgroupTarget>("{ cgroup: /a }").path, "/a");
  EXPECT_EQ(only<model::CgroupTarget>("{ cgroup: { path: /b } }").path, "/b");
}

TEST(Attach, PerfEvent) {
  const auto event = only<model::PerfEventTarget>(
      "{ perf_event: { type: software, event: cpu-clock, frequency: 99 } }");
  EXPECT_EQ(event.type, "software");
  EXPECT_EQ(event.event, "cpu-clock");
  EXPECT_EQ(event.frequency, 99U);
  EXPECT_EQ(event.period, std::nullopt);
}

TEST(Attach, PerfEventByNumber) {
  const auto event =
      only<model::PerfEventTarget>("{ perf_event: { type: 4, event: 0x1a8, period: 1000000 } }");
  EXPECT_EQ(event.type, "4");
  EXPECT_EQ(event.event, "0x1a8");
  EXPECT_EQ(event.frequency, std::nullopt);
  EXPECT_EQ(event.period, 1000000U);
}

TEST(Attach, Uprobe) {
  const auto probe = only<model::UprobeTarget>(
      "{ uprobe: { binary: libc.so.6, symbol: malloc, offset: 4, return: true, pid: 7 } }");
  EXPECT_EQ(probe.binary, "libc.so.6");
  EXPECT_EQ(probe.symbol, "malloc");
  EXPECT_EQ(probe.offset, 4U);
  EXPECT_TRUE(probe.return_probe);
  EXPECT_EQ(probe.pid, 7);
}

TEST(Attach, UprobeByDefault) {
  const auto probe = only<model::UprobeTarget>("{ uprobe: { binary: a, offset: 0x10 } }");
  EXPECT_EQ(probe.symbol, "");
  EXPECT_EQ(probe.offset, 16U);
  EXPECT_FALSE(probe.return_probe);
  EXPECT_EQ(probe.pid, -1);
}

TEST(Attach, Usdt) {
  const auto probe =
      only<model::UsdtTarget>("{ usdt: { binary: a, provider: b, name: c, pid: 1 } }");
  EXPECT_EQ(probe.binary, "a");
  EXPECT_EQ(probe.provider, "b");
  EXPECT_EQ(probe.name, "c");
  EXPECT_EQ(probe.pid, 1);
}

TEST(Attach, Netns) {
  EXPECT_EQ(only<model::NetnsTarget>("{ netns: { path: /run/netns/x } }").path, "/run/netns/x");
  EXPECT_EQ(only<model::NetnsTarget>("{ netns: {} }").path, "") << "the own one";
}

TEST(Attach, MoreThanOnce) {
  const auto attached =
      parse_attached("[{ cgroup: /a }, { cgroup: /b }, { xdp: { interfaces: c } }]");
  ASSERT_EQ(attached.size(), 3U);
  EXPECT_EQ(attached[0].named_at, (Position{3, 37}));
  EXPECT_EQ(std::get<model::CgroupTarget>(attached[1].target).path, "/b");
  EXPECT_EQ(attached[1].at, (Position{3, 45}));
}

struct AttachCase {
  std::string name;
  std::string attach;
  std::vector<std::string> messages;
};

// Test runners list what a case prints; its texts would be too much.
void PrintTo(const AttachCase& one, std::ostream* out) { *out << one.name; }

class AttachError : public testing::TestWithParam<AttachCase> {};

TEST_P(AttachError, IsReported) {
  EXPECT_EQ(parse_text(attach_file(GetParam().attach)).messages, GetParam().messages)
      << attach_file(GetParam().attach);
}

const std::string needs_rate =
    "'perf_event' needs either 'frequency' (samples per second) or 'period' (events per sample)";

INSTANTIATE_TEST_SUITE_P(
    All, AttachError,
    testing::Values(
        AttachCase{"Text",
                   "eth0",
                   {"3:26 attach: expected a mapping or a list of mappings, found 'eth0'"}},
        AttachCase{"EmptyList",
                   "[]",
                   {"3:26 attach: must not be empty (to leave the program out: load: false)"}},
        AttachCase{
            "EmptyMapping",
            "{}",
            {"3:26 attach: expected one of xdp, tc, cgroup, perf_event, uprobe, usdt, netns, found "
             "a mapping"}},
        AttachCase{"TextInList", "[eth0]", {"3:27 attach: expected a mapping, found 'eth0'"}},
        AttachCase{"UnknownKind",
                   "{ xpd: {} }",
                   {"3:28 unknown key 'xpd' in 'attach' (did you mean 'xdp'?)"}},
        AttachCase{
            "TwoKinds",
            "{ cgroup: /a, xdp: { interfaces: a } }",
            {"3:40 an attachment has one kind; write a list to attach a program more than once"}},
        AttachCase{"XdpText", "{ xdp: eth0 }", {"3:33 xdp: expected a mapping, found 'eth0'"}},
        AttachCase{"XdpUnknownKey",
                   "{ xdp: { interface: a, interfaces: b } }",
                   {"3:35 unknown key 'interface' in 'xdp' (did you mean 'interfaces'?)"}},
        AttachCase{"XdpNoInterfaces", "{ xdp: {} }", {"3:33 'xdp' needs 'interfaces'"}},
        AttachCase{"XdpEmptyInterfaces",
                   "{ xdp: { interfaces: [] } }",
                   {"3:47 interfaces: must not be empty"}},
        AttachCase{"XdpEmptyInterface",
                   "{ xdp: { interfaces: [a, ''] } }",
                   {"3:51 interfaces: must not be empty"}},
        AttachCase{"XdpMappingOfInterfaces",
                   "{ xdp: { interfaces: { a: b } } }",
                   {"3:47 interfaces: expected text or a list of texts, found a mapping"}},
        AttachCase{"XdpListOfLists",
                   "{ xdp: { interfaces: [[a]] } }",
                   {"3:48 interfaces: expected text, found a list"}},
        AttachCase{"XdpMode",
                   "{ xdp: { interfaces: a, mode: genric } }",
                   {"3:56 mode: unknown value 'genric' (did you mean 'generic'?)"}},
        AttachCase{
            "TcNoInterfaces", "{ tc: { direction: ingress } }", {"3:32 'tc' needs 'interfaces'"}},
        AttachCase{"TcDirection",
                   "{ tc: { interfaces: a, direction: in } }",
                   {"3:60 direction: unknown value 'in' (one of: ingress, egress)"}},
        AttachCase{"TcPriority",
                   "{ tc: { interfaces: a, priority: 65536 } }",
                   {"3:59 priority: expected a whole number from 0 to 65535, found '65536'"}},
        AttachCase{"CgroupList",
                   "{ cgroup: [/a] }",
                   {"3:36 cgroup: expected a path or { path: ... }, found a list"}},
        AttachCase{"CgroupEmpty", "{ cgroup: '' }", {"3:36 cgroup: must not be empty"}},
        AttachCase{"CgroupNoPath", "{ cgroup: {} }", {"3:36 'cgroup' needs 'path'"}},
        AttachCase{"PerfEventEmpty",
                   "{ perf_event: {} }",
                   {"3:40 " + needs_rate, "3:40 'perf_event' needs 'type'",
                    "3:40 'perf_event' needs 'event'"}},
        AttachCase{"PerfEventBothRates",
                   "{ perf_event: { type: raw, event: 1, frequency: 1, period: 1 } }",
                   {"3:40 " + needs_rate}},
        AttachCase{"PerfEventType",
                   "{ perf_event: { type: softwar, event: a, frequency: 1 } }",
                   {"3:48 type: unknown value 'softwar' (did you mean 'software'?)"}},
        AttachCase{
            "PerfEventFrequency",
            "{ perf_event: { type: raw, event: 1, frequency: 0 } }",
            {"3:74 frequency: expected a whole number from 1 to 18446744073709551615, found '0'"}},
        AttachCase{
            "PerfEventPeriod",
            "{ perf_event: { type: raw, event: 1, period: 1s } }",
            {"3:71 period: expected a whole number from 1 to 18446744073709551615, found '1s'"}},
        AttachCase{"UprobeNoBinary", "{ uprobe: { symbol: a } }", {"3:36 'uprobe' needs 'binary'"}},
        AttachCase{"UprobeNoPlace",
                   "{ uprobe: { binary: a } }",
                   {"3:36 'uprobe' needs 'symbol', 'offset' or both"}},
        AttachCase{"UprobeReturn",
                   "{ uprobe: { binary: a, symbol: b, return: 1 } }",
                   {"3:68 return: expected true or false, found '1'"}},
        AttachCase{"UprobePid",
                   "{ uprobe: { binary: a, symbol: b, pid: 0 } }",
                   {"3:65 pid: expected a whole number from 1 to 2147483647, found '0'"}},
        AttachCase{"UsdtEmpty",
                   "{ usdt: {} }",
                   {"3:34 'usdt' needs 'binary'", "3:34 'usdt' needs 'provider'",
                    "3:34 'usdt' needs 'name'"}},
        AttachCase{"NetnsText",
                   "{ netns: /run/netns/x }",
                   {"3:35 netns: expected a mapping, found '/run/netns/x'"}},
        AttachCase{"NetnsNothing", "{ netns: }", {"3:28 netns: expected a mapping, found nothing"}},
        AttachCase{"NetnsEmpty", "{ netns: { path: '' } }", {"3:43 path: must not be empty"}},
        AttachCase{"NetnsUnknownKey",
                   "{ netns: { name: x } }",
                   {"3:37 unknown key 'name' in 'netns' (one of: path)"}}),
    name_of<AttachCase>);

}  // namespace
}  // namespace bpfmap::config
