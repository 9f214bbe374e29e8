// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "base/capabilities.h"
#include "host/cgroup_view.h"
#include "host/cgroups/tree.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

namespace bpfmap::host {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using test::eventually;

// Folders that look like a hierarchy: their inodes are ids, too.
class CgroupTreeTest : public ::testing::Test {
 protected:
  CgroupTreeTest() {
    fs::create_directory(mount_);
    options_.mountinfo =
        directory_.write("mountinfo", "41 31 0:38 / " + mount_ + " rw - cgroup2 cgroup2 rw\n");
  }

  std::uint64_t make(const std::string& path) const {
    fs::create_directories(mount_ + path);
    return id_of(path);
  }
  std::uint64_t id_of(const std::string& path) const {
    struct stat status {};
    EXPECT_EQ(::stat((mount_ + path).c_str(), &status), 0) << path;
    return status.st_ino;
  }
  static std::string path_in(const CgroupSnapshot& snapshot, std::uint64_t id) {
    const KnownCgroup* known = snapshot.find(id);
    return known == nullptr ? "(none)" : std::string(known->cgroup->path());
  }
  static bool is_dead(CgroupTree& tree, std::uint64_t id) {
    const auto snapshot = tree.snapshot();
    const KnownCgroup* known = snapshot->find(id);
    return known != nullptr && !known->is_alive;
  }

