// SPDX-License-Identifier: Apache-2.0
#include <variant>

#include "unit/decode/plan_fixture.h"

// What a configuration wants with programs.
namespace bpfmap::decode {
namespace {

class CompilePrograms : public PlanTest {
 protected:
  CompilePrograms() {
    maps_ = {array_map(number("u64"), 1)};
    programs_ = {{"on_switch", "tp_btf/sched_switch", "tracing", true}};
  }

  // With the value of `programs`, whose braces are at columns 11 and 13 of line 3.
  std::vector<kernel::ProgramRequest> programs(const std::string& programs) {
    names_ = {};
    return compile("object: test.bpf.o\nmaps: [ { map: m, metrics: [ { gauge: g } ] } ]\n" +
                   (programs.empty() ? "" : "programs: { " + programs + " }\n"))
        .programs;
  }

  // What is said about a program without a target, of this section and type.
  std::vector<std::string> unattached(const std::string& section, const std::string& type) {
    programs_ = {{"count", section, type, false}};
    programs("");
    return messages_;
  }
};

TEST_F(CompilePrograms, WhatIsNotNamedIsNotRequested) {
  EXPECT_THAT(programs(""), IsEmpty());
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(CompilePrograms, LoadAndRequired) {
  programs_ = {{"a", "tp_btf/x", "tracing", true},
               {"b", "tp_btf/x", "tracing", true},
               {"c", "xdp", "xdp", false}};
  const auto requests = programs("c: { load: false }, a: { required: false }, b: ");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].name, "a");
  EXPECT_TRUE(requests[0].load);
  EXPECT_FALSE(requests[0].required);
  EXPECT_EQ(requests[1].name, "b");
  EXPECT_TRUE(requests[1].load && requests[1].required);
  EXPECT_EQ(requests[2].name, "c");
  EXPECT_FALSE(requests[2].load);
  for (const auto& request : requests) EXPECT_THAT(request.targets, IsEmpty());
}

TEST_F(CompilePrograms, Xdp) {
  programs_ = {{"count", "xdp", "xdp", false}};
  for (const auto& [word, mode] :
       {std::pair{"auto", model::XdpMode::kAuto}, std::pair{"generic", model::XdpMode::kGeneric},
        std::pair{"native", model::XdpMode::kNative},
        std::pair{"offload", model::XdpMode::kOffload}}) {
    const auto requests = programs(
        "count: { attach: { xdp: { interfaces: [ eth0, \"veth*\" ], mode: " + std::string(word) +
        " } } }");
    ASSERT_EQ(requests.size(), 1U);
    ASSERT_EQ(requests[0].targets.size(), 1U);
    const auto& xdp = std::get<model::XdpTarget>(requests[0].targets[0]);
    EXPECT_THAT(xdp.interfaces, ElementsAre("eth0", "veth*"));
    EXPECT_EQ(xdp.mode, mode);
  }
}

TEST_F(CompilePrograms, SeveralTargets) {
  programs_ = {{"count", "tc", "sched_cls", false}};
  const auto requests = programs(
      "count: { attach: [ tc: { interfaces: lo }, tc: { interfaces: lo, direction: egress,"
      " priority: 7 } ] }");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(requests.size(), 1U);
  ASSERT_EQ(requests[0].targets.size(), 2U);
  const auto& first = std::get<model::TcTarget>(requests[0].targets[0]);
  EXPECT_THAT(first.interfaces, ElementsAre("lo"));
  EXPECT_EQ(first.direction, model::TcDirection::kIngress);
  EXPECT_EQ(first.priority, 0U);
  const auto& second = std::get<model::TcTarget>(requests[0].targets[1]);
  EXPECT_EQ(second.direction, model::TcDirection::kEgress);
  EXPECT_EQ(second.priority, 7U);
}

TEST_F(CompilePrograms, PerfEventsAreKnownByName) {
  programs_ = {{"count", "perf_event", "perf_event", false}};
  const auto said = [&](const std::string& event) {
    programs("count: { attach: { perf_event: { period: 1, " + event + " } } }");
    return messages_;
  };
  EXPECT_THAT(said("type: software, event: cpu-clok"),
              ElementsAre("error 3:80 unknown software event 'cpu-clok' (did you mean "
                          "'cpu-clock'?)"));
  EXPECT_THAT(said("type: software, event: bogus"),
              ElementsAre(StartsWith("error 3:80 unknown software event 'bogus' (one of: ")));
  EXPECT_THAT(said("type: hw_cache, event: LLC-load-mises"),
              ElementsAre(HasSubstr("(did you mean 'LLC-load-misses'?)")));
  EXPECT_THAT(said("type: 7, event: cpu-clock"),
              ElementsAre(HasSubstr("unknown 7 event 'cpu-clock' (events of this type are "
                                    "numbers)")));
  for (const std::string good : {"type: 1, event: cpu-clock", "type: raw, event: r1a8",
                                 "type: 7, event: 0x10", "type: software, event: 4711"}) {
    EXPECT_THAT(said(good), IsEmpty()) << good;
  }
}

TEST_F(CompilePrograms, AWrongEventOfEachTargetIsReported) {
  programs_ = {{"count", "perf_event", "perf_event", false}};
  programs(
      "count: { attach: [ perf_event: { type: software, event: a-fault, period: 1 }, perf_event: "
      "{ type: hardware, event: bogus, period: 1 } ] }");
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("software event 'a-fault'"),
                                     HasSubstr("hardware event 'bogus'")));
}

