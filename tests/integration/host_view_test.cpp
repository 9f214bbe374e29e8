// SPDX-License-Identifier: Apache-2.0
// What labels read in containers, which see other processes and cgroups than the programs do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/eventually.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string in_hex(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) {
    char digits[8];
    std::snprintf(digits, sizeof(digits), " 0x%02x", static_cast<unsigned>(number >> i * 8 & 0xff));
    text += digits;
  }
  return text;
}

class HostView : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || lacks(folder_.problem())) return;
    if (!lacks(why_no_program("bpftool"))) lacks(why_no_program("unshare"));
  }
  bool cannot_run() const { return IsSkipped() || HasFatalFailure(); }

  // A map of one entry, whose key is the id.
  std::string map_of(const std::string& name, std::uint64_t id, int bytes) const {
    const std::string pin = folder_ / name;
    run("bpftool map create " + pin + " type hash key " + std::to_string(bytes) +
        " value 8 entries 4 name " + name);
    run("bpftool map update pinned " + pin + " key" + in_hex(id, bytes) + " value 1 0 0 0 0 0 0 0");
    return pin;
  }
  static void run(const std::string& command) {
    const Finished done = run_program({"sh", "-c", command});
    EXPECT_EQ(done.exit_code, 0) << command << "\n" << done.out << done.err;
  }
  // Of a map, whose key is decoded so.
  std::string config(const std::string& pin, const std::string& type,
                     const std::string& decode) const {
    return directory_.write(
        "view.yaml", "maps:\n  - pinned: " + pin + "\n    labels: { name: { offset: 0, type: " +
                         type + ", decode: " + decode +
                         " } }\n    metrics: [ { counter: c_total, value: { offset: 0, type: "
                         "u64 } } ]\n");
  }
  // What `dump` prints in namespaces of its own, behind some preparation there.
  Finished contained(const std::string& namespaces, const std::string& prepare,
                     const std::string& arguments) const {
    return run_program({"sh", "-c",
                        "unshare --fork --kill-child " + namespaces + " sh -c '" + prepare +
                            " exec " + exporter_binary() + " dump " + arguments + "'"});
  }

  BpfFolder folder_;
  TemporaryDirectory directory_;
};

class ProcessView : public HostView {
 protected:
  void SetUp() override {
    HostView::SetUp();
    if (cannot_run()) return;
    pin_ = map_of("view", static_cast<std::uint64_t>(::getpid()), 4);
    config_ = "--config=" + config(pin_, "u32", "pid");
    name_ = read_text("/proc/self/comm");
    name_.pop_back();
  }
  std::string named() const { return "c_total{name=\"" + name_ + "\"} 1\n"; }
  std::string numbered() const {
    return "c_total{name=\"" + std::to_string(::getpid()) + "\"} 1\n";
  }
  static std::string visible(int whether) {
    return "bpfmap_exporter_host_ids_visible{kind=\"process\"} " + std::to_string(whether) + "\n";
  }

  std::string pin_;
  std::string config_;
  std::string name_;
};

TEST_F(ProcessView, OutsideOfContainersIdsHaveNames) {
  if (cannot_run()) return;
  const Finished done = run_exporter({"dump", config_});
  EXPECT_THAT(done.out, AllOf(HasSubstr(named()), HasSubstr(visible(1)))) << done.err;
  EXPECT_THAT(done.err, Not(HasSubstr("labels of processes are numbers")));
}

TEST_F(ProcessView, InAPidNamespaceTheyStayNumbers) {
  if (cannot_run()) return;
  const Finished done = contained("--pid --mount-proc", "", config_);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr(numbered()), HasSubstr(visible(0))));
  EXPECT_THAT(done.err, AllOf(HasSubstr("labels of processes are numbers"),
                              HasSubstr("--path.procfs=/host/proc"), HasSubstr("hostPID: true")));
}

// Another process has that number there: its name would be wrong.
TEST_F(ProcessView, InAPidNamespaceNoOtherProcessIsNamed) {
  if (cannot_run()) return;
  const std::string pin = map_of("first", 1, 4);
  const Finished done =
      contained("--pid --mount-proc", "", "--config=" + config(pin, "u32", "pid"));
  EXPECT_THAT(done.out, HasSubstr("c_total{name=\"1\"} 1\n")) << done.err;
}

TEST_F(ProcessView, TheMachinesProcCanBeMountedElsewhere) {
  if (cannot_run()) return;
  const std::string proc = directory_ / "host_proc";
  ASSERT_EQ(::mkdir(proc.c_str(), 0755), 0);
  const std::string mount = "mount --rbind /proc " + proc + " && mount -t proc proc /proc &&";
  const Finished done = contained("--pid --mount", mount, config_ + " --path.procfs=" + proc + "/");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr(named()), HasSubstr(visible(1))));
  EXPECT_THAT(done.err, Not(HasSubstr("labels of processes are numbers")));
}

