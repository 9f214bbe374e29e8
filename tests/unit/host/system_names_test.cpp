// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "host/tables/file_change.h"
#include "host/tables/pci_ids.h"
#include "host/tables/process_names.h"
#include "host/tables/system_sources.h"

namespace bpfmap::host {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A folder that goes when the test ends, however it ends.
class NameFolder : public ::testing::Test {
 protected:
  NameFolder()
      : folder_(fs::path(::testing::TempDir()) /
                (std::string("names.") + std::to_string(::getpid()) + "." +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::create_directories(folder_);
  }
  ~NameFolder() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  std::string write(const std::string& path, const std::string& text) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
    return folder_ / path;
  }
  fs::path folder_;
};

std::string pairs_of(const std::optional<std::vector<Row>>& rows) {
  if (!rows) return "(unreadable)";
  std::map<std::uint64_t, std::string> sorted;
  for (const Row& row : *rows) sorted.emplace(row.id, row.name);
  std::string text;
  for (const auto& [id, name] : sorted) text += std::to_string(id) + "=" + name + " ";
  return text;
}

TEST_F(NameFolder, AccountsAreReadAndOtherLinesSkipped) {
  const std::string path = write("passwd",
                                 "root:x:0:0:root:/root:/bin/bash\n# a comment:x:1:\n\nbroken\n"
                                 "nobody:x:65534:65534::/:/bin/false\n+:x:many:\nlast:x:7:");
  EXPECT_EQ("0=root 7=last 65534=nobody ", pairs_of(read_accounts(path)));
  EXPECT_EQ("(unreadable)", pairs_of(read_accounts(path + ".missing")));
}

TEST_F(NameFolder, AChangeOfAFileIsNoticed) {
  const std::string path = write("file", "1");
  FileChange change(path);
  EXPECT_TRUE(change());
  EXPECT_FALSE(change());
  write("file", "12");
  EXPECT_TRUE(change());
  EXPECT_FALSE(change());
  fs::remove(path);
  EXPECT_TRUE(change());
  EXPECT_TRUE(change()) << "a missing file is looked for again";
}

TEST_F(NameFolder, InterruptsHaveTheNamesOfTheirActions) {
  write("24/actions", "nvme0q0\n");
  write("25/actions", "\n");
  write("26/actions", "a,b\n");
  write("other/actions", "x\n");
  EXPECT_EQ("24=nvme0q0 25= 26=a,b ", pairs_of(read_interrupts(folder_)));
  EXPECT_EQ("(unreadable)", pairs_of(read_interrupts(folder_ / "missing")));
}

TEST_F(NameFolder, CpusAreInNodes) {
  for (const char* cpu :
       {"node0/cpu0", "node0/cpu1", "node1/cpu2", "node1/cpulist", "power/cpu9"}) {
    write(cpu, "");
  }
  EXPECT_EQ("0=0 1=0 2=1 ", pairs_of(read_numa_nodes(folder_)));
}

TEST_F(NameFolder, NamespacesOfTheHostAreToldFromThoseOfTheExporter) {
  const auto link = [this](const std::string& path, const std::string& target) {
    fs::create_directories((folder_ / path).parent_path());
    fs::create_symlink(target, folder_ / path);
  };
  link("1/ns/net", "net:[100]");
  link("self/ns/net", "net:[200]");
  link("self/ns/pid", "pid:[4026531836]");
  const std::string seen = pairs_of(read_namespaces(folder_));
  EXPECT_NE(std::string::npos, seen.find("100=host ")) << seen;
  EXPECT_NE(std::string::npos, seen.find("200=exporter ")) << seen;
  EXPECT_NE(std::string::npos, seen.find("4026531836=host ")) << seen;
  fs::remove(folder_ / "self/ns/pid");
  link("self/ns/pid", "pid:[300]");
  const std::string contained = pairs_of(read_namespaces(folder_));
  EXPECT_EQ(std::string::npos, contained.find("100=")) << "process 1 is not the host's there";
}

class ProcessNamesTest : public NameFolder {
 protected:
  std::string find(std::uint32_t pid, Duration after) {
    return std::string(names_.find(pid, TimePoint() + 1h + after).text());
  }
  ProcessNames names_{folder_};
};

TEST_F(ProcessNamesTest, AReusedPidGetsTheNewNameAndAGoneOneKeepsItsOwn) {
  write("7/comm", "old\n");
  EXPECT_EQ("old", find(7, 0s));
  write("7/comm", "new\n");
  EXPECT_EQ("old", find(7, 900ms)) << "not read again within a second";
  EXPECT_EQ("new", find(7, 1s));
  fs::remove_all(folder_ / "7");
  EXPECT_EQ("new", find(7, 5s));
  EXPECT_EQ("", find(8, 5s));
  write("8/comm", "later\n");
  EXPECT_EQ("later", find(8, 10s));
  const CacheStatistics statistics = names_.statistics();
  EXPECT_EQ(2u, statistics.entries);
  EXPECT_EQ(1u, statistics.hits);
  EXPECT_EQ(5u, statistics.misses);
}

TEST_F(ProcessNamesTest, IsBoundedAndForgetsWhatIsNotAskedFor) {
  const auto most = static_cast<std::uint32_t>(ProcessNames::kMaxEntries);
  for (std::uint32_t pid = 1; pid <= most + 10; ++pid) find(pid, 0s);
  EXPECT_EQ(most, names_.statistics().entries);
  write("1/comm", "one\n");
  EXPECT_EQ("one", find(most + 11, 2s).empty() ? find(1, 2s) : "");
  EXPECT_EQ(2u, names_.statistics().entries);
}

TEST_F(NameFolder, PciIdsKnowTheFourKinds) {
  const std::string path = write("pci.ids",
                                 "# comment\n8086  Intel Corporation\n\t1533  I210 Gigabit\n"
                                 "\t\t103c 0003  Subsystem\n1af4  Red Hat, Inc.\n\t1000  Virtio\n\n"
                                 "C 02  Network controller\n\t00  Ethernet controller\n"
                                 "\t\t01  Interface\n");
  PciIds ids({folder_ / "missing", path});
  using Kind = PciIds::Kind;
  EXPECT_EQ("Intel Corporation", ids.find(Kind::kVendor, 0x8086));
  EXPECT_EQ("I210 Gigabit", ids.find(Kind::kDevice, 0x80861533));
  EXPECT_EQ("Virtio", ids.find(Kind::kDevice, 0x1af41000));
  EXPECT_EQ("Network controller", ids.find(Kind::kClass, 2));
  EXPECT_EQ("Ethernet controller", ids.find(Kind::kSubclass, 0x0200));
  EXPECT_EQ("", ids.find(Kind::kVendor, 0x1533));
  EXPECT_EQ("", ids.find(Kind::kDevice, 0x180861533));
  EXPECT_EQ(6u, ids.statistics().entries);
  EXPECT_EQ(1u, ids.statistics().misses);
}

TEST_F(NameFolder, WithoutPciIdsThereIsOneWarning) {
  PciIds ids({folder_ / "missing"});
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) EXPECT_EQ("", ids.find(PciIds::Kind::kVendor, 0x8086));
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(std::string::npos, log.find("PCI devices stay numbers")) << log;
  EXPECT_EQ(log.find("PCI devices"), log.rfind("PCI devices")) << log;
}

}  // namespace
}  // namespace bpfmap::host
