// SPDX-License-Identifier: Apache-2.0
#include "host/host_names.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/unique_fd.h"
#include "host/tables/name_sources.h"

namespace bpfmap::host {
namespace {

using Rows = std::vector<HostNames::Row>;

// A table that counts how often it is read.
struct FakeTable {
  std::optional<Rows> rows = Rows{};
  int reads = 0;

  HostNames::Source source() {
    return [this] {
      ++reads;
      return rows;
    };
  }
};

class HostNamesTest : public ::testing::Test {
 protected:
  std::string interface(std::uint32_t index) {
    const HostNames::Name* name = names_.interface(index);
    return name == nullptr ? "(none)" : name->text;
  }
  std::string block_device(std::uint32_t major, std::uint32_t minor) {
    const HostNames::Name* name = names_.block_device(major, minor);
    return name == nullptr ? "(none)" : name->text;
  }

  FakeTable interfaces_;
  FakeTable block_devices_;
  HostNames names_{interfaces_.source(), block_devices_.source()};
};

TEST_F(HostNamesTest, FindsNamesWhateverTheirOrder) {
  interfaces_.rows = Rows{{7, "veth7"}, {1, "lo"}, {2, "eth0"}};
  EXPECT_EQ("lo", interface(1));
  EXPECT_EQ("eth0", interface(2));
  EXPECT_EQ("veth7", interface(7));
  EXPECT_EQ("(none)", interface(0));
  EXPECT_EQ("(none)", interface(3));
  EXPECT_EQ("(none)", interface(0xffffffff));
}

TEST_F(HostNamesTest, ReadsNothingBeforeItIsAskedAndOnlyTheTableThatIsAskedFor) {
  names_.begin_rendering();
  EXPECT_EQ(0, interfaces_.reads);
  interface(1);
  EXPECT_EQ(1, interfaces_.reads);
  EXPECT_EQ(0, block_devices_.reads);
}

TEST_F(HostNamesTest, MissesDoNotReadTheTableAgainWithinARendering) {
  names_.begin_rendering();
  for (std::uint32_t index = 0; index < 1000; ++index) interface(index);
  EXPECT_EQ(1, interfaces_.reads);
}

TEST_F(HostNamesTest, ARenamedInterfaceIsRightInTheNextRendering) {
  interfaces_.rows = Rows{{2, "eth0"}};
  names_.begin_rendering();
  EXPECT_EQ("eth0", interface(2));
  interfaces_.rows = Rows{{2, "wan0"}};
  EXPECT_EQ("eth0", interface(2)) << "a name changed in the middle of a rendering";
  names_.begin_rendering();
  EXPECT_EQ("wan0", interface(2));
}

TEST_F(HostNamesTest, AnInterfaceThatIsGoneLosesItsNameAndTheNextOneOfItsIndexGetsAnother) {
  interfaces_.rows = Rows{{2, "eth0"}};
  EXPECT_EQ("eth0", interface(2));
  interfaces_.rows = Rows{};
  names_.begin_rendering();
  EXPECT_EQ("(none)", interface(2));
  interfaces_.rows = Rows{{2, "tun0"}};
  names_.begin_rendering();
  EXPECT_EQ("tun0", interface(2));
}

TEST_F(HostNamesTest, ATableThatCannotBeReadKeepsItsNames) {
  interfaces_.rows = Rows{{2, "eth0"}};
  EXPECT_EQ("eth0", interface(2));
  interfaces_.rows = std::nullopt;
  names_.begin_rendering();
  EXPECT_EQ("eth0", interface(2));
  EXPECT_EQ(2, interfaces_.reads);
  interface(3);
  EXPECT_EQ(2, interfaces_.reads) << "a failure must not be tried again for every row";
  interfaces_.rows = Rows{{2, "eth1"}};
  names_.begin_rendering();
  EXPECT_EQ("eth1", interface(2));
}

TEST_F(HostNamesTest, NoTwoIndexesHaveOneName) {
  interfaces_.rows = Rows{{5, "eth0"}, {2, "eth0"}, {2, "again"}};
  EXPECT_EQ("eth0", interface(2));
  EXPECT_EQ("(none)", interface(5));
}

TEST_F(HostNamesTest, ATableIsBounded) {
  Rows rows;
  for (std::uint64_t i = 0; i <= HostNames::kMaxRows; ++i)
    rows.push_back({i, "v" + std::to_string(i)});
  interfaces_.rows = rows;
  const auto last = static_cast<std::uint32_t>(HostNames::kMaxRows);
  EXPECT_EQ("v" + std::to_string(last - 1), interface(last - 1));
  EXPECT_EQ("(none)", interface(last));
}

TEST_F(HostNamesTest, NamesLongerThanTheKernelMakesThemAreLeftOut) {
  interfaces_.rows = Rows{{1, std::string(HostNames::kMaxInterfaceName, 'a')},
                          {2, std::string(HostNames::kMaxInterfaceName + 1, 'b')}};
  EXPECT_EQ(std::string(HostNames::kMaxInterfaceName, 'a'), interface(1));
  EXPECT_EQ("(none)", interface(2));
}

TEST_F(HostNamesTest, NamesThatLookLikeFallbacksAreMarked) {
  interfaces_.rows = Rows{{1, "7"}, {2, "eth7"}, {3, "7:1"}};
  EXPECT_TRUE(names_.interface(1)->ambiguous);
  EXPECT_FALSE(names_.interface(2)->ambiguous);
  EXPECT_FALSE(names_.interface(3)->ambiguous);
  block_devices_.rows = Rows{{device_id(8, 1), "7:1"}, {device_id(8, 2), "sda2"}};
  EXPECT_TRUE(names_.block_device(8, 1)->ambiguous);
  EXPECT_FALSE(names_.block_device(8, 2)->ambiguous);
}

TEST_F(HostNamesTest, BlockDevicesAreFoundByBothNumbers) {
  block_devices_.rows = Rows{{device_id(8, 0), "sda"}, {device_id(259, 3), "nvme0n1p1"}};
  EXPECT_EQ("sda", block_device(8, 0));
  EXPECT_EQ("nvme0n1p1", block_device(259, 3));
  EXPECT_EQ("(none)", block_device(0, 8));
  EXPECT_EQ("(none)", block_device(8, 259));
}

TEST(HostNames, KnowsTheInterfacesOfThisHost) {
  const unsigned loopback = if_nametoindex("lo");
  if (loopback == 0) GTEST_SKIP() << "needs an interface 'lo'";
  HostNames names{std::make_shared<Host>()};
  ASSERT_NE(nullptr, names.interface(loopback));
  EXPECT_EQ("lo", names.interface(loopback)->text);
}

// Renames the loopback interface of the calling thread's network namespace.
bool rename_loopback(const char* from, const char* to) {
  const UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strncpy(request.ifr_name, from, IFNAMSIZ - 1);
  std::strncpy(request.ifr_newname, to, IFNAMSIZ - 1);
  return ::ioctl(fd.get(), SIOCSIFNAME, &request) == 0;
}

TEST(HostNames, FollowsAnInterfaceThatIsRenamedInTheKernel) {
  bool has_namespace = false;
  std::string before;
  std::string after;
  // unshare() changes the namespace of this one thread.
  std::thread([&] {
    has_namespace = ::unshare(CLONE_NEWNET) == 0;
    if (!has_namespace) return;
    const unsigned index = if_nametoindex("lo");
    HostNames names{std::make_shared<Host>()};
    if (const auto* name = names.interface(index)) before = name->text;
    if (!rename_loopback("lo", "other0")) return;
    names.begin_rendering();
    if (const auto* name = names.interface(index)) after = name->text;
  }).join();
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread changes the environment
  if (!has_namespace && std::getenv("REQUIRE_BPF") == nullptr) {
    GTEST_SKIP() << "needs CAP_SYS_ADMIN for a network namespace";
  }
  EXPECT_EQ("lo", before);
  EXPECT_EQ("other0", after);
}

constexpr const char* kPartitions =
    "major minor  #blocks  name\n"
    "\n"
    " 259        0  500107608 nvme0n1\n"
    " 259        1     524288 nvme0n1p1\n"
    "   8        0 99999999999 sda\n"
    " 104        0   71652960 cciss/c0d0\n"
    "   8        x        1 broken\n"
    "   8       16\n"
    "   8       17          7 sdb1";

TEST(ParsePartitions, TakesWhatTheKernelWritesAndSkipsTheRest) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  for (const auto& row : parse_partitions(kPartitions)) found.emplace_back(row.id, row.name);
  const std::vector<std::pair<std::uint64_t, std::string>> expected = {
      {device_id(259, 0), "nvme0n1"},    {device_id(259, 1), "nvme0n1p1"}, {device_id(8, 0), "sda"},
      {device_id(104, 0), "cciss/c0d0"}, {device_id(8, 17), "sdb1"},
  };
  EXPECT_EQ(expected, found);
}

TEST(ParsePartitions, TakesNothingFromNothing) {
  EXPECT_TRUE(parse_partitions("").empty());
  EXPECT_TRUE(parse_partitions("\n\n").empty());
}

TEST(ReadPartitions, SaysSoWhenTheFileIsMissing) {
  EXPECT_FALSE(read_partitions("/proc/no/such/file").has_value());
  EXPECT_FALSE(read_partitions("/proc").has_value()) << "a folder cannot be read";
}

TEST(ReadPartitions, ReadsAFileLargerThanOneRead) {
  const std::string path = ::testing::TempDir() + "partitions." + std::to_string(::getpid());
  std::ofstream file(path);
  file << "major minor  #blocks  name\n\n";
  for (int i = 0; i < 5000; ++i) file << "   8  " << i << "  1024 sd" << i << "\n";
  file.close();
  const auto rows = read_partitions(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(5000u, rows->size());
  EXPECT_EQ("sd4999", rows->back().name);
}

// sysfs tells the same numbers in another way.
TEST(ReadPartitions, AgreesWithSysfsAboutThisHost) {
  const auto rows = read_partitions("/proc/partitions");
  if (!rows || rows->empty()) GTEST_SKIP() << "needs a block device";
  std::size_t compared = 0;
  for (const HostNames::Row& row : *rows) {
    std::string device;
    if (!(std::ifstream("/sys/class/block/" + row.name + "/dev") >> device)) continue;
    EXPECT_EQ(device, std::to_string(row.id >> 32) + ":" + std::to_string(row.id & 0xffffffff));
    ++compared;
  }
  EXPECT_GT(compared, 0u);
}

}  // namespace
}  // namespace bpfmap::host