TEST_F(ProcessView, TheProcOfAnotherContainerIsNotTheMachines) {
  if (cannot_run()) return;
  // A container in a container that has mounted the /proc of the outer one.
  const std::string proc = directory_ / "outer_proc";
  ASSERT_EQ(::mkdir(proc.c_str(), 0755), 0);
  const Finished done =
      run_program({"sh", "-c",
                   "unshare --pid --fork --kill-child --mount-proc sh -c 'mount --rbind /proc " +
                       proc + " && unshare --pid --fork --kill-child --mount-proc " +
                       exporter_binary() + " dump " + config_ + " --path.procfs=" + proc + "'"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr(numbered()), HasSubstr(visible(0))));
}

TEST_F(ProcessView, APidNamespaceWithTheMachinesProcSeesThem) {
  if (cannot_run()) return;
  const Finished done = contained("--pid", "", config_);
  EXPECT_THAT(done.out, AllOf(HasSubstr(named()), HasSubstr(visible(1)))) << done.err;
}

TEST_F(ProcessView, PathsHaveToBeFolders) {
  if (cannot_run()) return;
  EXPECT_EQ(run_exporter({"dump", config_, "--path.procfs=" + (directory_ / "none")}).exit_code, 2);
  EXPECT_EQ(run_exporter({"dump", config_, "--path.sysfs=sys"}).exit_code, 2);
}

TEST_F(ProcessView, NamesOfUsersAreThoseOfTheMachinesRoot) {
  if (cannot_run()) return;
  directory_.write("root/etc/passwd", "machine_user:x:4242:1::/:/bin/sh\n");
  const std::string users = "--config=" + config(map_of("users", 4242, 4), "u32", "uid");
  const Finished done = run_exporter({"dump", users, "--path.rootfs=" + (directory_ / "root")});
  EXPECT_THAT(done.out, HasSubstr("c_total{name=\"machine_user\"} 1\n")) << done.err;
}

class CgroupContainer : public HostView {
 protected:
  void SetUp() override {
    HostView::SetUp();
    if (cannot_run()) return;
    mount_ = cgroup2_mount();
    if (lacks(mount_.empty() ? "cgroup v2 cannot be mounted" : "")) return;
    cgroup_ = "/bpfmap_view_" + std::to_string(::getpid());
    if (::mkdir((mount_ + cgroup_).c_str(), 0755) != 0) {
      lacks("no cgroup can be made in " + mount_);
      return;
    }
    struct stat status {};
    ASSERT_EQ(::stat((mount_ + cgroup_).c_str(), &status), 0);
    id_ = status.st_ino;
    config_ =
        "--config=" + config(map_of("cgroups", id_, 8), "u64", "{ cgroup: { path: relative } }");
    outside_ = directory_ / "outside";
    inside_ = directory_ / "inside";
    ASSERT_EQ(::mkdir(outside_.c_str(), 0755), 0);
    ASSERT_EQ(::mkdir(inside_.c_str(), 0755), 0);
  }
  void TearDown() override {
    if (cgroup_.empty()) return;
    EXPECT_TRUE(
        eventually([&] { return ::rmdir((mount_ + cgroup_).c_str()) == 0 || errno == ENOENT; }));
  }
  // Runs `dump` in that cgroup, in namespaces of its own, where it is the topmost one.
  Finished contained_in_cgroup(const std::string& prepare) const {
    return run_program(
        {"sh", "-c",
         "echo $$ > " + mount_ + cgroup_ +
             "/cgroup.procs && exec unshare --fork --kill-child --cgroup --mount sh -c '" +
             prepare + " exec " + exporter_binary() + " dump " + config_ + "'"});
  }
  static std::string visible(int whether) {
    return "bpfmap_exporter_host_ids_visible{kind=\"cgroup\"} " + std::to_string(whether) + "\n";
  }
  static constexpr const char* kUnmountAll = "umount -a -l -t cgroup2 &&";

  std::string mount_;
  std::string cgroup_;
  std::uint64_t id_ = 0;
  std::string config_;
  std::string outside_;
  std::string inside_;
};

TEST_F(CgroupContainer, OutsideIdsHaveNames) {
  if (cannot_run()) return;
  const Finished done = run_exporter({"dump", config_});
  EXPECT_THAT(done.out,
              AllOf(HasSubstr("c_total{name=\"" + cgroup_ + "\"} 1\n"), HasSubstr(visible(1))))
      << done.err;
}

TEST_F(CgroupContainer, InACgroupNamespaceTheyStayNumbers) {
  if (cannot_run()) return;
  const Finished done =
      contained_in_cgroup(std::string(kUnmountAll) + " mount -t cgroup2 none " + inside_ + " &&");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("c_total{name=\"" + std::to_string(id_) + "\"} 1\n"),
                              HasSubstr(visible(0))));
  EXPECT_THAT(done.err, AllOf(HasSubstr("only a part of the machine's cgroups is mounted"),
                              HasSubstr("--path.sysfs=/host/sys")));
}

TEST_F(CgroupContainer, OfSeveralMountsTheMachinesIsUsed) {
  if (cannot_run()) return;
  const Finished done =
      contained_in_cgroup("mount --bind " + mount_ + " " + outside_ + " && mount -t cgroup2 none " +
                          inside_ + " && umount -l " + mount_ + " &&");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out,
              AllOf(HasSubstr("c_total{name=\"" + cgroup_ + "\"} 1\n"), HasSubstr(visible(1))));
}

}  // namespace
}  // namespace bpfmap::test
