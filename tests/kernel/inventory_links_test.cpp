// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <net/if.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/small_file.h"
#include "inventory_fixture.h"
#include "kernel/inventory/entry_counts.h"
#include "kernel/system_inventory.h"
#include "support/eventually.h"
#include "support/network_namespace.h"

// Links of the running system, owners of what this process holds, and statistics of runs.
namespace bpfmap::kernel {
namespace {

// The links of a program.
std::vector<LinkRecord> links_of(const Inventory& inventory, std::uint32_t program) {
  std::vector<LinkRecord> links;
  for (const LinkRecord& link : *inventory.links) {
    if (link.program_id == program) links.push_back(link);
  }
  return links;
}

TEST_F(InventoryTest, KnowsOfLinksWhatBpftoolKnows) {
  if (test::lacks(test::why_no_program("bpftool"))) return;
  const Object object = start_test_object("inventory");
  const Inventory inventory = SystemInventory().read();
  ASSERT_TRUE(inventory.links) << inventory.links.error().message();
  expect_ordered(*inventory.links);
  for (const ProgramStatus& status : object.program_statuses()) {
    const auto links = links_of(inventory, status.id);
    const bool is_perf = status.name == "count_getpid";
    if (test::lacks(is_perf && links.empty() ? "links of perf events (Linux 5.15)" : "")) return;
    ASSERT_EQ(links.size(), 1U) << status.name;
    const std::string shown = bpftool_show("link", links[0].id);
    EXPECT_EQ(links[0].type, json_value(shown, "type"));
    EXPECT_EQ(std::to_string(links[0].program_id), json_value(shown, "prog_id"));
  }
  const auto raw = links_of(inventory, status_of(object, kLongName).id);
  EXPECT_EQ(raw[0].type, "raw_tracepoint");
  EXPECT_EQ(raw[0].target, "sys_enter");
  const auto typed = links_of(inventory, status_of(object, "count_switches").id);
  EXPECT_EQ(typed[0].target, "sched_switch");
  const auto perf = links_of(inventory, status_of(object, "count_getpid").id);
  EXPECT_EQ(perf[0].type, "perf_event");
  EXPECT_THAT(perf[0].target, ::testing::AnyOf("sys_enter_getpid", ""));  // since Linux 6.6
}

TEST_F(InventoryTest, KnowsTheInterfaceOfALink) {
  test::in_network_namespace([] {
    test::add_veth("out", "in");
    const Object object =
        start_test_object("attach_xdp", {request_for("count_xdp", model::XdpTarget{{"in"}, {}})});
    const Inventory inventory = SystemInventory().read();
    const auto links = links_of(inventory, status_of(object, "count_xdp").id);
    ASSERT_EQ(links.size(), 1U);
    EXPECT_EQ(links[0].type, "xdp");
    EXPECT_EQ(links[0].ifindex, std::optional(::if_nametoindex("in")));
    EXPECT_EQ(links[0].cgroup_id, std::nullopt);
  });
}

// Its own iterator, which reads the numbers of entries, is a program like all others.
TEST_F(InventoryTest, ShowsWhatItLoadsItself) {
  if (const auto counts = EntryCounts::open(); !counts) {
    test::lacks(counts.error().message());
    return;
  }
  SystemInventory system;
  const Inventory inventory = system.read();
  const auto own = std::find_if(inventory.owners->owners.begin(), inventory.owners->owners.end(),
                                [&](const auto& owner) {
                                  const ProgramRecord* program = find(inventory.programs, owner.id);
                                  return owner.kind == ObjectKind::kProgram && program != nullptr &&
                                         program->name == "bpfmap_entries" &&
                                         owner.pid == static_cast<std::uint32_t>(::getpid());
                                });
  ASSERT_NE(own, inventory.owners->owners.end());
  const auto links = links_of(inventory, own->id);
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].type, "iter");
  EXPECT_EQ(links[0].target, "bpf_map");
}