TEST_F(CompilePrograms, TheOtherTargets) {
  programs_ = {{"group", "cgroup_skb/egress", "cgroup_skb", false},
               {"event", "perf_event", "perf_event", false},
               {"probe", "uprobe", "kprobe", false},
               {"gc", "usdt", "kprobe", false},
               {"lookup", "sk_lookup", "sk_lookup", false}};
  const auto requests = programs(
      "group: { attach: { cgroup: /sys/fs/cgroup/x } },\n"
      "  event: { attach: { perf_event: { type: software, event: cpu-clock, frequency: 99 } } },\n"
      "  probe: { attach: { uprobe: { binary: libc.so.6, symbol: malloc, offset: 4, return: true,"
      " pid: 12 } } },\n"
      "  gc: { attach: { usdt: { binary: /usr/bin/ruby, provider: ruby, name: gc, pid: 13 } } },\n"
      "  lookup: { attach: { netns: { path: /run/netns/x } } }");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(requests.size(), 5U);
  EXPECT_EQ(std::get<model::CgroupTarget>(requests[0].targets.at(0)).path, "/sys/fs/cgroup/x");
  const auto& event = std::get<model::PerfEventTarget>(requests[1].targets.at(0));
  EXPECT_EQ(event.type, "software");
  EXPECT_EQ(event.event, "cpu-clock");
  EXPECT_EQ(event.frequency, 99U);
  EXPECT_FALSE(event.period.has_value());
  const auto& probe = std::get<model::UprobeTarget>(requests[2].targets.at(0));
  EXPECT_EQ(probe.binary, "libc.so.6");
  EXPECT_EQ(probe.symbol, "malloc");
  EXPECT_EQ(probe.offset, 4U);
  EXPECT_TRUE(probe.return_probe);
  EXPECT_EQ(probe.pid, 12);
  const auto& gc = std::get<model::UsdtTarget>(requests[3].targets.at(0));
  EXPECT_EQ(gc.binary, "/usr/bin/ruby");
  EXPECT_EQ(gc.provider, "ruby");
  EXPECT_EQ(gc.name, "gc");
  EXPECT_EQ(gc.pid, 13);
  EXPECT_EQ(std::get<model::NetnsTarget>(requests[4].targets.at(0)).path, "/run/netns/x");
}

