// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/cgroup_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/temporary_directory.h"

namespace bpfmap::kernel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CgroupPaths : public ::testing::Test {
 protected:
  std::string make(const std::string& name) const {
    std::string path = directory_ / name;
    std::filesystem::create_directories(path);
    return path;
  }

  test::TemporaryDirectory directory_;
};

TEST_F(CgroupPaths, MatchWithinTheNameOfOneFolder) {
  const std::string a = make("top/a.service");
  const std::string b = make("top/b.service");
  make("top/c.slice/d.service");
  make("top/.e.service");
  directory_.write("top/file.service", "no folder");
  EXPECT_THAT(matching_folders(directory_ / "top/*.service", 10), ElementsAre(a, b));
  EXPECT_THAT(matching_folders(directory_ / "top/[b-z].service", 10), ElementsAre(b));
  EXPECT_THAT(matching_folders(directory_ / "top/?.service", 10), ElementsAre(a, b));
  EXPECT_THAT(matching_folders(directory_ / "top/x*", 10), IsEmpty());
  EXPECT_THAT(matching_folders(directory_ / "nothing/*", 10), IsEmpty());
}

TEST_F(CgroupPaths, MatchInSeveralLevels) {
  const std::string first = make("pods/pod1/app");
  const std::string second = make("pods/pod2/app");
  make("pods/pod3");
  EXPECT_THAT(matching_folders(directory_ / "pods/pod*/app", 10), ElementsAre(first, second));
  EXPECT_THAT(matching_folders(directory_ / "pods/*/*", 10), ElementsAre(first, second));
}

TEST_F(CgroupPaths, HaveBackslashesThatStandForThemselves) {
  const std::string unit = make("dev\\x2ddisk.swap");
  EXPECT_THAT(matching_folders(directory_ / "dev\\x2d*", 10), ElementsAre(unit));
}

TEST_F(CgroupPaths, EndAtALimit) {
  for (int i = 0; i < 9; ++i) make("many/" + std::to_string(i));
  EXPECT_LE(matching_folders(directory_ / "many/*", 4).size(), 5U);
}

TEST_F(CgroupPaths, AreWatchedWhereTheyMayComeAndGo) {
  const std::string top = make("pods");
  const std::string one = make("pods/pod1");
  EXPECT_THAT(folders_to_watch(top), ElementsAre(top));
  EXPECT_THAT(folders_to_watch(top + "/*.service"), ElementsAre(top));
  EXPECT_THAT(folders_to_watch(top + "/pod*/app"), ElementsAre(top, one));
  EXPECT_THAT(folders_to_watch(directory_ / "later/*"), ElementsAre(directory_ / "later"));
}

}  // namespace
}  // namespace bpfmap::kernel