TEST_F(InventoryTest, KnowsTheCgroupOfALink) {
  const std::string cgroup = test::cgroup2_mount();
  if (test::lacks(cgroup.empty() ? "cgroup v2 cannot be mounted" : "")) return;
  const Object object = start_test_object(
      "attach_cgroup_skb", {request_for("count_egress", model::CgroupTarget{cgroup})});
  const Inventory inventory = SystemInventory().read();
  const auto links = links_of(inventory, status_of(object, "count_egress").id);
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].type, "cgroup");
  EXPECT_EQ(links[0].attach_type, "cgroup_inet_egress");
  EXPECT_GT(links[0].cgroup_id.value_or(0), 0U);
  EXPECT_EQ(links[0].ifindex, std::nullopt);
}

TEST_F(InventoryTest, OwnerOfWhatThisProcessHoldsIsThisProcess) {
  const Object object = start_test_object("inventory");
  const Inventory inventory = SystemInventory().read();
  ASSERT_TRUE(inventory.owners) << inventory.owners.error().message();
  std::string comm = read_small_file("/proc/self/comm").value_or("");
  comm.pop_back();
  const std::uint32_t program = status_of(object, kLongName).id;
  // Another test that runs beside this one may hold the same objects for a moment, to list them.
  const auto is_ours = [&](ObjectKind kind, std::uint32_t id) {
    int times = 0;
    for (const OwnerRecord& owner : inventory.owners->owners) {
      if (owner.kind != kind || owner.id != id) continue;
      if (owner.pid != static_cast<std::uint32_t>(::getpid())) continue;
      EXPECT_EQ(owner.comm, comm);
      ++times;
    }
    return times == 1;
  };
  EXPECT_TRUE(is_ours(ObjectKind::kProgram, program));
  EXPECT_TRUE(is_ours(ObjectKind::kMap, map_id(object, "hits")));
  EXPECT_TRUE(is_ours(ObjectKind::kLink, links_of(inventory, program).at(0).id));
}

// Whether run statistics are on for another reason: the sysctl, or a descriptor of another process
// (other tests run beside this one).
bool statistics_are_on() {
  namespace fs = std::filesystem;
  if (!read_small_file("/proc/sys/kernel/bpf_stats_enabled").value_or("").starts_with("0"))
    return true;
  std::error_code ignored;
  for (const auto& process : fs::directory_iterator("/proc", ignored)) {
    for (fs::directory_iterator fd(process.path() / "fd", ignored), end; !ignored && fd != end;
         fd.increment(ignored)) {
      std::error_code gone;
      if (fs::read_symlink(fd->path(), gone).string() == "anon_inode:bpf-stats") return true;
    }
    ignored.clear();
  }
  return false;
}

TEST_F(InventoryTest, RunsAreCountedAsLongAsItLives) {
  const Object object = start_test_object("attach_raw_tp");
  const auto run_fifty_times = [&] {
    const std::uint64_t before = object.program_runs("count_syscalls")->count;
    for (int i = 0; i < 50; ++i) ::syscall(SYS_getpid);
    return object.program_runs("count_syscalls")->count - before;
  };
  {
    SystemInventory system;
    EXPECT_TRUE(statistics_are_on());
    EXPECT_GE(run_fifty_times(), 50U);
    const Inventory inventory = system.read();
    const ProgramRecord* record = find(inventory.programs, status_of(object, "count_syscalls").id);
    ASSERT_NE(record, nullptr);
    EXPECT_GE(record->runs, 50U);
    EXPECT_GT(record->run_nanoseconds, 0U);
  }
  // The administrator of this machine may have runs counted all the time.
  if (!read_small_file("/proc/sys/kernel/bpf_stats_enabled").value_or("").starts_with("0")) {
    EXPECT_GE(run_fifty_times(), 50U) << "and goes on to";
    return;
  }
  EXPECT_TRUE(test::eventually([&] {
    if (statistics_are_on()) return false;
    const std::uint64_t counted = run_fifty_times();
    return counted == 0 && !statistics_are_on();
  }));
}

}  // namespace
}  // namespace bpfmap::kernel