// The message says what to write; what it says compiles.
TEST_F(CompilePrograms, WhatCannotAttachBySectionSaysWhatToWrite) {
  const std::pair<const char*, const char*> kinds[] = {{"xdp", "xdp"},
                                                       {"tc", "sched_cls"},
                                                       {"classifier", "sched_cls"},
                                                       {"cgroup/skb", "cgroup_skb"},
                                                       {"sockops", "sock_ops"},
                                                       {"perf_event", "perf_event"},
                                                       {"uprobe", "kprobe"},
                                                       {"uretprobe", "kprobe"},
                                                       {"usdt", "kprobe"}};
  for (const auto& [section, type] : kinds) {
    const std::vector<std::string> messages = unattached(section, type);
    ASSERT_EQ(messages.size(), 1U) << section;
    const std::string begin = std::string("error 1:9 program 'count' (SEC(\"") + section +
                              "\")) does not say what to attach to; write programs: { ";
    ASSERT_THAT(messages[0], StartsWith(begin));
    const std::string advice = messages[0].substr(begin.size());
    programs(advice.substr(0, advice.size() - 2));
    EXPECT_THAT(messages_, IsEmpty()) << advice;
  }
  EXPECT_THAT(
      unattached("xdp", "xdp"),
      ElementsAre("error 1:9 program 'count' (SEC(\"xdp\")) does not say what to attach to;"
                  " write programs: { count: { attach: { xdp: { interfaces: [eth0] } } } }"));
}

TEST_F(CompilePrograms, WhatCannotBeAttachedAtAllCanBeLeftOut) {
  EXPECT_THAT(unattached("struct_ops", "struct_ops"),
              ElementsAre("error 1:9 program 'count' (SEC(\"struct_ops\")) does not say what to"
                          " attach to; leave it out with 'load: false'"));
  programs("count: { load: false }");
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(CompilePrograms, ANamedProgramWithoutATargetIsReportedAtItsName) {
  programs_ = {{"count", "xdp", "xdp", false}};
  programs("count: { load: true }");
  EXPECT_THAT(messages_, ElementsAre(StartsWith("error 3:13 program 'count' (SEC(\"xdp\")) does not"
                                                " say what to attach to; write ")));
  programs("count: { required: false }");
  EXPECT_THAT(messages_, ElementsAre(StartsWith("warning 3:13 program 'count' (SEC(\"xdp\")) does"
                                                " not say what to attach to; write ")));
  EXPECT_FALSE(failed_);
}

std::vector<std::size_t> sets_of(const kernel::ProgramRequest& request) {
  return request.alternative ? request.alternative->sets : std::vector<std::size_t>();
}

TEST_F(CompilePrograms, Alternatives) {
  programs_ = {{"a", "tp_btf/x", "tracing", true},
               {"b", "tp_btf/y", "tracing", true},
               {"c", "raw_tp/x", "raw_tracepoint", true, false},
               {"d", "raw_tp/z", "raw_tracepoint", true}};
  const auto requests = programs("one_of: [[a, b], [c, b]], a: { required: false }");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(requests.size(), 3U) << "d is no alternative";
  EXPECT_THAT(sets_of(requests[0]), ElementsAre(0U));
  EXPECT_THAT(sets_of(requests[1]), ElementsAre(0U, 1U));
  EXPECT_THAT(sets_of(requests[2]), ElementsAre(1U));
  EXPECT_FALSE(requests[0].required);
  EXPECT_TRUE(requests[1].required);
  EXPECT_TRUE(requests[2].load) << "named, it is loaded though its section says SEC(\"?...\")";
}

TEST_F(CompilePrograms, AlternativesThatDoNotExist) {
  programs_ = {{"a", "tp_btf/x", "tracing", true}, {"c", "raw_tp/y", "raw_tracepoint", true}};
  const auto requests = programs("one_of: [[aa], [a, nothing], [a], [c]]");
  EXPECT_THAT(messages_,
              ElementsAre("warning 3:23 no program 'aa' in test.bpf.o (did you mean 'a'?): this "
                          "set of 'one_of' is passed over",
                          StartsWith("warning 3:32 no program 'nothing' in test.bpf.o")));
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_THAT(sets_of(requests[0]), ElementsAre(0U));
  EXPECT_THAT(sets_of(requests[1]), ElementsAre(1U));
  programs("one_of: [[aa], [cc]]");
  EXPECT_THAT(messages_, ElementsAre(StartsWith("error 3:23 no program 'aa'"),
                                     StartsWith("error 3:29 no program 'cc'")));
}

TEST_F(CompilePrograms, TwoAtOnePlace) {
  programs_ = {{"in", "fentry/f", "tracing", true},
               {"out", "fexit/f", "tracing", true},
               {"probe", "kprobe/f", "kprobe", true}};
  programs("");
  EXPECT_THAT(messages_,
              ElementsAre("warning 1:9 programs 'in' (SEC(\"fentry/f\")) and 'probe' "
                          "(SEC(\"kprobe/f\")) both run at the entry of f: what both count is "
                          "counted twice; choose with programs: { one_of: [[in], [probe]] }, or "
                          "list both below programs if both are meant"));
  EXPECT_FALSE(failed_);
  for (const char* chosen :
       {"probe: { load: false }", "one_of: [[in, out], [probe]]", "in: , probe: "}) {
    programs(chosen);
    EXPECT_THAT(messages_, IsEmpty()) << chosen;
  }
  programs("one_of: [[in, probe], [out]]");
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("both run at the entry of f")));
}

