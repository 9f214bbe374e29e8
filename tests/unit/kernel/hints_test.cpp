// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/hints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Lockdown = SystemState::Lockdown;

constexpr std::uint64_t capability(int number) { return std::uint64_t{1} << number; }
constexpr std::uint64_t kNetAdmin = capability(12);
constexpr std::uint64_t kSysAdmin = capability(21);
constexpr std::uint64_t kPerfmon = capability(38);
constexpr std::uint64_t kBpf = capability(39);

SystemState root() {
  SystemState state;
  state.capabilities = (std::uint64_t{1} << 41) - 1;
  state.kernel_major = 6;
  state.kernel_minor = 1;
  state.lockdown = Lockdown::kNone;
  return state;
}

SystemState with(std::uint64_t capabilities) {
  SystemState state = root();
  state.capabilities = capabilities;
  return state;
}

Refusal load(int code, std::string type, std::string section, bool verifier = false) {
  return {RefusedOperation::kLoadProgram, code, std::move(type), std::move(section), verifier};
}

Refusal attach(int code, std::string type, std::string section) {
  return {RefusedOperation::kAttach, code, std::move(type), std::move(section), false};
}

Refusal map(int code, std::string type) {
  return {RefusedOperation::kCreateMap, code, std::move(type), {}, false};
}

TEST(Hints, KnowWhatKernelsKeepForAdministrators) {
  SystemState state = with(kBpf | kPerfmon);
  state.uprobes = true;
  EXPECT_THAT(hint_for(attach(EACCES, "kprobe", "uprobe"), state),
              HasSubstr("want CAP_SYS_ADMIN for perf events of probes in binaries"));
  state.perf_event_paranoid = 2;
  EXPECT_THAT(hint_for(attach(EACCES, "perf_event", "perf_event"), state),
              Not(HasSubstr("CAP_SYS_ADMIN")));
  state.perf_event_paranoid = 3;
  EXPECT_THAT(
      hint_for(attach(EACCES, "perf_event", "perf_event"), state),
      HasSubstr("kernel.perf_event_paranoid is 3, which keeps perf events for CAP_SYS_ADMIN"));
  for (const char* section : {"tracepoint/a/b", "tp/a/b", "kprobe/f", "kretprobe/f"}) {
    EXPECT_THAT(hint_for(attach(EACCES, "kprobe", section), state),
                HasSubstr("kernel.perf_event_paranoid is 3"));
  }
}

TEST(Hints, NameTheCapabilitiesThatAreMissing) {
  EXPECT_THAT(hint_for(load(EPERM, "xdp", "xdp"), with(0)),
              HasSubstr("needs CAP_BPF and CAP_NET_ADMIN"));
  EXPECT_THAT(hint_for(load(EPERM, "tracing", "tp_btf/x"), with(0)),
              HasSubstr("needs CAP_BPF and CAP_PERFMON"));
  EXPECT_THAT(hint_for(load(EPERM, "tracing", "tp_btf/x"), with(kBpf)),
              AllOf(HasSubstr("needs CAP_PERFMON"), Not(HasSubstr("CAP_BPF"))));
  EXPECT_THAT(hint_for(load(EACCES, "cgroup_skb", "cgroup_skb/egress"), with(kBpf | kPerfmon)),
              HasSubstr("needs CAP_NET_ADMIN"));
  EXPECT_THAT(hint_for(map(EPERM, "hash"), with(kNetAdmin)),
              AllOf(HasSubstr("needs CAP_BPF"), Not(HasSubstr("CAP_NET_ADMIN"))));
  EXPECT_THAT(hint_for(map(EPERM, "hash"), with(0)), HasSubstr("AmbientCapabilities="));
}

TEST(Hints, TakeCapSysAdminForAll) {
  const Refusal refusal = load(EPERM, "xdp", "xdp");
  EXPECT_THAT(hint_for(refusal, with(kSysAdmin)), Not(HasSubstr("CAP_")));
}

TEST(Hints, MentionTheKnobsThatAreClosed) {
  SystemState state = with(0);
  state.unprivileged_bpf_disabled = 2;
  state.perf_event_paranoid = 3;
  EXPECT_THAT(hint_for(load(EPERM, "perf_event", "perf_event"), state),
              AllOf(HasSubstr("kernel.unprivileged_bpf_disabled is 2"),
                    HasSubstr("kernel.perf_event_paranoid is 3")));
  EXPECT_THAT(hint_for(map(EPERM, "hash"), state), Not(HasSubstr("perf_event_paranoid")));
}

