// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/object_owners.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/temporary_directory.h"

// Owners in a made-up /proc; the real one is in inventory_test.cpp.
namespace bpfmap::kernel {
namespace {

class ObjectOwners : public ::testing::Test {
 protected:
  void add_process(int pid, const std::string& comm) const {
    proc_.write(std::to_string(pid) + "/comm", comm + "\n");
    std::filesystem::create_directories(proc_ / (std::to_string(pid) + "/fd"));
  }
  void add_descriptor(int pid, int fd, const std::string& target, const std::string& info) const {
    const std::string process = std::to_string(pid);
    std::filesystem::create_symlink(target, proc_ / (process + "/fd/" + std::to_string(fd)));
    proc_.write(process + "/fdinfo/" + std::to_string(fd), "pos:\t0\nflags:\t02000002\n" + info);
  }

  OwnerList find(const OwnerLimits& limits = {}) const {
    const auto found = find_owners(proc_.path(), limits);
    EXPECT_TRUE(found);
    return found.value_or(OwnerList{});
  }

  test::TemporaryDirectory proc_;
};

constexpr const char* kMapInfo = "map_type:\t1\nmemlock:\t9488\nmap_id:\t25\nfrozen:\t0\n";

TEST_F(ObjectOwners, AreFoundByWhatTheirDescriptorsAre) {
  add_process(17, "agent");
  add_descriptor(17, 3, "anon_inode:bpf-map", kMapInfo);
  add_descriptor(17, 4, "anon_inode:bpf-prog", "prog_type:\t6\nprog_id:\t26\nrun_cnt:\t0\n");
  add_descriptor(17, 5, "anon_inode:bpf_link", "link_type:\txdp\nlink_id:\t27\nprog_id:\t26\n");
  add_descriptor(17, 6, "anon_inode:bpf_iter", "");
  add_descriptor(17, 7, "/var/log/map_id", "map_id:\t99\n");
  add_descriptor(17, 8, "socket:[123]", "");
  proc_.write("uptime", "1 2");
  const OwnerList found = find();
  EXPECT_TRUE(found.complete);
  ASSERT_EQ(found.owners.size(), 3U);
  const ObjectKind kinds[] = {ObjectKind::kProgram, ObjectKind::kMap, ObjectKind::kLink};
  const std::uint32_t ids[] = {26, 25, 27};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found.owners[i].kind, kinds[i]);
    EXPECT_EQ(found.owners[i].id, ids[i]);
    EXPECT_EQ(found.owners[i].pid, 17U);
    EXPECT_EQ(found.owners[i].comm, "agent");
  }
}

TEST_F(ObjectOwners, AreThereOnceForEachObject) {
  for (const int pid : {17, 18}) {
    add_process(pid, "agent");
    for (const int fd : {3, 4, 5}) add_descriptor(pid, fd, "anon_inode:bpf-map", kMapInfo);
  }
  EXPECT_EQ(find().owners.size(), 2U);
}

TEST_F(ObjectOwners, AreBoundedInNumber) {
  add_process(17, "agent");
  for (int fd = 0; fd < 20; ++fd) {
    add_descriptor(17, fd, "anon_inode:bpf-map", "map_id:\t" + std::to_string(fd + 1) + "\n");
  }
  const OwnerList all = find({.descriptors = 21, .owners = 21});
  EXPECT_EQ(all.owners.size(), 20U);
  EXPECT_TRUE(all.complete);
  const OwnerList some = find({.descriptors = 1000, .owners = 5});
  EXPECT_EQ(some.owners.size(), 5U);
  EXPECT_FALSE(some.complete);
  const OwnerList few_looked_at = find({.descriptors = 7, .owners = 1000});
  EXPECT_EQ(few_looked_at.owners.size(), 7U);
  EXPECT_FALSE(few_looked_at.complete);
}

// A server with many connections costs no more than others.
TEST_F(ObjectOwners, AreLookedForInTheFirstDescriptorsOfAProcess) {
  for (const int pid : {17, 18}) {
    add_process(pid, "server");
    for (int fd = 0; fd < 20; ++fd) {
      add_descriptor(pid, fd, "anon_inode:bpf-map", "map_id:\t" + std::to_string(fd + 1) + "\n");
    }
  }
  const OwnerList some = find({.descriptors = 1000, .descriptors_of_a_process = 19});
  EXPECT_EQ(some.owners.size(), 38U);
  EXPECT_FALSE(some.complete);
  EXPECT_TRUE(find({.descriptors = 1000, .descriptors_of_a_process = 20}).complete);
}

TEST_F(ObjectOwners, ThatEndMeanwhileAreNotMissed) {
  std::filesystem::create_directories(proc_ / "17");  // has no fd any more
  add_process(18, "agent");
  add_descriptor(18, 3, "anon_inode:bpf-map", kMapInfo);
  std::filesystem::remove(proc_ / "18/fdinfo/3");
  const OwnerList found = find();
  EXPECT_TRUE(found.owners.empty());
  EXPECT_TRUE(found.complete);
}

TEST_F(ObjectOwners, ThatCannotBeLookedIntoAreSaidToBeMissing) {
  proc_.write("17/fd", "no folder: as good as one that may not be opened");
  add_process(18, "agent");
  add_descriptor(18, 3, "anon_inode:bpf-map", kMapInfo);
  const OwnerList found = find();
  EXPECT_EQ(found.owners.size(), 1U);
  EXPECT_FALSE(found.complete);
}

TEST_F(ObjectOwners, WithoutProcAreAnError) {
  const auto found = find_owners(proc_ / "nowhere");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message().find("list processes: No such file"), std::string::npos);
}

}  // namespace
}  // namespace bpfmap::kernel
