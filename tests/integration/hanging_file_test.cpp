// SPDX-License-Identifier: Apache-2.0
// Files that never come to an end, or do not even come: the exporter serves, and ends when told to.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kSuccess = "bpfmap_exporter_config_last_reload_successful";

// A file system whose server answers nothing: a process that looks for a name in it waits until
// it is gone.
class DeadMount {
 public:
  explicit DeadMount(std::string path) : path_(std::move(path)) {
    fs::create_directories(path_);
    server_.reset(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    const std::string options =
        "fd=" + std::to_string(server_.get()) + ",rootmode=40000,user_id=0,group_id=0";
    if (!server_ ||
        ::mount("dead", path_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
      problem_ = std::string("cannot mount by FUSE: ") + std::strerror(errno);
    }
  }
  // Without its server, all that waits is told that there is none.
  ~DeadMount() {
    server_.reset();
    if (problem_.empty()) ::umount2(path_.c_str(), MNT_DETACH);
  }
  DeadMount(const DeadMount&) = delete;
  DeadMount& operator=(const DeadMount&) = delete;

  const std::string& problem() const { return problem_; }

 private:
  std::string path_;
  UniqueFd server_;
  std::string problem_;
};

class HangingFile : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || HasFailure()) return;
    fs::create_directories(directory_ / "etc");
    fs::copy_file(source_path("config/runqlat.yaml"), directory_ / "etc/runqlat.yaml");
  }
  bool cannot_run() { return IsSkipped() || HasFailure() || lacks(mount_.problem()); }

  // Seconds between a signal and the end.
  static double time_to_end(ExporterProcess& exporter) {
    const auto begin = std::chrono::steady_clock::now();
    exporter.process().send(SIGTERM);
    EXPECT_EQ(exporter.process().exit_code(), 0) << exporter.log();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  // The next reload meets what hangs.
  void swap_in(const std::string& name, const std::string& target) {
    fs::create_symlink(target, directory_ / "new");
    fs::rename(directory_ / "new", directory_ / name);
  }

  // Whether a thread of the process waits for an answer of the file system.
  static bool hangs(pid_t pid) {
    std::error_code ignored;
    for (const auto& task :
         fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
      std::ifstream file(task.path() / "wchan");
      std::string where;
      if (file >> where && (where.find("fuse") != std::string::npos ||
                            where.find("request_wait") != std::string::npos))
        return true;
    }
    return false;
  }

  static bool fails(ExporterProcess& exporter) { return exporter.scrape().value(kSuccess) == 0; }

  TemporaryDirectory directory_;
  DeadMount mount_{directory_ / "dead"};
};

TEST_F(HangingFile, AReloadFromADeadMountFailsInTimeAndAllGoesOn) {
  if (cannot_run()) return;
  ExporterProcess exporter({"--config=" + directory_ / "etc"});
  swap_in("etc/runqlat.yaml", directory_ / "dead/runqlat.yaml");
  exporter.process().send(SIGHUP);
  EXPECT_TRUE(exporter.scrape().types().contains("runqueue_latency_seconds"));
  EXPECT_TRUE(eventually([&] { return fails(exporter); }));
  EXPECT_TRUE(exporter.scrape().types().contains("runqueue_latency_seconds"));
  EXPECT_LT(time_to_end(exporter), 10);
  EXPECT_THAT(exporter.log(), HasSubstr("read configuration " + directory_ / "etc"));
  EXPECT_THAT(exporter.log(), HasSubstr("file system whose server is gone"));
}

// The reload is under way, and would be for some seconds.
TEST_F(HangingFile, TheEndDoesNotWaitForAReload) {
  if (cannot_run()) return;
  for (const bool is_watched : {false, true}) {
    ExporterProcess exporter(
        is_watched ? std::vector<std::string>{"--config=" + directory_ / "etc", "--config.watch"}
                   : std::vector<std::string>{"--config=" + directory_ / "etc"});
    const fs::path file = directory_ / "etc/runqlat.yaml";
    fs::rename(file, directory_ / "kept");
    swap_in("etc/runqlat.yaml", directory_ / "dead/runqlat.yaml");
    if (!is_watched) exporter.process().send(SIGHUP);
    EXPECT_TRUE(eventually([&] { return hangs(exporter.process().pid()); }));
    EXPECT_LT(time_to_end(exporter), 5);
    fs::rename(directory_ / "kept", file);
  }
}

