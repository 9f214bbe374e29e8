// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/system_state.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace bpfmap::kernel {
namespace {

using Lockdown = SystemState::Lockdown;

// A made-up /proc and /sys.
class SystemStateTest : public ::testing::Test {
 protected:
  SystemStateTest() {
    std::string name = std::filesystem::temp_directory_path() / "bpfmap_state_XXXXXX";
    root_ = mkdtemp(name.data());
  }
  ~SystemStateTest() override { std::filesystem::remove_all(root_); }

  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path full = root_ + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  SystemState state() const { return read_system_state(root_); }

 private:
  std::string root_;
};

TEST_F(SystemStateTest, OfAnEmptySystemIsTheWorst) {
  const SystemState empty = state();
  EXPECT_EQ(empty.capabilities, 0u);
  EXPECT_FALSE(empty.kernel_btf);
  EXPECT_EQ(empty.tracefs, SystemState::Tracefs::kNotMounted);
  EXPECT_FALSE(empty.kprobes);
  EXPECT_FALSE(empty.uprobes);
  EXPECT_FALSE(empty.user_namespace);
  EXPECT_EQ(empty.lockdown, Lockdown::kUnknown);
  EXPECT_EQ(empty.bpf_lsm, std::nullopt);
  EXPECT_EQ(empty.unprivileged_bpf_disabled, std::nullopt);
  EXPECT_EQ(empty.kernel_major, 0);
  EXPECT_FALSE(empty.older_than(9, 9));
}

TEST_F(SystemStateTest, ReadsCapabilities) {
  write("/proc/self/status", "Name:\tx\nCapInh:\t0000000000000000\nCapEff:\t000000c000001000\n");
  EXPECT_TRUE(state().has(12));
  EXPECT_TRUE(state().has(38));
  EXPECT_TRUE(state().has(39));
  EXPECT_FALSE(state().has(21));
}

TEST_F(SystemStateTest, SeesUserNamespaces) {
  write("/proc/self/uid_map", "         0          0 4294967295\n");
  EXPECT_FALSE(state().user_namespace);
  write("/proc/self/uid_map", "         0     100000      65536\n");
  EXPECT_TRUE(state().user_namespace);
}

TEST_F(SystemStateTest, ReadsTheVersion) {
  write("/proc/sys/kernel/osrelease", "5.10.0-28-amd64\n");
  EXPECT_EQ(state().kernel_major, 5);
  EXPECT_EQ(state().kernel_minor, 10);
  EXPECT_TRUE(state().older_than(5, 11));
  EXPECT_TRUE(state().older_than(6, 0));
  EXPECT_FALSE(state().older_than(5, 10));
  EXPECT_FALSE(state().older_than(4, 20));
}

TEST_F(SystemStateTest, ReadsTheLevelOfLockdown) {
  write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  EXPECT_EQ(state().lockdown, Lockdown::kIntegrity);
  write("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
  EXPECT_EQ(state().lockdown, Lockdown::kConfidentiality);
  write("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
  EXPECT_EQ(state().lockdown, Lockdown::kNone);
}

TEST_F(SystemStateTest, FindsBpfAmongTheSecurityModules) {
  write("/sys/kernel/security/lsm", "lockdown,capability,apparmor,bpf");
  EXPECT_EQ(state().bpf_lsm, true);
  write("/sys/kernel/security/lsm", "bpf,capability");
  EXPECT_EQ(state().bpf_lsm, true);
  write("/sys/kernel/security/lsm", "lockdown,capability,bpfilter");
  EXPECT_EQ(state().bpf_lsm, false);
}

TEST_F(SystemStateTest, FindsWhatIsBuiltIn) {
  write("/sys/kernel/btf/vmlinux", "");
  write("/sys/bus/event_source/devices/kprobe/type", "8\n");
  write("/sys/bus/event_source/devices/uprobe/type", "9\n");
  write("/sys/kernel/debug/tracing/events/enable", "");
  EXPECT_TRUE(state().kernel_btf);
  EXPECT_TRUE(state().kprobes);
  EXPECT_TRUE(state().uprobes);
  EXPECT_EQ(state().tracefs, SystemState::Tracefs::kOpen);
}

TEST_F(SystemStateTest, ReadsTheKnobs) {
  write("/proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
  write("/proc/sys/kernel/perf_event_paranoid", "-1\n");
  EXPECT_EQ(state().unprivileged_bpf_disabled, 2);
  EXPECT_EQ(state().perf_event_paranoid, -1);
}

TEST(SystemState, OfThisMachineHasAVersion) { EXPECT_GE(read_system_state().kernel_major, 4); }

}  // namespace
}  // namespace bpfmap::kernel
