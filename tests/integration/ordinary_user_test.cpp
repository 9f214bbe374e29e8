// SPDX-License-Identifier: Apache-2.0
// A service without root: each kind of program, run by an ordinary user with the capabilities that
// docs/security.md lists for it and no others; and what is said where one of them is missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "integration/exporter_process.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/network_namespace.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr int kSystemRefused = 3;
constexpr int kEvents = 5;  // at least so many happen

// CAP_PERFMON and CAP_BPF came with Linux 5.8; headers may be older.
constexpr int kPerfmon = 38;
constexpr int kBpf = 39;

struct Capability {
  int number;
  const char* name;
};
constexpr Capability kCapBpf{kBpf, "CAP_BPF"};
constexpr Capability kCapPerfmon{kPerfmon, "CAP_PERFMON"};
constexpr Capability kCapNetAdmin{CAP_NET_ADMIN, "CAP_NET_ADMIN"};
constexpr Capability kCapReadSearch{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"};
constexpr Capability kCapSysAdmin{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"};

bool kernel_is_at_least(int major, int minor) {
  utsname system{};
  int is_major = 0;
  int is_minor = 0;
  ::uname(&system);
  std::sscanf(system.release, "%d.%d", &is_major, &is_minor);
  return is_major > major || (is_major == major && is_minor >= minor);
}

int perf_event_paranoid() {
  int level = 2;
  std::ifstream("/proc/sys/kernel/perf_event_paranoid") >> level;
  return level;
}

bool others_may_read_tracefs() {
  struct stat status {};
  return ::stat("/sys/kernel/tracing", &status) == 0 && (status.st_mode & S_IXOTH) != 0;
}

// Where events happen: files that the user may read, interfaces and a cgroup of the test's own.
class Ground {
 public:
  Ground() {
    ::chmod(directory_.path().c_str(), 0777);  // the user makes a socket in it
    network_.ip("link set lo up");
    network_.run([] { add_veth("out", "in"); });
  }
  ~Ground() {
    if (cgroup_.empty()) return;
    EXPECT_TRUE(eventually([this] { return ::rmdir(cgroup_.c_str()) == 0; }));
  }
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;

  const TemporaryDirectory& directory() const { return directory_; }
  const NetworkNamespace& network() const { return network_; }
  std::string program() const { return directory_ / "probed"; }

  // A copy of a file that every user may read, wherever the sources are.
  std::string copy(const std::string& from, const std::string& name) const {
    const std::string to = directory_ / name;
    fs::copy_file(from, to);
    ::chmod(to.c_str(), 0755);
    return to;
  }

  std::string make_cgroup() {
    const std::string path = cgroup2_mount() + "/bpfmap_user_" + std::to_string(::getpid());
    if (::mkdir(path.c_str(), 0755) == 0) cgroup_ = path;
    return path;
  }
  const std::string& cgroup() const { return cgroup_; }

 private:
  TemporaryDirectory directory_;
  NetworkNamespace network_;
  std::string cgroup_;
};

void call_probed(const Ground& ground) {
  EXPECT_EQ(run_program({ground.program(), std::to_string(kEvents)}).exit_code, 0);
}

void call_getpid(const Ground&) {
  for (int i = 0; i < kEvents; ++i) ::syscall(SYS_getpid);
}

// Calls of nanosleep(), each of which is counted: not to wait for anything.
void sleep_often(const Ground&) {
  for (int i = 0; i < kEvents; ++i) ::usleep(1);
}

void send_packets(const Ground& ground) {
  ground.network().run([] { send_frames("out", kEvents); });
}

// A lookup for each, which finds no socket.
void send_datagrams(const Ground& ground) {
  ChildOptions options;
  options.network_namespace = ground.network().fd();
  options.arguments = {
      "bash", "-c",
      "for i in {1.." + std::to_string(kEvents) + "}; do echo >/dev/udp/127.0.0.1/9; done"};
  run_program(options);
}

// Datagrams from the cgroup to a port of the loopback interface that drops them.
void send_from_cgroup(const Ground& ground) {
  ChildOptions options;
  options.network_namespace = ground.network().fd();
  options.arguments = {"bash", "-c",
                       "echo $$ >" + ground.cgroup() + "/cgroup.procs && for i in {1.." +
                           std::to_string(kEvents) + "}; do echo >/dev/udp/127.0.0.1/9; done"};
  run_program(options);  // that the port is closed makes some of them fail
}

void let_time_pass(const Ground&) {}

struct Kind {
  const char* name;  // as docs/security.md has it
  const char* object;
  const char* program;
  std::vector<Capability> capabilities;
  std::function<std::string(Ground&)> attach;  // of the configuration; empty: the section says it
  std::function<void(const Ground&)> make_events;
  std::function<std::string()> why_refused;  // what not every kernel has
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

std::string why_never() { return ""; }
std::string nothing_to_say(Ground&) { return ""; }

// Kernels since 6.6 attach uprobes without a perf event.
bool probes_are_perf_events() { return !kernel_is_at_least(6, 6); }

// Tracepoints and kprobes are perf events as well.
std::vector<Capability> for_perf_events() {
  if (perf_event_paranoid() > 2) return {kCapBpf, kCapPerfmon, kCapSysAdmin};
  return {kCapBpf, kCapPerfmon};
}

std::vector<Capability> for_tracepoints() {
  std::vector<Capability> capabilities = for_perf_events();
  capabilities.push_back(kCapReadSearch);
  return capabilities;
}

std::vector<Capability> for_uprobes() {
  if (probes_are_perf_events()) return {kCapBpf, kCapPerfmon, kCapSysAdmin};
  return {kCapBpf, kCapPerfmon};
}

std::vector<Kind> kinds() {
  const std::vector<Capability> tracing{kCapBpf, kCapPerfmon};
  const std::vector<Capability> network{kCapBpf, kCapNetAdmin};
  return {
      {"tracepoint", "attach_tracepoint", "count_getpid", for_tracepoints(), nothing_to_say,
       call_getpid, why_never},
      {"raw_tp", "attach_raw_tp", "count_syscalls", tracing, nothing_to_say, call_getpid,
       why_never},
      {"tp_btf", "attach_tp_btf", "count_switches", tracing, nothing_to_say, sleep_often,
       why_never},
      {"kprobe", "attach_kprobe", "count_sleeps", for_perf_events(), nothing_to_say, sleep_often,
       why_no_kprobes},
      {"fentry", "attach_fentry", "count_sleeps", tracing, nothing_to_say, sleep_often,
       why_no_fentry},
      {"perf_event", "attach_perf_event", "count_samples", for_perf_events(),
       [](Ground&) {
         return std::string("{ perf_event: { type: software, event: cpu-clock, frequency: 99 } }");
       },
       let_time_pass, why_never},
      {"uprobe", "attach_uprobe", "count_calls", for_uprobes(),
       [](Ground& ground) {
         return "{ uprobe: { binary: " + ground.program() + ", symbol: probed_other } }";
       },
       call_probed, why_never},
      {"usdt",
       "attach_usdt",
       "count_probe",
       {kCapBpf, kCapPerfmon, kCapSysAdmin},
       [](Ground& ground) {
         return "{ usdt: { binary: " + ground.program() +
                ", provider: bpfmap_probed, name: called } }";
       },
       call_probed,
       why_never},
      {"xdp", "attach_xdp", "count_xdp", network,
       [](Ground&) { return std::string("{ xdp: { interfaces: in } }"); }, send_packets, why_never},
      {"tc", "attach_tc", "count_tc", network,
       [](Ground&) { return std::string("{ tc: { interfaces: in } }"); }, send_packets, why_never},
      {"cgroup_skb", "attach_cgroup_skb", "count_egress", network,
       [](Ground& ground) { return "{ cgroup: " + ground.make_cgroup() + " }"; }, send_from_cgroup,
       why_never},
      {"sk_lookup",
       "attach_netns",
       "count_lookups",
       {kCapBpf},
       [](Ground&) { return std::string("{ netns: {} }"); },
       send_datagrams,
       why_never},
  };
}

class OrdinaryUser : public BpfTest, public ::testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || lacks(why_no_program("ip")) || lacks(mount_tracefs())) return;
    if (is_refused_here(GetParam().why_refused())) return;
    ground_.emplace();
    ground_->copy(PROBED_PROGRAM, "probed");
    const std::string object = ground_->copy(test_object(GetParam().object), "hits.bpf.o");
    const std::string attach = GetParam().attach(*ground_);
    config_ = ground_->directory().write(
        "hits.yaml", "object: " + object + "\nmax_age: 1ns\n" +
                         (attach.empty() ? ""
                                         : "programs: { " + std::string(GetParam().program) +
                                               ": { attach: " + attach + " } }\n") +
                         "maps: [ { map: hits, metrics: [ { counter: hits_total } ] } ]\n");
  }

  ChildOptions as_user_with(const std::vector<Capability>& capabilities) const {
    ChildOptions options;
    options.network_namespace = ground_->network().fd();
    options.environment = {"LD_LIBRARY_PATH="};
    options.identity = ChildIdentity{};
    for (const Capability& one : capabilities) {
      options.identity->capabilities.push_back(one.number);
    }
    return options;
  }

  std::vector<std::string> arguments() const {
    return {"--config=" + config_,
            "--web.listen-address=unix:" + (ground_->directory() / "socket")};
  }

  // Whether this machine refuses the kind to a user without that capability.
  static bool is_needed_here(const Capability& one) {
    if (one.number == CAP_DAC_READ_SEARCH) return !others_may_read_tracefs();
    // Of probes in binaries, newer kernels want it whatever the level.
    if (one.number == CAP_SYS_ADMIN) return perf_event_paranoid() > 2 || kernel_is_at_least(6, 17);
    // CAP_SYS_ADMIN stands for those that were split off it.
    return (one.number != kBpf && one.number != kPerfmon) || !has(CAP_SYS_ADMIN);
  }

  static bool has(int number) {
    const std::vector<Capability>& all = GetParam().capabilities;
    return std::any_of(all.begin(), all.end(),
                       [&](const Capability& one) { return one.number == number; });
  }

  std::optional<Ground> ground_;
  std::string config_;
};

