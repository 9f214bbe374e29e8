// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "base/unique_fd.h"
#include "kernel/map_syscalls.h"
#include "kernel/object.h"
#include "kernel/open_reader.h"
#include "kernel/storage_fixture.h"
#include "support/bpf_requirements.h"
#include "support/test_objects.h"

// Storage maps hold what the test has put into them by descriptors of threads, cgroups and sockets.
namespace bpfmap::test {
namespace {

using model::ReaderChoice;
using ::testing::HasSubstr;

struct TaskKey {
  std::uint32_t pid;
  std::uint32_t tgid;
  char comm[16];
};

// A process that does nothing until it is ended.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
    fd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  }
  ~Sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  std::uint32_t pid() const { return static_cast<std::uint32_t>(pid_); }
  int fd() const { return fd_.get(); }

 private:
  pid_t pid_;
  UniqueFd fd_;
};

// A cgroup of version 2 that lasts as long as this.
class Cgroup {
 public:
  explicit Cgroup(const std::string& name) {
    const std::string root = cgroup2_mount();
    path_ = root + "/bpfmap_storage_" + std::to_string(::getpid()) + "_" + name;
    EXPECT_EQ(::mkdir(path_.c_str(), 0700), 0) << path_ << ": " << errno;
    fd_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  Cgroup(Cgroup&& other) noexcept
      : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup() {
    if (!path_.empty()) ::rmdir(path_.c_str());
  }

  const std::string& path() const { return path_; }
  int fd() const { return fd_.get(); }
  std::uint64_t id() const {
    struct stat status {};
    EXPECT_EQ(::fstat(fd_.get(), &status), 0);
    return status.st_ino;
  }

 private:
  std::string path_;
  UniqueFd fd_;
};

TEST_F(StorageMapTest, ThreadsWithAValueAreRowsAndOthersAreNot) {
  if (IsSkipped() || HasFatalFailure()) return;
  const UniqueFd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  const Sleeper with;
  const Sleeper without;
  put(*maps_, "task_values", self.get(), 11);
  put(*maps_, "task_values", with.fd(), 22);

  std::map<std::uint32_t, std::uint64_t> calls;
  for (const DumpedRow& row : read_all(*maps_, "task_values")) {
    const auto key = as<TaskKey>(row.key);
    EXPECT_EQ(key.pid, key.tgid);
    char comm[16] = {};
    std::FILE* file = std::fopen(("/proc/" + std::to_string(key.pid) + "/comm").c_str(), "r");
    ASSERT_NE(file, nullptr);
    EXPECT_NE(std::fgets(comm, sizeof(comm), file), nullptr);
    std::fclose(file);
    comm[std::strcspn(comm, "\n")] = '\0';
    EXPECT_STREQ(key.comm, comm);
    EXPECT_TRUE(calls.emplace(key.pid, as<Usage>(row.values.at(0)).calls).second);
  }
  const std::map<std::uint32_t, std::uint64_t> truth = {
      {static_cast<std::uint32_t>(::getpid()), 11}, {with.pid(), 22}};
  EXPECT_EQ(calls, truth);
  Usage usage;
  const int descriptor = without.fd();
  EXPECT_NE(::bpf_map_lookup_elem(maps_->fd("task_values"), &descriptor, &usage), 0)
      << "the walk must not make a value for a thread that has none";
}

TEST_F(StorageMapTest, ThreadsGetLabels) {
  if (IsSkipped() || HasFatalFailure()) return;
  const Sleeper sleeper;
  put(*maps_, "task_values", sleeper.fd(), 33);
  const Samples samples = maps_->samples(
      "maps: [ { map: task_values, labels: { thread: { field: pid }, comm: },\n"
      "          metrics: [ { counter: calls_total, help: Calls., value: calls },\n"
      "                     { gauge: errors, help: Errors., value: errors } ] } ]\n");
  const std::string labels = "{thread=\"" + std::to_string(sleeper.pid()) + "\",comm=\"";
  ASSERT_EQ(samples.size(), 2U);
  for (const auto& [series, value] : samples) {
    EXPECT_THAT(series, HasSubstr(labels));
    EXPECT_EQ(value, series.starts_with("calls_total") ? "33" : "7");
  }
}

TEST_F(StorageMapTest, CgroupsWithAValueAreRows) {
  if (IsSkipped() || HasFatalFailure()) return;
  if (lacks(cgroup2_mount().empty() ? "no cgroup v2" : "")) return;
  const Cgroup one("one");
  const Cgroup two("two");
  const Cgroup none("none");
  put(*maps_, "cgroup_values", one.fd(), 1);
  put(*maps_, "cgroup_values", two.fd(), 2);
  std::map<std::uint64_t, std::uint64_t> calls;
  for (const DumpedRow& row : read_all(*maps_, "cgroup_values")) {
    calls.emplace(as<std::uint64_t>(row.key), as<Usage>(row.values.at(0)).calls);
  }
  const std::map<std::uint64_t, std::uint64_t> truth = {{one.id(), 1}, {two.id(), 2}};
  EXPECT_EQ(calls, truth);
}

TEST_F(StorageMapTest, ManyCgroupsAreAllFoundOnce) {
  if (IsSkipped() || HasFatalFailure()) return;
  if (lacks(cgroup2_mount().empty() ? "no cgroup v2" : "")) return;
  std::vector<Cgroup> cgroups;
  std::map<std::uint64_t, std::uint64_t> truth;
  for (std::uint64_t i = 0; i < 100; ++i) {
    cgroups.emplace_back("many" + std::to_string(i));
    Page page{};
    page.words[127] = i;
    put(*maps_, "cgroup_pages", cgroups.back().fd(), &page);
    truth.emplace(cgroups.back().id(), i);
  }
  std::map<std::uint64_t, std::uint64_t> found;
  for (const DumpedRow& row : read_all(*maps_, "cgroup_pages")) {
    EXPECT_TRUE(
        found.emplace(as<std::uint64_t>(row.key), as<Page>(row.values.at(0)).words[127]).second)
        << "twice";
  }
  EXPECT_EQ(found, truth);
}

class CgroupStorageTest : public BpfTest {};

// The deprecated maps, which list their keys.
TEST_F(CgroupStorageTest, EveryCgroupIsARow) {
  if (IsSkipped() || HasFatalFailure()) return;
  if (lacks(cgroup2_mount().empty() ? "no cgroup v2" : "")) return;
  std::vector<Cgroup> cgroups;
  kernel::ProgramRequest request{"touch_storage", true, true, {}};
  for (const char* name : {"first", "second", "third"}) {
    cgroups.emplace_back(name);
    request.targets.emplace_back(model::CgroupTarget{cgroups.back().path()});
  }
  auto object = kernel::Object::open_file(test_object("cgroup_storage"));
  ASSERT_TRUE(object) << object.error().message();
  const auto loaded = object->load({&request, 1});
  ASSERT_TRUE(loaded) << loaded.error().message();
  const auto attached = object->attach({&request, 1});
  ASSERT_TRUE(attached) << attached.error().message();

  for (const kernel::MapInfo& info : object->maps()) {
    const int fd = object->map_fd(info.name);
    std::map<std::uint64_t, std::uint64_t> truth;
    std::vector<std::uint64_t> values(info.shape.cpus);
    for (const Cgroup& cgroup : cgroups) {
      const bpf_cgroup_storage_key key{cgroup.id(), BPF_CGROUP_INET_EGRESS};
      for (std::uint64_t& value : values) value = cgroup.id() * 3;
      ASSERT_EQ(::bpf_map_update_elem(fd, &key, values.data(), BPF_EXIST), 0) << errno;
      truth.emplace(cgroup.id(), cgroup.id() * 3 * info.shape.cpus);
    }
    const auto reader = kernel::open_reader(info.name, fd, info.shape, ReaderChoice::kAuto,
                                            kernel::kernel_map_syscalls());
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_EQ((*reader)->name(), "next_key");
    std::map<std::uint64_t, std::uint64_t> found;
    for (const DumpedRow& row : walk(**reader, info.shape, 2)) {
      const auto key = as<bpf_cgroup_storage_key>(row.key);
      EXPECT_EQ(key.attach_type, static_cast<std::uint32_t>(BPF_CGROUP_INET_EGRESS));
      EXPECT_EQ(row.values.size(), info.shape.cpus);
      for (const Bytes& value : row.values) found[key.cgroup_inode_id] += as<std::uint64_t>(value);
    }
    EXPECT_EQ(found, truth) << info.name;
  }
}

TEST_F(StorageMapTest, AnEmptyMapIsAnEmptyWalk) {
  if (IsSkipped() || HasFatalFailure()) return;
  for (const char* map : {"task_values", "cgroup_values"}) {
    EXPECT_TRUE(read_all(*maps_, map).empty()) << map;
  }
}

// Some kernels let no process load this iterator, which may write what it walks.
// The error says so.
TEST_F(StorageMapTest, SocketsAreWalkedOrTheRefusalIsExplained) {
  if (IsSkipped() || HasFatalFailure()) return;
  const kernel::MapInfo& info = maps_->info("socket_values");
  const auto reader = kernel::open_reader(info.name, maps_->fd("socket_values"), info.shape, {},
                                          kernel::kernel_map_syscalls());
  if (why_no_iterator("bpf_sk_storage_map").empty()) {
    ASSERT_TRUE(reader) << reader.error().message();
    EXPECT_TRUE(walk(**reader, info.shape, 16).empty());
    return;
  }
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("load its iterator"));
  EXPECT_THAT(reader.error().message(), HasSubstr("EPERM"));
  EXPECT_THAT(reader.error().message(), HasSubstr("\n  hint: "));
}

TEST_F(StorageMapTest, OtherReadersAreRefused) {
  if (IsSkipped() || HasFatalFailure()) return;
  const auto reader =
      kernel::open_reader("task_values", maps_->fd("task_values"), maps_->info("task_values").shape,
                          ReaderChoice::kNextKey, kernel::kernel_map_syscalls());
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("a task_storage is read by iter only"));
}

TEST_F(StorageMapTest, ARefusalOfTheKernelSaysWhatWasTried) {
  if (IsSkipped() || HasFatalFailure()) return;
  // A hash map in the place of a storage map: the verifier refuses the program.
  const UniqueFd hash(
      ::bpf_map_create(BPF_MAP_TYPE_HASH, "not_a_storage", 4, sizeof(Usage), 4, nullptr));
  const auto reader = kernel::open_reader("wrong", hash.get(), maps_->info("task_values").shape,
                                          ReaderChoice::kAuto, kernel::kernel_map_syscalls());
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().message(), HasSubstr("read map 'wrong'"));
  EXPECT_THAT(reader.error().message(), HasSubstr("load its iterator"));
}

}  // namespace
}  // namespace bpfmap::test