TEST(Hints, OldKernelsKnowOnlyRoot) {
  SystemState state = with(0);
  state.kernel_major = 5;
  state.kernel_minor = 4;
  EXPECT_THAT(hint_for(load(EPERM, "xdp", "xdp"), state), HasSubstr("CAP_SYS_ADMIN"));
}

TEST(Hints, RootOfAUserNamespaceIsNotTheMachines) {
  SystemState state = root();
  state.user_namespace = true;
  EXPECT_THAT(hint_for(map(EPERM, "hash"), state), HasSubstr("user namespace"));
}

TEST(Hints, LockdownForbidsPatchingTheKernel) {
  SystemState state = root();
  state.lockdown = Lockdown::kIntegrity;
  for (const char* section : {"fentry/x", "fexit/x", "fmod_ret/x", "lsm/x", "kprobe/x"}) {
    EXPECT_THAT(hint_for(attach(EPERM, "tracing", section), state),
                HasSubstr("locked down (integrity)"))
        << section;
  }
  EXPECT_EQ(hint_for(attach(EPERM, "xdp", "xdp"), state), "");
  state.lockdown = Lockdown::kSomeLevel;
  EXPECT_THAT(hint_for(attach(EPERM, "tracing", "fentry/x"), state), HasSubstr("locked down and"));
  state.lockdown = Lockdown::kConfidentiality;
  EXPECT_THAT(hint_for(load(EPERM, "tracepoint", "tp/a/b"), state),
              HasSubstr("(confidentiality) and refuses programs that read kernel memory"));
  EXPECT_THAT(hint_for(load(EINVAL, "tracepoint", "tp/a/b", true), state),
              HasSubstr("(confidentiality)"));
  state.lockdown = Lockdown::kNone;
  EXPECT_THAT(hint_for(attach(EPERM, "tracing", "fentry/x"), state), Not(HasSubstr("locked")));
}

TEST(Hints, KernelsWithoutKprobes) {
  SystemState state = root();
  state.kprobes = false;
  for (const int code : {ENOENT, EINVAL, EPERM, EOPNOTSUPP}) {
    EXPECT_THAT(hint_for(attach(code, "kprobe", "kprobe/x"), state),
                HasSubstr("built without kprobes"));
  }
  EXPECT_THAT(hint_for(attach(ENOENT, "kprobe", "uprobe"), state),
              Not(HasSubstr("built without kprobes")));
  EXPECT_THAT(hint_for(attach(ENOENT, "kprobe", "kprobe/x"), root()),
              HasSubstr("no such function that can be probed"));
}

TEST(Hints, MissingKernelBtf) {
  SystemState state = root();
  state.kernel_btf = false;
  EXPECT_THAT(hint_for(load(ESRCH, "tracing", "tp_btf/x"), state), HasSubstr("has no BTF"));
  EXPECT_THAT(hint_for({RefusedOperation::kLoadObject, ESRCH, {}, {}, false}, state),
              HasSubstr("has no BTF"));
  EXPECT_THAT(hint_for(load(ESRCH, "tracing", "tp_btf/x"), root()),
              HasSubstr("no such tracepoint"));
  EXPECT_THAT(hint_for(load(ESRCH, "tracing", "fentry/x"), root()), HasSubstr("no such function"));
  EXPECT_THAT(hint_for(load(524, "tracing", "fentry/x"), root()), HasSubstr("no BPF trampolines"));
}

TEST(Hints, InactiveBpfLsm) {
  SystemState state = root();
  state.bpf_lsm = false;
  EXPECT_THAT(hint_for(attach(EINVAL, "lsm", "lsm/file_open"), state), HasSubstr("lsm=...,bpf"));
}

TEST(Hints, UnmountedTracefs) {
  SystemState state = root();
  state.tracefs = SystemState::Tracefs::kNotMounted;
  EXPECT_THAT(hint_for(attach(ENOENT, "tracepoint", "tracepoint/a/b"), state),
              HasSubstr("mount -t tracefs"));
  EXPECT_THAT(hint_for(attach(ENOENT, "tracepoint", "tp/a/b"), root()),
              HasSubstr("no such tracepoint"));
  EXPECT_THAT(hint_for(attach(EACCES, "tracepoint", "tp/a/b"), with(kBpf | kPerfmon)),
              HasSubstr("CAP_DAC_READ_SEARCH"));
  // Not every libbpf says why it could not read the number.
  SystemState closed = with(kBpf | kPerfmon);
  closed.tracefs = SystemState::Tracefs::kClosed;
  EXPECT_THAT(hint_for(attach(ENOENT, "tracepoint", "tp/a/b"), closed),
              AllOf(HasSubstr("CAP_DAC_READ_SEARCH"), HasSubstr("gid=GROUP")));
}

