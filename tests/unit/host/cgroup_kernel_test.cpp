// SPDX-License-Identifier: Apache-2.0
// Cgroups that the kernel makes, and no other test looks at.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/small_file.h"
#include "host/cgroup_mounts.h"
#include "host/cgroups/tree.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"

namespace bpfmap::host {
namespace {

// A cgroup that goes with its owner.
class OwnCgroup {
 public:
  OwnCgroup(const std::string& mount, const std::string& name)
      : path_(mount + "/bpfmap_host_" + std::to_string(::getpid()) + name) {
    is_made_ = ::mkdir(path_.c_str(), 0755) == 0;
  }
  ~OwnCgroup() { remove(); }
  OwnCgroup(const OwnCgroup&) = delete;
  OwnCgroup& operator=(const OwnCgroup&) = delete;

  bool is_made() const { return is_made_; }
  void remove() const { ::rmdir(path_.c_str()); }
  bool rename(const std::string& addition) {
    const std::string before = path_;
    path_ += addition;
    return ::rename(before.c_str(), path_.c_str()) == 0;
  }
  std::uint64_t id() const {
    struct stat status {};
    return ::stat(path_.c_str(), &status) == 0 ? status.st_ino : 0;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool is_made_ = false;
};

const SteadyClock kClock;

TEST(CgroupsOfTheKernel, AreFoundByHandleWithoutAScan) {
  const std::string mount = test::cgroup2_mount();
  if (test::lacks(mount.empty() ? "cgroup v2 cannot be mounted" : "")) return;
  CgroupOptions options;
  options.uses_watch = false;
  CgroupTree tree("unified", options, kClock);
  const OwnCgroup cgroup(mount, "_handle");
  if (test::lacks(cgroup.is_made() ? "" : "no cgroup can be made in " + mount)) return;
  const std::uint64_t id = cgroup.id();
  const auto found = tree.resolve(id);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->cgroup->file, cgroup.path());
  EXPECT_EQ(tree.counts().scans, 1u);
  const CgroupHandles handles(mount);
  EXPECT_EQ(handles.find(1), mount) << "the root's id";
  cgroup.remove();
  EXPECT_EQ(handles.find(id), std::nullopt);
  struct stat file {};
  ASSERT_EQ(::stat((mount + "/cgroup.procs").c_str(), &file), 0);
  EXPECT_EQ(handles.find(file.st_ino), std::nullopt) << "the id of a file is of no cgroup";
}

TEST(CgroupsOfTheKernel, AreWatchedUntilTheyGo) {
  const std::string mount = test::cgroup2_mount();
  if (test::lacks(mount.empty() ? "cgroup v2 cannot be mounted" : "")) return;
  CgroupOptions options;
  options.uses_handles = false;
  CgroupTree tree("unified", options, kClock);
  const OwnCgroup cgroup(mount, "_watch");
  if (test::lacks(cgroup.is_made() ? "" : "no cgroup can be made in " + mount)) return;
  const std::uint64_t id = cgroup.id();
  EXPECT_TRUE(test::eventually([&] { return tree.snapshot()->find(id) != nullptr; }));
  cgroup.remove();
  EXPECT_TRUE(test::eventually([&] { return !tree.snapshot()->find(id)->is_alive; }));
  EXPECT_EQ(tree.counts().scans, 1u);
}

TEST(CgroupsOfTheKernel, OfVersionOneCanBeRenamed) {
  const auto mount =
      find_cgroup_mount(read_small_file(CgroupOptions().mountinfo).value_or(""), "freezer");
  if (!mount) GTEST_SKIP() << "needs the v1 hierarchy of freezer";
  CgroupTree tree("freezer", {}, kClock);
  OwnCgroup cgroup(*mount, "_v1");
  if (test::lacks(cgroup.is_made() ? "" : "no cgroup can be made in " + *mount)) return;
  const std::uint64_t id = cgroup.id();
  ASSERT_TRUE(tree.resolve(id).has_value());
  ASSERT_TRUE(cgroup.rename("_new"));
  EXPECT_TRUE(test::eventually([&] {
    const auto found = tree.resolve(id);
    return found && found->cgroup->file == cgroup.path();
  }));
}

}  // namespace
}  // namespace bpfmap::host
