// SPDX-License-Identifier: Apache-2.0
// The example of docs/cgroups.md, with processes in cgroups that this test makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "integration/documentation.h"
#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kContainer =
    "3f4c8b1e9a7d6052c1b3e4f5a6978801122334455667788990aabbccddeeff00";

class CgroupLabels : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || lacks(mount_tracefs())) return;
    mount_ = cgroup2_mount();
    if (lacks(mount_.empty() ? "cgroup v2 cannot be mounted" : "")) return;
    name_ = "/bpfmap_labels_" + std::to_string(::getpid());
    if (::mkdir((mount_ + name_).c_str(), 0755) != 0) lacks("no cgroup can be made in " + mount_);
  }
  void TearDown() override {
    if (name_.empty()) return;
    remove_cgroup(container());
    EXPECT_TRUE(remove_cgroup(name_));
  }

  std::string container() const { return name_ + "/docker-" + kContainer + ".scope"; }

  bool remove_cgroup(const std::string& path) const {
    return eventually([&] { return ::rmdir((mount_ + path).c_str()) == 0 || errno == ENOENT; });
  }

  // By a process of its own, in that cgroup and nowhere else.
  void call_getpgid(const std::string& cgroup, int times) const {
    const std::string procs = mount_ + cgroup + "/cgroup.procs";
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      std::ofstream file(procs);
      file << "0" << std::flush;
      if (!file) ::_exit(1);
      for (int i = 0; i < times; ++i) static_cast<void>(::getpgid(0));
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0) << "cannot enter " << procs;
  }

  std::string write_example() const {
    std::string text;
    for (const TestBlock& block : test_blocks("docs/cgroups.md")) text = block.text;
    const std::string object = "cgroups.bpf.o";
    text.replace(text.find(object), object.size(), test_object("cgroups"));
    return directory_.write("cgroups.yaml", text + "\nmax_age: 1ns\n");
  }

  TemporaryDirectory directory_;
  std::string mount_;
  std::string name_;
};

TEST_F(CgroupLabels, NameCgroupsThatAppearAndThoseThatAreGone) {
  ExporterProcess exporter({"--config=" + write_example()});
  EXPECT_THAT(exporter.log(), HasSubstr("mounted=" + mount_));
  ASSERT_EQ(::mkdir((mount_ + container()).c_str(), 0755), 0);
  call_getpgid(name_, 11);
  call_getpgid(container(), 7);
  const std::string outer =
      "getpgid_calls_total{cgroup=\"" + name_ + "\",unit=\"\",container=\"\"}";
  const std::string inner = "getpgid_calls_total{cgroup=\"" + container() +
                            "\",unit=\"\",container=\"" + kContainer + "\"}";
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value(outer), 11);
  EXPECT_EQ(page.value(inner), 7);

  ASSERT_TRUE(remove_cgroup(container()));
  EXPECT_EQ(exporter.scrape().value(inner), 7) << "the name stays";

  // Another cgroup of the same name has another id: the two are one series.
  ASSERT_EQ(::mkdir((mount_ + container()).c_str(), 0755), 0);
  call_getpgid(container(), 5);
  EXPECT_EQ(exporter.scrape().value(inner), 12);
  const MetricsPage own = exporter.scrape();
  EXPECT_GT(own.value("bpfmap_exporter_name_cache_entries{cache=\"cgroups\"}"), 0);
  exporter.stop();
}

TEST_F(CgroupLabels, UnknownIdsAreOneSeries) {
  const std::string config = write_example();
  ExporterProcess exporter({"--config=" + config, "--cgroup.keep=1ns"});
  ASSERT_EQ(::mkdir((mount_ + container()).c_str(), 0755), 0);
  call_getpgid(container(), 3);
  ASSERT_TRUE(remove_cgroup(container()));
  ASSERT_EQ(::mkdir((mount_ + container()).c_str(), 0755), 0);
  call_getpgid(container(), 4);
  ASSERT_TRUE(remove_cgroup(container()));
  const std::string unknown =
      "getpgid_calls_total{cgroup=\"unknown\",unit=\"unknown\",container=\"unknown\"}";
  EXPECT_TRUE(eventually([&] { return exporter.scrape().value_or(unknown, 0) >= 7; }));
  exporter.stop();
}

}  // namespace
}  // namespace bpfmap::test