TEST(Hints, Uprobes) {
  EXPECT_THAT(hint_for(attach(ENOENT, "kprobe", "uprobe"), root()), HasSubstr("nm -D"));
  EXPECT_THAT(hint_for(attach(ENOENT, "kprobe", "usdt"), root()), HasSubstr("readelf -n"));
  EXPECT_THAT(hint_for(attach(ESRCH, "kprobe", "uprobe"), root()), HasSubstr("no such process"));
  EXPECT_THAT(hint_for(attach(EOPNOTSUPP, "kprobe", "usdt"), root()), HasSubstr("need a pid"));
  SystemState state = root();
  state.uprobes = false;
  EXPECT_THAT(hint_for(attach(ENOENT, "kprobe", "uprobe"), state), HasSubstr("without uprobes"));
}

TEST(Hints, PerfEvents) {
  EXPECT_THAT(hint_for(attach(ENOENT, "perf_event", "perf_event"), root()),
              HasSubstr("software events such as cpu-clock"));
  EXPECT_THAT(hint_for(attach(EINVAL, "perf_event", "perf_event"), root()),
              HasSubstr("perf_event_max_sample_rate"));
}

TEST(Hints, Networking) {
  EXPECT_THAT(hint_for(attach(EOPNOTSUPP, "xdp", "xdp"), root()), HasSubstr("mode: generic"));
  EXPECT_THAT(hint_for(attach(EINVAL, "xdp", "xdp"), root()), HasSubstr("mode: generic"));
  EXPECT_THAT(hint_for(attach(ENOENT, "sched_cls", "tc"), root()), HasSubstr("CONFIG_NET_CLS_BPF"));
  EXPECT_THAT(hint_for(attach(E2BIG, "flow_dissector", "netns"), root()),
              HasSubstr("takes one flow dissector"));
  EXPECT_EQ(hint_for(attach(E2BIG, "sk_lookup", "netns"), root()), "");
  EXPECT_THAT(hint_for(attach(EPERM, "cgroup_skb", "cgroup"), root()),
              HasSubstr("attached exclusively"));
}

TEST(Hints, Maps) {
  EXPECT_THAT(hint_for(map(ENOMEM, "hash"), root()), HasSubstr("max_entries"));
  EXPECT_THAT(hint_for(map(E2BIG, "hash"), root()), HasSubstr("larger than"));
  EXPECT_THAT(hint_for(map(EINVAL, "arena"), root()),
              HasSubstr("this kernel (6.1) may not know maps of type arena"));
  Refusal refusal = map(EINVAL, "hash");
  refusal.parameters = "key_size 0";
  refusal.type_is_known = true;
  EXPECT_EQ(hint_for(refusal, root()),
            "this kernel (6.1) makes maps of type hash, but not like this: key_size 0");
  refusal.type_is_known = false;
  EXPECT_EQ(hint_for(refusal, root()), "this kernel (6.1) has no maps of type hash");
}

TEST(Hints, LockedMemoryOfOldKernels) {
  SystemState state = root();
  state.kernel_major = 5;
  state.kernel_minor = 10;
  state.memlock_bytes = 65536;
  EXPECT_THAT(hint_for(map(EPERM, "hash"), state), HasSubstr("65536 bytes"));
  state.kernel_minor = 11;
  EXPECT_EQ(hint_for(map(EPERM, "hash"), state), "");
}

TEST(Hints, TheVerifiersWordsSpeakForThemselves) {
  EXPECT_THAT(hint_for(load(EACCES, "xdp", "xdp", true), with(kBpf)), HasSubstr("verifier"));
}

TEST(Hints, AreOneLineOrNothing) {
  const std::vector<std::string> types{"xdp", "tracing", "kprobe", "sched_cls", "hash", "lsm"};
  const std::vector<std::string> sections{"", "xdp", "kprobe/x", "fentry/x", "usdt", "perf_event"};
  for (int operation = 0; operation < 4; ++operation) {
    for (int code = 1; code < 140; ++code) {
      for (const std::string& type : types) {
        for (const std::string& section : sections) {
          const Refusal refusal{static_cast<RefusedOperation>(operation), code, type, section,
                                false};
          EXPECT_THAT(hint_for(refusal, root()), Not(HasSubstr("\n")));
          EXPECT_THAT(hint_for(refusal, with(0)), Not(HasSubstr("\n")));
        }
      }
    }
  }
}

}  // namespace
}  // namespace bpfmap::kernel
