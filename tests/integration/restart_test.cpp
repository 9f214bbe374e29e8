// SPDX-License-Identifier: Apache-2.0
// `pin: true`: what is counted while exporters are killed, restarted and upgraded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Threads that make one system call as often as they can, and know how often they did.
class Callers {
 public:
  Callers() {
    for (int i = 0; i < 3; ++i) threads_.emplace_back([this] { call(); });
  }
  ~Callers() { stop(); }

  std::uint64_t so_far() const { return calls_; }
  std::uint64_t stop() {
    stop_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
    return calls_;
  }

 private:
  void call() {
    while (!stop_) {
      // Not at once, so that the number is never ahead of the calls.
      static_cast<void>(::syscall(SYS_getppid));
      ++calls_;
    }
  }

  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> calls_ = 0;
  std::vector<std::thread> threads_;
};

class Restart : public BpfTest {
 protected:
  void SetUp() override {
    if (lacks(why_no_bpf()) || lacks(mount_tracefs()) || lacks(pins_.problem())) return;
    fs::create_directories(directory_ / "etc");
    configure("restart");
  }

  std::string base() const { return pins_ / "pins"; }
  std::string folder() const { return base() + "/calls"; }

  // Names of what is pinned.
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  // The first lines of the configuration, in which the object and `pin` stand.
  void configure(const std::string& object, const std::string& first = "pin: true\n") {
    directory_.write("etc/calls.yaml",
                     first + "object: " + test_object(object) +
                         "\nmax_age: 1ns\nglobals: { watched: " + std::to_string(::getpid()) +
                         ", number: " + std::to_string(SYS_getppid) +
                         " }\nmaps:\n  - map: calls\n    labels: { by: { field: key } }\n"
                         "    metrics: [ { counter: calls_total, value: count } ]\n"
                         "  - variable: calls_in_bss\n    metrics: [ { counter: bss_total } ]\n" +
                         (object == "restart" ? ""
                                              : "  - map: second\n    metrics: [ { counter: "
                                                "second_total } ]\n"));
  }

  std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"--config=" + (directory_ / "etc"), "--bpffs.path=" + base()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  static void kill(ExporterProcess& exporter) {
    exporter.process().send(SIGKILL);
    EXPECT_EQ(exporter.process().exit_code(), 128 + SIGKILL) << exporter.log();
  }

  static void expect_counts(const ExporterProcess& exporter, std::uint64_t calls) {
    const MetricsPage page = exporter.scrape();
    for (const char* series :
         {"calls_total{by=\"0\"}", "calls_total{by=\"1\"}", "calls_total{by=\"2\"}", "bss_total"}) {
      EXPECT_EQ(static_cast<std::uint64_t>(page.value(series)), calls) << series;
    }
  }

  // Waits until the callers have made more calls, whatever else happens.
  static void let_them_call(const Callers& callers) {
    constexpr std::uint64_t kSome = 20000;
    const std::uint64_t until = callers.so_far() + kSome;
    EXPECT_TRUE(eventually([&] { return callers.so_far() >= until; }));
  }

  BpfFolder pins_;
  TemporaryDirectory directory_;
};

TEST_F(Restart, AfterAKillUnderLoadNoCountIsMissing) {
  ExporterProcess first(arguments());
  Callers callers;
  let_them_call(callers);
  kill(first);
  let_them_call(callers);
  for (int i = 0; i < 3; ++i) {
    ExporterProcess next(arguments());
    EXPECT_THAT(next.log(), HasSubstr("msg=\"pinned maps are taken over\""));
    EXPECT_THAT(next.log(), HasSubstr("file=same"));
    let_them_call(callers);
    kill(next);
  }
  ExporterProcess last(arguments());
  let_them_call(callers);
  expect_counts(last, callers.stop());
  kill(last);
}

TEST_F(Restart, CleanEndKeepsCounting) {
  ExporterProcess first(arguments());
  Callers callers;
  first.process().send(SIGTERM);
  EXPECT_EQ(first.process().exit_code(), 0);
  EXPECT_THAT(first.log(), HasSubstr("msg=\"pinned programs go on counting\" folder=" + folder()));
  let_them_call(callers);
  ExporterProcess next(arguments());
  expect_counts(next, callers.stop());
  kill(next);
}

TEST_F(Restart, ChangedCodeTakesOverWithoutLossOrExcess) {
  ExporterProcess first(arguments());
  Callers callers;
  let_them_call(callers);
  kill(first);
  configure("restart_second");
  ExporterProcess next(arguments());
  EXPECT_THAT(next.log(), HasSubstr("file=changed"));
  let_them_call(callers);
  const std::uint64_t calls = callers.stop();
  expect_counts(next, calls);
  const double second = next.scrape().value("second_total");
  EXPECT_GT(second, 0);
  EXPECT_LT(second, static_cast<double>(3 * calls));
  kill(next);
}