TEST_F(CompilePrograms, WithoutATypeGetTheirTargets) {
  programs_ = {{"p", "my_prog", kernel::kUntyped, false}};
  auto requests = programs("p: { attach: { tc: { interfaces: lo } } }");
  EXPECT_THAT(messages_, IsEmpty());
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].targets.size(), 1U);
  programs("p: { attach: { cgroup: { path: /x, type: cgroup_skb/egress } } }");
  EXPECT_THAT(messages_, IsEmpty());
  programs("p: { attach: { cgroup: /x } }");
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("type: cgroup_skb/ingress")));
  programs("p: { attach: { cgroup: { path: /x, type: cgroup_skb } } }");
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("'cgroup_skb' is no type of a program of cgroups")));
  programs("p: { attach: [ { tc: { interfaces: lo } }, { xdp: { interfaces: lo } } ] }");
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("is of type sched_cls and cannot be attached to a "
                                               "target of kind xdp")));
  EXPECT_THAT(unattached("my_prog", kernel::kUntyped),
              ElementsAre(HasSubstr("its section says nothing of its type")));
}

TEST_F(CompilePrograms, SectionsOfTcNameTheDirection) {
  const auto ingress = [this](const std::string& section, const std::string& more) {
    programs_ = {{"p", section, "sched_cls", false}};
    const auto requests = programs("p: { attach: { tc: { interfaces: lo" + more + " } } }");
    return std::get<model::TcTarget>(requests.at(0).targets.at(0)).direction ==
           model::TcDirection::kIngress;
  };
  EXPECT_TRUE(ingress("tc", ""));
  EXPECT_FALSE(ingress("tc/egress", ""));
  EXPECT_TRUE(ingress("classifier/ingress", ""));
  EXPECT_TRUE(ingress("tc/egress", ", direction: ingress"));
  EXPECT_FALSE(ingress("tc", ", direction: egress"));
}

TEST_F(CompilePrograms, TargetsThatDoNotFit) {
  programs_ = {{"count", "xdp", "xdp", false},
               {"sw", "tp_btf/sched_switch", "tracing", true},
               {"ops", "struct_ops", "struct_ops", false}};
  programs(
      "count: { attach: { tc: { interfaces: lo } } },\n"
      "  sw: { attach: { cgroup: /x } },\n"
      "  ops: { attach: { xdp: { interfaces: lo } } }");
  EXPECT_THAT(
      messages_,
      ElementsAre(
          "error 3:32 program 'count' (SEC(\"xdp\")) is of type xdp and cannot be attached"
          " to a target of kind tc; write attach: { xdp: { interfaces: [eth0] } }",
          "error 4:19 program 'sw' (SEC(\"tp_btf/sched_switch\")) is of type tracing and"
          " cannot be attached to a target of kind cgroup; leave 'attach' out, its section"
          " says it all",
          "error 5:20 program 'ops' (SEC(\"struct_ops\")) is of type struct_ops and cannot be"
          " attached to a target of kind xdp"));
}

}  // namespace
}  // namespace bpfmap::decode
