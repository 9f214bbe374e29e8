// SPDX-License-Identifier: Apache-2.0
// What is left of the process' capabilities once it serves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/utsname.h>

#include <bit>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/sanitizers.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Asks all threads of the exporter. The thread sanitizer has one of its own, which keeps
// what it had.
class Privilege : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (has_thread_sanitizer()) GTEST_SKIP() << "a thread of the sanitizer's keeps capabilities";
  }
};

constexpr int kCapPerfmon = 38;
constexpr int kCapBpf = 39;

// CapPrm of a process or thread by its folder in /proc.
std::uint64_t permitted_of(const std::filesystem::path& folder) {
  std::ifstream status(folder / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("CapPrm:")) return std::stoull(line.substr(7), nullptr, 16);
  }
  ADD_FAILURE() << folder << " has no capabilities";
  return 0;
}

std::vector<std::uint64_t> permitted_of_threads(pid_t pid) {
  std::vector<std::uint64_t> permitted;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    permitted.push_back(permitted_of(thread.path()));
  }
  EXPECT_GT(permitted.size(), 1U);
  return permitted;
}

bool has(std::uint64_t set, int capability) { return (set >> capability & 1) != 0; }

std::string why_maps_need_privilege() {
  utsname system{};
  int major = 0;
  int minor = 0;
  ::uname(&system);
  std::sscanf(system.release, "%d.%d", &major, &minor);
  const bool reads = major > 5 || (major == 5 && minor >= 19);
  return reads ? "" : "this kernel reads no maps without privilege";
}

TEST_F(Privilege, KeepsWhatItNeedsAndSaysWhy) {
  ExporterProcess exporter({"--config=builtin:runqlat"});
  for (const std::uint64_t set : permitted_of_threads(exporter.process().pid())) {
    EXPECT_TRUE(has(set, kCapBpf));
    for (const int gone : {CAP_SYS_ADMIN, CAP_SYS_MODULE, CAP_SETUID, CAP_DAC_OVERRIDE}) {
      EXPECT_FALSE(has(set, gone)) << gone;
    }
  }
  EXPECT_THAT(exporter.log(), HasSubstr("msg=\"capabilities were dropped\" kept=cap_"));
  EXPECT_THAT(exporter.log(), HasSubstr("for=\"reading the configuration anew\""));
  // The exporter had what this test has.
  const std::uint64_t had = permitted_of(std::filesystem::path("/proc/self"));
  const std::uint64_t kept = permitted_of_threads(exporter.process().pid()).front();
  EXPECT_THAT(log_fields(exporter.log(), "\"capabilities were dropped\"", "dropped"),
              ElementsAre(std::to_string(std::popcount(had & ~kept))));
  exporter.process().send(SIGHUP);
  EXPECT_TRUE(exporter.process().wait_until(
      [&] { return exporter.log().find("configuration was read anew") != std::string::npos; }));
  exporter.stop();
}

TEST_F(Privilege, KeepsMoreForTheInventory) {
  const std::string path = testing::TempDir() + "inventory_privilege.yaml";
  std::ofstream(path) << "inventory: true\n";
  ExporterProcess exporter({"--config=" + path});
  for (const std::uint64_t set : permitted_of_threads(exporter.process().pid())) {
    EXPECT_TRUE(has(set, CAP_SYS_ADMIN));
    EXPECT_FALSE(has(set, CAP_SYS_MODULE));
  }
  EXPECT_GT(exporter.scrape().samples_of("bpf_").size(), 0U);
  exporter.stop();
  std::filesystem::remove(path);
}

TEST_F(Privilege, ReadsMapsWithoutAny) {
  if (lacks(why_maps_need_privilege())) return;
  ExporterProcess exporter({"--config=builtin:runqlat", "--capabilities.keep=none"});
  for (const std::uint64_t set : permitted_of_threads(exporter.process().pid())) {
    EXPECT_EQ(set, 0U);
  }
  EXPECT_TRUE(exporter.scrape().has("runqueue_latency_seconds_count"));
  EXPECT_EQ(exporter.scrape().sum_of("bpfmap_exporter_sample_errors_total"), 0);
  exporter.stop();
}

// No process can take entries out of a frozen map: that is no matter of capabilities, and no reason
// for the other maps not to be there.
TEST_F(Privilege, AFrozenMapDoesNotKeepOtherMapsAway) {
  const BpfFolder folder;
  if (lacks(folder.problem()) || lacks(why_no_program("bpftool"))) return;
  const std::string pin = folder / "frozen";
  const Finished made =
      run_program({"sh", "-c",
                   "bpftool map create " + pin + " type hash key 4 value 8 entries 8 name frozen" +
                       " && bpftool map freeze pinned " + pin});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const TemporaryDirectory directory;
  const std::string config =
      directory.write("frozen.yaml", "maps: [ { pinned: " + pin +
                                         ", mode: drain, metrics: [ { counter: c } ] } ]\n");
  ExporterProcess exporter({"--config=builtin:runqlat", "--config=" + config});
  const MetricsPage page = exporter.scrape();
  EXPECT_TRUE(page.has("runqueue_latency_seconds_count"));
  EXPECT_GE(page.sum_of("bpfmap_exporter_sample_errors_total{config=\"frozen\""), 1);
  exporter.stop();
}

TEST_F(Privilege, KeepsWhatIsAskedFor) {
  ExporterProcess some({"--config=builtin:runqlat", "--capabilities.keep=CAP_BPF,perfmon"});
  for (const std::uint64_t set : permitted_of_threads(some.process().pid())) {
    EXPECT_EQ(set, std::uint64_t{1} << kCapBpf | std::uint64_t{1} << kCapPerfmon);
  }
  some.stop();
  ExporterProcess all({"--config=builtin:runqlat", "--capabilities.keep=all"});
  for (const std::uint64_t set : permitted_of_threads(all.process().pid())) {
    EXPECT_TRUE(has(set, CAP_SETUID));
  }
  all.stop();
}

TEST(PrivilegeOption, KnowsTheNames) {
  const Finished wrong = run_exporter({"--capabilities.keep=cap_bfp"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("there is no capability 'cap_bfp'"));
}

}  // namespace
}  // namespace bpfmap::test