TEST_F(Restart, ReloadWithChangedCodeTakesOverWithoutLossOrExcess) {
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  Callers callers;
  let_them_call(callers);
  for (const char* object : {"restart_second", "restart", "restart_second"}) {
    configure(object);
    const HttpResponse done = send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
    EXPECT_EQ(done.status, 200) << done.body;
    let_them_call(callers);
  }
  expect_counts(exporter, callers.stop());
  EXPECT_GT(exporter.scrape().value("second_total"), 0);
  kill(exporter);
}

TEST_F(Restart, ChangedLayoutStartsAfreshAndSaysWhy) {
  ExporterProcess first(arguments());
  std::uint64_t before = 0;
  {
    Callers callers;
    let_them_call(callers);
    before = callers.stop();
  }
  expect_counts(first, before);
  kill(first);
  configure("restart_wide");
  ExporterProcess next(arguments());
  EXPECT_THAT(next.log(), AllOf(HasSubstr("counts start afresh"), HasSubstr("map calls: "),
                                HasSubstr("value=16 instead of value=8")));
  Callers callers;
  let_them_call(callers);
  expect_counts(next, callers.stop());  // and nothing of what was counted before
  kill(next);
}

TEST_F(Restart, OneAtATime) {
  ExporterProcess first(arguments());
  const Finished second = run_exporter(arguments({"--web.listen-address=127.0.0.1:0"}));
  EXPECT_EQ(second.exit_code, 3);
  EXPECT_THAT(second.err, AllOf(HasSubstr(folder()), HasSubstr("another exporter holds it"),
                                HasSubstr("--bpffs.path")));
  Callers callers;
  let_them_call(callers);
  expect_counts(first, callers.stop());
  kill(first);
}

TEST_F(Restart, OtherPlacesAreRefused) {
  const Finished elsewhere = run_exporter({"--config=" + (directory_ / "etc"),
                                           "--bpffs.path=" + directory_.path() + "/pins",
                                           "--web.listen-address=127.0.0.1:0"});
  EXPECT_EQ(elsewhere.exit_code, 3);
  EXPECT_THAT(elsewhere.err, AllOf(HasSubstr("is not in a bpf file system"),
                                   HasSubstr("choose a folder below /sys/fs/bpf")));
  fs::create_directories(folder());
  fs::permissions(base(), fs::perms(0700));
  fs::permissions(folder(), fs::perms(0777));
  const Finished open = run_exporter(arguments({"--web.listen-address=127.0.0.1:0"}));
  EXPECT_EQ(open.exit_code, 3);
  EXPECT_THAT(open.err, HasSubstr("others than its owner may write"));
}

TEST_F(Restart, StrangeContentIsNotTrusted) {
  {
    ExporterProcess first(arguments());
    Callers callers;
    let_them_call(callers);
    callers.stop();
    kill(first);
  }
  // A map takes the place of another one, though it has the same layout.
  std::string map;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().filename().string().starts_with("map-calls-")) map = entry.path();
  }
  ASSERT_FALSE(map.empty());
  fs::remove(map);
  fs::create_directory(map);
  fs::create_directory(folder() + "/of-another-program");
  ExporterProcess next(arguments());
  EXPECT_THAT(next.log(),
              AllOf(HasSubstr("counts start afresh"), HasSubstr("missing, or another")));
  Callers callers;
  let_them_call(callers);
  expect_counts(next, callers.stop());
  kill(next);
  // And the manifest is something else.
  fs::remove(folder() + "/manifest");
  fs::create_directory(folder() + "/manifest");
  const Finished broken = run_exporter(arguments({"--web.listen-address=127.0.0.1:0"}));
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_THAT(broken.err, HasSubstr(folder() + "/manifest"));
}

// In the way of the manifest, so that commit() fails, as its last step.
class Obstacle {
 public:
  explicit Obstacle(const std::string& folder) : path_(folder + "/manifest-next") {
    fs::create_directory(path_);
  }
  ~Obstacle() { fs::remove(path_); }
  Obstacle(const Obstacle&) = delete;
  Obstacle& operator=(const Obstacle&) = delete;

 private:
  std::string path_;
};

TEST_F(Restart, ReloadThatFailsInCommitChangesNothing) {
  constexpr const char* kSuccess = "bpfmap_exporter_config_last_reload_successful";
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  Callers callers;
  let_them_call(callers);
  const std::set<std::string> pins = files();
  const KernelIds before = kernel_ids_of(exporter.process().pid());
  {
    const Obstacle obstacle(folder());
    configure("restart_second");
    const HttpResponse refused =
        send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
    EXPECT_EQ(refused.status, 500);
    EXPECT_THAT(refused.body, HasSubstr(folder() + "/manifest-next"));
  }
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value(kSuccess), 0);
  EXPECT_FALSE(page.has("second_total"));
  EXPECT_EQ(files(), pins);
  EXPECT_EQ(kernel_ids_of(exporter.process().pid()).programs, before.programs);
  let_them_call(callers);
  kill(exporter);
  let_them_call(callers);
  ExporterProcess next(arguments());
  EXPECT_THAT(next.log(),
              AllOf(HasSubstr("msg=\"pinned maps are taken over\""), HasSubstr("file=changed")));
  let_them_call(callers);
  expect_counts(next, callers.stop());
  EXPECT_GT(next.scrape().value("second_total"), 0);
  kill(next);
}

