// SPDX-License-Identifier: Apache-2.0
#include "base/small_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/mounts.h"

namespace bpfmap {
namespace {

TEST(SmallFile, IsReadWholeWhateverSizeItSaysItHas) {
  ASSERT_EQ(std::filesystem::file_size("/proc/self/comm"), 0U);
  const auto comm = read_small_file("/proc/self/comm");
  ASSERT_TRUE(comm);
  EXPECT_TRUE(comm->ends_with("\n"));
  EXPECT_EQ(read_small_file("/proc/self/no such file"), std::nullopt);
  EXPECT_EQ(read_small_file("/proc/self"), std::nullopt) << "a folder";
}

TEST(SmallFile, EndsAtALineWhereItIsTooLarge) {
  const std::filesystem::path path =
      std::filesystem::path(::testing::TempDir()) / ("large." + std::to_string(::getpid()));
  const std::string line(1023, 'x');
  constexpr std::size_t kLines = 9 << 10;
  {
    std::ofstream file(path);
    for (std::size_t i = 0; i < kLines; ++i) file << line << '\n';
  }
  const auto text = read_small_file(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->size(), std::size_t{8} << 20);
  EXPECT_TRUE(text->ends_with("x\n"));
}

TEST(Mounts, AreReadFromMountinfo) {
  const auto mounts = parse_mounts(
      "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
      "31 22 0:28 /../.. /a\\040b\\134c rw master:2 shared:3 - cgroup cgroup rw,memory\n"
      "not a mount\n"
      "32 22 0:29 / /no/separator rw cgroup2 cgroup2 rw\n"
      "33 22 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
  ASSERT_EQ(mounts.size(), 3U);
  EXPECT_EQ(mounts[0].type, "ext4");
  EXPECT_EQ(mounts[1].root, "/../..");
  EXPECT_EQ(mounts[1].point, "/a b\\c");
  EXPECT_EQ(mounts[1].options, "rw,memory");
  EXPECT_EQ(mounts[2].point, "/sys/fs/cgroup");
}

TEST(Mounts, OfThisProcessAreWhereFilesAre) {
  bool has_proc = false;
  for (const Mount& mount : own_mounts()) has_proc |= mount.type == "proc";
  EXPECT_TRUE(has_proc);
}

}  // namespace
}  // namespace bpfmap