TEST_P(OrdinaryUser, CountsWithWhatTheDocumentationLists) {
  if (IsSkipped()) return;
  ExporterProcess exporter(arguments(), as_user_with(GetParam().capabilities));
  GetParam().make_events(*ground_);
  EXPECT_TRUE(eventually([&] { return exporter.scrape().value("hits_total") >= kEvents; }))
      << exporter.log();
  EXPECT_EQ(exporter.scrape().sum_of("bpfmap_exporter_program_attached{"), 1);
  exporter.stop();
}

TEST_P(OrdinaryUser, IsToldWhichOneIsMissing) {
  if (IsSkipped()) return;
  for (const Capability& missing : GetParam().capabilities) {
    if (!is_needed_here(missing)) continue;
    std::vector<Capability> rest = GetParam().capabilities;
    std::erase_if(rest, [&](const Capability& one) { return one.number == missing.number; });
    const Finished refused = run_exporter(arguments(), as_user_with(rest));
    EXPECT_EQ(refused.exit_code, kSystemRefused) << missing.name << "\n" << refused.err;
    EXPECT_THAT(refused.err, AllOf(HasSubstr("hint: "), HasSubstr(missing.name)));
  }
}

TEST_P(OrdinaryUser, IsTheOneOfTheDocumentation) {
  std::string row = "| `" + std::string(GetParam().name) + "` | ";
  const char* separator = "";
  for (const Capability& one : GetParam().capabilities) {
    if (one.number == CAP_SYS_ADMIN) continue;  // whether it is needed depends on the kernel
    row += separator + ("`" + std::string(one.name) + "`");
    separator = ", ";
  }
  EXPECT_THAT(read_text(source_path("docs/security.md")), HasSubstr(row + " |"));
}

INSTANTIATE_TEST_SUITE_P(Programs, OrdinaryUser, ::testing::ValuesIn(kinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace bpfmap::test
