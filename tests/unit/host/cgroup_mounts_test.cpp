// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "host/cgroup_mounts.h"

namespace bpfmap::host {
namespace {

constexpr const char* kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:10 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:4 master:2 - cgroup2 cgroup2 rw\n";

TEST(CgroupMounts, FindsEachHierarchy) {
  EXPECT_EQ(find_cgroup_mount(kHybrid, kUnifiedHierarchy), "/sys/fs/cgroup/unified");
  EXPECT_EQ(find_cgroup_mount(kHybrid, "cpuacct"), "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(find_cgroup_mount(kHybrid, "memory"), "/sys/fs/cgroup/memory");
  EXPECT_EQ(find_cgroup_mount(kHybrid, "name=systemd"), "/sys/fs/cgroup/systemd");
  EXPECT_EQ(find_cgroup_mount(kHybrid, "blkio"), std::nullopt);
  EXPECT_EQ(find_cgroup_mount(kHybrid, "mem"), std::nullopt);
  EXPECT_EQ(find_cgroup_mount("", kUnifiedHierarchy), std::nullopt);
  EXPECT_EQ(find_cgroup_mount("1 2 3\n- - - -\n", kUnifiedHierarchy), std::nullopt);
}

// In a container with a namespace of its own, beside the machine's tree.
TEST(CgroupMounts, PrefersTheMountThatShowsMost) {
  const std::string own = "50 49 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
  const std::string part = "51 49 0:26 /a/b /part rw - cgroup2 cgroup rw\n";
  const std::string whole = "52 49 0:26 /../../.. /host/sys/fs/cgroup rw - cgroup2 cgroup rw\n";
  EXPECT_EQ(find_cgroup_mount(own + part + whole, kUnifiedHierarchy), "/host/sys/fs/cgroup");
  EXPECT_EQ(find_cgroup_mount(whole + part + own, kUnifiedHierarchy), "/host/sys/fs/cgroup");
  EXPECT_EQ(find_cgroup_mount(part + own, kUnifiedHierarchy), "/sys/fs/cgroup");
}

TEST(CgroupMounts, ReadsPathsAsTheKernelWritesThem) {
  EXPECT_EQ(
      find_cgroup_mount("1 2 0:3 / /a\\040b\\134c\\9 rw - cgroup2 none rw\n", kUnifiedHierarchy),
      "/a b\\c\\9");
}

}  // namespace
}  // namespace bpfmap::host