TEST_F(Restart, StartThatFailsInCommitChangesNothing) {
  ExporterProcess first(arguments());
  Callers callers;
  let_them_call(callers);
  const std::set<std::string> pins = files();
  kill(first);
  {
    const Obstacle obstacle(folder());
    configure("restart_second");
    const Finished failed = run_exporter(arguments({"--web.listen-address=127.0.0.1:0"}));
    EXPECT_EQ(failed.exit_code, 3);
    EXPECT_THAT(failed.err, HasSubstr(folder() + "/manifest-next"));
  }
  EXPECT_EQ(files(), pins);
  let_them_call(callers);
  ExporterProcess next(arguments());
  let_them_call(callers);
  expect_counts(next, callers.stop());
  kill(next);
}

TEST_F(Restart, ReloadsLeaveNoPinsOfWhatWasBefore) {
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  const std::size_t count = files().size();
  std::set<std::string> before;
  for (const char* object : {"restart_second", "restart"}) {
    before = files();
    configure(object);
    EXPECT_EQ(send_request(exporter.url(), {.path = "/-/reload", .method = "POST"}).status, 200);
  }
  EXPECT_EQ(files().size(), count);
  for (const std::string& file : before) {
    const bool is_of_second_only = file.starts_with("map-second-");
    EXPECT_TRUE(!is_of_second_only || !files().contains(file)) << file;
  }
  kill(exporter);
}

TEST_F(Restart, WhatIsNoLongerPinnedIsRemoved) {
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  Callers callers;
  let_them_call(callers);
  EXPECT_TRUE(fs::exists(folder()));
  configure("restart", "");
  const HttpResponse done = send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_FALSE(fs::exists(folder()));
  let_them_call(callers);
  expect_counts(exporter, callers.stop());
  // And nothing is left in the kernel. Not looked for are maps: opening a PROG_ARRAY by its
  // id while the kernel empties it, which it does when its last descriptor is closed, keeps
  // it for ever.
  KernelIds ids = kernel_ids_of(exporter.process().pid());
  ids.maps.clear();
  EXPECT_FALSE(still_there(ids).empty()) << "the check below proves nothing";
  exporter.process().send(SIGTERM);
  EXPECT_EQ(exporter.process().exit_code(), 0) << exporter.log();
  EXPECT_TRUE(eventually([&] { return still_there(ids).empty(); }));
}

TEST_F(Restart, AFolderThatIsNotUsedIsNamed) {
  ExporterProcess first(arguments());
  kill(first);
  configure("restart", "");
  ExporterProcess next(arguments());
  EXPECT_TRUE(next.process().wait_until([&] {
    return next.log().find("rm -r " + folder()) != std::string::npos;
  })) << next.log();
  next.stop();
}

// tests/objects/events.bpf.c makes an event of such a call.
void send_events(int count) {
  for (int i = 0; i < count; ++i) ::syscall(SYS_prctl, 0x45564e54, 1, 0, 0, 0);
}

TEST_F(Restart, EventsOfTheMeantimeAreReadByTheNextExporter) {
  directory_.write("etc/calls.yaml",
                   "pin: true\nobject: " + test_object("events") +
                       "\nglobals: { target: " + std::to_string(::getpid()) +
                       " }\nmax_age: 1ns\nmaps:\n  - map: events\n    labels: { op: }\n"
                       "    metrics: [ { counter: events_total } ]\n");
  const auto events_of = [](const ExporterProcess& exporter) {
    return exporter.scrape().value("events_total{op=\"OP_WRITE\"}");
  };
  {
    ExporterProcess first(arguments());
    send_events(3);
    EXPECT_EQ(events_of(first), 3);
    kill(first);
  }
  send_events(4);
  ExporterProcess next(arguments());
  EXPECT_THAT(next.log(), HasSubstr("msg=\"pinned maps are taken over\""));
  EXPECT_EQ(events_of(next), 4) << "totals of events begin anew, with those that were not read yet";
  send_events(5);
  EXPECT_EQ(events_of(next), 9);
  kill(next);
}

TEST_F(Restart, DumpPinsNothing) {
  const Finished dump = run_exporter({"dump", "--config=" + (directory_ / "etc")});
  EXPECT_EQ(dump.exit_code, 0) << dump.err;
  EXPECT_FALSE(fs::exists(base()));
}

}  // namespace
}  // namespace bpfmap::test