  test::TemporaryDirectory directory_;
  const std::string mount_ = directory_ / "cgroup";
  CgroupOptions options_;
  test::FakeClock clock_;
};

// Those that are told may have to write maps, for which older kernels want a capability.
TEST_F(CgroupTreeTest, TellsByAThreadThatKeepsWhatListenersNeed) {
  const CapabilitySet here = permitted_capabilities().value();
  options_.listeners_need.add(kCapBpf);
  make("/");
  CgroupTree tree("unified", options_, clock_);
  std::atomic<std::uint64_t> there = ~std::uint64_t{0};
  bool is_first = true;
  const auto subscription = tree.subscribe([&](std::span<const CgroupChange> /*changes*/) {
    if (!std::exchange(is_first, false)) there = permitted_capabilities().value().bits();
  });
  make("/later");
  ASSERT_TRUE(eventually([&] { return there != ~std::uint64_t{0}; }));
  EXPECT_EQ(CapabilitySet(there).has(kCapBpf), here.has(kCapBpf));
  EXPECT_FALSE(CapabilitySet(there).has(kCapPerfmon));
}

TEST_F(CgroupTreeTest, KnowsWhatIsThereFromTheStart) {
  const std::uint64_t service = make("/system.slice/ssh.service");
  CgroupTree tree("unified", options_, clock_);
  const auto snapshot = tree.snapshot();
  EXPECT_EQ(path_in(*snapshot, service), "/system.slice/ssh.service");
  EXPECT_EQ(path_in(*snapshot, id_of("")), "/");
  EXPECT_EQ(path_in(*snapshot, 1), "(none)");
  EXPECT_EQ(snapshot->find(service)->cgroup->file, mount_ + "/system.slice/ssh.service");
  EXPECT_EQ(snapshot->find(service)->cgroup->owner.systemd_unit, "ssh.service");
  EXPECT_EQ(tree.snapshot(), snapshot) << "nothing has changed";
}

TEST_F(CgroupTreeTest, ManyNewOnesAreSeenWithoutAnotherScan) {
  for (int i = 0; i < 200; ++i) make("/a/" + std::to_string(i));
  CgroupTree tree("unified", options_, clock_);
  for (int i = 200; i < 400; ++i) {
    const std::string path = "/a/" + std::to_string(i) + "/deep/er";
    const std::uint64_t id = make(path);
    const auto found = tree.resolve(id);
    ASSERT_TRUE(found.has_value()) << path;
    EXPECT_EQ(found->cgroup->path(), path);
  }
  EXPECT_EQ(tree.counts().scans, 1u);
}

TEST_F(CgroupTreeTest, TheFollowerSeesWhatIsNotAskedFor) {
  CgroupTree tree("unified", options_, clock_);
  const std::uint64_t id = make("/short/life");
  EXPECT_TRUE(eventually([&] { return tree.snapshot()->find(id) != nullptr; }));
  EXPECT_EQ(tree.counts().scans, 1u);
}

TEST_F(CgroupTreeTest, ANameOutlivesItsCgroupForTheTimeItIsKept) {
  const std::uint64_t id = make("/gone");
  const std::uint64_t other = make("/gone-not");
  CgroupTree tree("unified", options_, clock_);
  fs::remove(mount_ + "/gone");
  ASSERT_TRUE(eventually([&] { return is_dead(tree, id); }));
  EXPECT_FALSE(is_dead(tree, other));
  clock_.advance(options_.keep - 1ns);
  EXPECT_EQ(path_in(*tree.snapshot(), id), "/gone");
  clock_.advance(1ns);
  EXPECT_EQ(path_in(*tree.snapshot(), id), "(none)");
}

TEST_F(CgroupTreeTest, ARenamedFolderHasItsNewPathAndSoHaveThoseBelow) {
  const std::uint64_t upper = make("/old");
  const std::uint64_t lower = make("/old/below");
  CgroupTree tree("unified", options_, clock_);
  fs::rename(mount_ + "/old", mount_ + "/new");
  EXPECT_TRUE(eventually([&] { return path_in(*tree.snapshot(), lower) == "/new/below"; }));
  EXPECT_EQ(path_in(*tree.snapshot(), upper), "/new");
  const std::uint64_t later = make("/new/later");
  EXPECT_TRUE(eventually([&] { return path_in(*tree.snapshot(), later) == "/new/later"; }));
  clock_.advance(options_.keep);
  EXPECT_EQ(path_in(*tree.snapshot(), lower), "/new/below") << "only its old name is gone";
  EXPECT_EQ(tree.counts().scans, 1u);
}

TEST_F(CgroupTreeTest, WithoutWatchesAMissScansAtMostOnceASecond) {
  options_.uses_watch = false;
  CgroupTree tree("unified", options_, clock_);
  const std::uint64_t id = make("/new");
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(tree.resolve(id).has_value());
  EXPECT_EQ(tree.counts().scans, 1u);
  clock_.advance(1s);
  EXPECT_TRUE(tree.resolve(id).has_value());
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(tree.resolve(1).has_value());
  EXPECT_EQ(tree.counts().scans, 2u);
  fs::remove(mount_ + "/new");
  clock_.advance(1s);
  tree.resolve(1);
  EXPECT_TRUE(is_dead(tree, id));
}

TEST_F(CgroupTreeTest, IsBoundedAndLetsTheDeadGoFirst) {
  options_.max_cgroups = 3;
  make("/a");
  make("/b");
  CgroupTree tree("unified", options_, clock_);
  const std::uint64_t more = make("/c");
  EXPECT_FALSE(tree.resolve(more).has_value());
  fs::remove(mount_ + "/a");
  const std::uint64_t later = make("/d");
  EXPECT_TRUE(tree.resolve(later).has_value());
  EXPECT_EQ(tree.counts().cgroups, 3u);
}

TEST_F(CgroupTreeTest, SubscribersGetWhatIsThereAndThenEveryChange) {
  make("/a");
  CgroupTree tree("unified", options_, clock_);
  std::mutex mutex;  // changes come from the tree's own thread as well
  std::map<std::string, bool> heard;
  const auto seen = [&] {
    const std::lock_guard lock(mutex);
    return heard;
  };
  auto subscription = tree.subscribe([&](std::span<const CgroupChange> changes) {
    const std::lock_guard lock(mutex);
    for (const CgroupChange& one : changes) heard[std::string(one.cgroup->path())] = one.is_alive;
  });
  EXPECT_EQ(seen(), (std::map<std::string, bool>{{"/", true}, {"/a", true}}));
  fs::remove(mount_ + "/a");
  const std::uint64_t id = make("/b");
  tree.resolve(id);
  EXPECT_EQ(seen(), (std::map<std::string, bool>{{"/", true}, {"/a", false}, {"/b", true}}));
  subscription = nullptr;
  const std::uint64_t unheard = make("/c");
  tree.resolve(unheard);
  EXPECT_FALSE(seen().contains("/c"));
}

TEST_F(CgroupTreeTest, AHierarchyThatIsMountedLaterIsFound) {
  options_.mountinfo = directory_.write("later", "");
  const std::uint64_t id = make("/a");
  CgroupTree tree("unified", options_, clock_);
  EXPECT_FALSE(tree.resolve(id).has_value());
  directory_.write("later", "41 31 0:38 / " + mount_ + " rw - cgroup2 cgroup2 rw\n");
  clock_.advance(1s);
  EXPECT_TRUE(tree.resolve(id).has_value());
}

TEST_F(CgroupTreeTest, ARenderingSeesOneNameForAnIdAndMarksWhatMayHaveTwo) {
  const std::uint64_t id = make("/a");
  Cgroups cgroups(options_, clock_);
  CgroupView view(cgroups);
  EXPECT_FALSE(view.find("unified", id).is_ambiguous);
  const std::uint64_t later = make("/b");
  EXPECT_EQ(view.find("unified", later).cgroup->path(), "/b");
  EXPECT_TRUE(view.find("unified", later).is_ambiguous);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(view.find("unified", 1).cgroup, nullptr);
  view.begin_rendering();
  EXPECT_FALSE(view.find("unified", later).is_ambiguous);
  view.count();
  EXPECT_EQ(cgroups.statistics().hits, 2u);
  EXPECT_EQ(cgroups.statistics().misses, 12u);
  fs::remove(mount_ + "/a");
  CgroupTree& tree = cgroups.hierarchy("unified");
  ASSERT_TRUE(eventually([&] { return is_dead(tree, id); }));
  view.begin_rendering();
  EXPECT_TRUE(view.find("unified", id).is_ambiguous) << "/a may be another cgroup's now";
}

}  // namespace
}  // namespace bpfmap::host