TEST_F(HangingFile, AnObjectOnADeadMountIsAnErrorOfItsReload) {
  if (cannot_run()) return;
  ExporterProcess exporter({"--config=" + directory_ / "etc"});
  directory_.write("etc/more.yaml", "object: ../dead/x.bpf.o\nmaps: []\n");
  exporter.process().send(SIGHUP);
  EXPECT_TRUE(eventually([&] { return fails(exporter); }));
  EXPECT_LT(time_to_end(exporter), 10);
  EXPECT_THAT(exporter.log(), HasSubstr("open object "));
  EXPECT_THAT(exporter.log(), HasSubstr("dead/x.bpf.o: Connection timed out (ETIMEDOUT)"));
}

TEST_F(HangingFile, AFolderOnADeadMountIsAnErrorOfCheck) {
  if (cannot_run()) return;
  for (const char* what : {"dead", "dead/x.yaml"}) {
    const Finished check = run_exporter({"check", directory_ / what});
    EXPECT_EQ(check.exit_code, 1);
    EXPECT_THAT(check.err, HasSubstr("read configuration " + directory_ / what));
    EXPECT_THAT(check.err, HasSubstr("(ETIMEDOUT)"));
  }
}

TEST_F(HangingFile, APipeWithoutAWriterIsAnErrorOfItsReload) {
  if (cannot_run()) return;
  ExporterProcess exporter({"--config=" + directory_ / "etc", "--config.watch"});
  ASSERT_EQ(::mkfifo((directory_ / "etc/pipe.yaml").c_str(), 0600), 0);
  EXPECT_TRUE(eventually([&] { return fails(exporter); }));
  EXPECT_TRUE(exporter.scrape().types().contains("runqueue_latency_seconds"));
  fs::remove(directory_ / "etc/pipe.yaml");
  EXPECT_TRUE(eventually([&] { return !fails(exporter); }));
  EXPECT_LT(time_to_end(exporter), 10);
}

// The thread that asks the kubelet is one that nothing can give up.
TEST_F(HangingFile, TheEndIsForcedWhereAThreadHangs) {
  if (cannot_run()) return;
  ExporterProcess exporter({"--config=" + directory_ / "etc",
                            "--kubelet.url=https://127.0.0.1:1/pods",
                            "--kubelet.token-file=" + directory_ / "dead/token"});
  ASSERT_TRUE(eventually([&] { return hangs(exporter.process().pid()); }));
  EXPECT_TRUE(exporter.scrape().types().contains("runqueue_latency_seconds"));
  exporter.process().send(SIGTERM);
  EXPECT_EQ(exporter.process().exit_code(), 3) << exporter.log();
  EXPECT_THAT(exporter.log(), HasSubstr("it is waited for no longer"));
}

TEST_F(HangingFile, PipesAndDevicesAreErrorsOfCheck) {
  const std::string pipe = directory_ / "pipe.yaml";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const Finished none = run_exporter({"check", pipe});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("read configuration " + pipe + ": Connection timed out"));
  const Finished zero = run_exporter({"check", "/dev/zero"});
  EXPECT_EQ(zero.exit_code, 1);
  EXPECT_THAT(zero.err, HasSubstr("/dev/zero: it is a device, expected a file or a pipe"));
  const Finished substitution =
      run_program({"bash", "-c",
                   exporter_binary() + " check <(cat " + source_path("config/runqlat.yaml") + ")"});
  EXPECT_EQ(substitution.exit_code, 0) << substitution.err;
}

}  // namespace
}  // namespace bpfmap::test
