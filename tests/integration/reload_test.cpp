// SPDX-License-Identifier: Apache-2.0
// The configuration is read anew while the exporter runs: by SIGHUP, over HTTP, when files change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// What the first one has and the second one has not.
KernelIds without(const KernelIds& all, const KernelIds& others) {
  const auto difference = [](std::set<std::uint32_t> from, const std::set<std::uint32_t>& what) {
    std::erase_if(from, [&](std::uint32_t id) { return what.contains(id); });
    return from;
  };
  return {difference(all.programs, others.programs), difference(all.maps, others.maps),
          difference(all.links, others.links)};
}

constexpr const char* kSuccess = "bpfmap_exporter_config_last_reload_successful";

// Counts calls of all processes: what this test makes is the least that it sees.
std::string syscalls_config(const std::string& more = {}) {
  return "builtin: syscalls\nmaps:\n  - map: syscalls\n    max_age: 1ns\n    labels: { syscall: { "
         "field: key, decode: syscall } }\n    metrics: [ { counter: calls_total, value: count" +
         more + " } ]\n";
}

class ReloadTest : public BpfTest {
 protected:
  std::vector<std::string> arguments(std::vector<std::string> more = {}) {
    std::vector<std::string> all{"--config=" + directory_.path() + "/etc"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories(directory_ / "etc");
    directory_.write("etc/" + name, text);
  }

  // As `ln -sfn` does it.
  void point(const std::string& link, const std::string& target) {
    fs::create_symlink(target, directory_ / (link + ".new"));
    fs::rename(directory_ / (link + ".new"), directory_ / link);
  }

  static bool shows(ExporterProcess& exporter, const std::string& text) {
    return exporter.get("/metrics").body.find(text) != std::string::npos;
  }

  // Of the program that counts system calls.
  static std::string program_id(ExporterProcess& exporter) {
    const std::string page = exporter.get("/metrics").body;
    const std::size_t at = page.find("program=\"syscall_enter\"");
    if (at == std::string::npos) return "none";
    const std::size_t id = page.find(",id=\"", at);
    return page.substr(id + 5, page.find('"', id + 5) - id - 5);
  }

  static double parent_calls(ExporterProcess& exporter) {
    return exporter.scrape().value_or("calls_total{syscall=\"getppid\"}", 0);
  }

  static void call_getppid(int times) {
    for (int i = 0; i < times; ++i) static_cast<void>(::getppid());
  }

  TemporaryDirectory directory_;
};

TEST_F(ReloadTest, BySignalKeepsWhatDidNotChange) {
  write("calls.yaml", syscalls_config());
  ExporterProcess exporter(arguments());
  call_getppid(100);
  const std::string id = program_id(exporter);
  const double before = parent_calls(exporter);
  EXPECT_GE(before, 100);

  write("more.yaml",
        "builtin: runqlat\nmaps: [ { map: runqlat, metrics: [ { histogram: wait_seconds,"
        " value: slots, buckets: { scale: exp2, unit: 1us } } ] } ]\n");
  exporter.process().send(SIGHUP);
  EXPECT_TRUE(eventually([&] {
    return exporter.get("/metrics").body.find("wait_seconds_count") != std::string::npos;
  }));
  EXPECT_EQ(program_id(exporter), id);
  call_getppid(100);
  EXPECT_GE(parent_calls(exporter), before + 100);
  exporter.stop();
}

TEST_F(ReloadTest, ChangedMetricsOfTheSameObjectKeepItsCounts) {
  write("calls.yaml", syscalls_config());
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  call_getppid(100);
  const std::string id = program_id(exporter);
  write("calls.yaml", syscalls_config(", help: Other words."));
  const HttpResponse done = send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_THAT(exporter.get("/metrics").body, HasSubstr("# HELP calls_total Other words."));
  EXPECT_EQ(program_id(exporter), id);
  EXPECT_GE(parent_calls(exporter), 100);
  exporter.stop();
}

// The programs that run have the old ones.
TEST_F(ReloadTest, ChangedGlobalsReachThePrograms) {
  const auto config = [](int rate) {
    return "object: " + test_object("globals") +
           "\nglobals: { sample_rate: " + std::to_string(rate) +
           " }\nmaps: [ { map: seen, max_age: 1ns, labels: {}, metrics: [ { gauge: seen_rate, "
           "value: "
           "sample_rate } ] } ]\n";
  };
  write("globals.yaml", config(5));
  ExporterProcess exporter(arguments());
  const auto shows_rate = [&](int rate) {
    return eventually([&] { return exporter.scrape().value_or("seen_rate", 0) == rate; });
  };
  EXPECT_TRUE(shows_rate(5));
  write("globals.yaml", config(7));
  exporter.process().send(SIGHUP);
  EXPECT_TRUE(shows_rate(7));
  exporter.stop();
}

// What was compiled anew reads the stacks of the object that goes on running.
TEST_F(ReloadTest, ChangedMetricsOfTheSameObjectFindItsStacks) {
  const auto config = [](const std::string& metric) {
    return "object: " + test_object("stacks") +
           "\nglobals: { target: " + std::to_string(::getpid()) +
           " }\nprograms: { count_calls: { load: false } }\nmaps:\n  - map: by_id\n    max_age: "
           "1ns\n"
           "    labels: { stack: { field: kernel, decode: { kstack: { map: stack_traces } } } }\n"
           "    metrics: [ { counter: " +
           metric + " } ]\n";
  };
  const auto has_stacks = [](ExporterProcess& exporter, const std::string& metric) {
    call_getppid(10);
    const std::string page = exporter.get("/metrics").body;
    const std::size_t at = page.find(metric + "{stack=\"");
    return at != std::string::npos && page.find("do_syscall_64", at) != std::string::npos;
  };
  write("stacks.yaml", config("before_total"));
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  EXPECT_TRUE(eventually([&] { return has_stacks(exporter, "before_total"); }));
  write("stacks.yaml", config("after_total"));
  EXPECT_EQ(send_request(exporter.url(), {.path = "/-/reload", .method = "POST"}).status, 200);
  EXPECT_TRUE(eventually([&] { return has_stacks(exporter, "after_total"); }));
  exporter.stop();
}

TEST_F(ReloadTest, ABrokenFileChangesNothingAndIsReported) {
  write("calls.yaml", syscalls_config());
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  const std::string id = program_id(exporter);
  EXPECT_EQ(exporter.scrape().value(kSuccess), 1);
  write("calls.yaml", syscalls_config(", hlep: typo"));
  const HttpResponse refused =
      send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
  EXPECT_EQ(refused.status, 500);
  EXPECT_THAT(refused.body, HasSubstr("did you mean 'help'?"));
  EXPECT_EQ(exporter.scrape().value(kSuccess), 0);
  EXPECT_EQ(program_id(exporter), id);

  write("calls.yaml", syscalls_config());
  EXPECT_EQ(send_request(exporter.url(), {.path = "/-/reload", .method = "POST"}).status, 200);
  EXPECT_EQ(exporter.scrape().value(kSuccess), 1);
  exporter.stop();
  EXPECT_THAT(exporter.log(), HasSubstr("everything goes on as before"));
}

TEST_F(ReloadTest, WhatIsNoLongerConfiguredLeavesThePageAndTheKernel) {
  write("calls.yaml", syscalls_config());
  write("other.yaml",
        "builtin: runqlat\nmaps: [ { map: runqlat, metrics: [ { histogram: wait_seconds,"
        " value: slots, buckets: { scale: exp2, unit: 1us } } ] } ]\n");
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  EXPECT_THAT(exporter.get("/metrics").body, HasSubstr("config=\"calls\""));
  const KernelIds before = kernel_ids_of(exporter.process().pid());
  const auto program = static_cast<std::uint32_t>(std::stoul(program_id(exporter)));
  ASSERT_TRUE(before.programs.contains(program));
  fs::remove(directory_ / "etc/calls.yaml");
  EXPECT_EQ(send_request(exporter.url(), {.path = "/-/reload", .method = "POST"}).status, 200);
  // Of what it does not hold any more nothing is left, and that is half of what it had.
  const KernelIds gone = without(before, kernel_ids_of(exporter.process().pid()));
  EXPECT_TRUE(gone.programs.contains(program));
  EXPECT_FALSE(gone.maps.empty());
  EXPECT_FALSE(gone.links.empty());
  EXPECT_TRUE(eventually([&] { return still_there(gone).empty(); }));
  EXPECT_FALSE(still_there(before).empty()) << "the other configuration goes on";
  const std::string page = exporter.get("/metrics").body;
  EXPECT_EQ(page.find("calls_total"), std::string::npos);
  EXPECT_EQ(page.find("config=\"calls\""), std::string::npos);
  EXPECT_THAT(page, HasSubstr("config=\"other\""));
  exporter.stop();
}

TEST_F(ReloadTest, OverHttpNeedsTheOption) {
  write("calls.yaml", syscalls_config());
  ExporterProcess exporter(arguments());
  const HttpResponse refused =
      send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("--web.enable-lifecycle"));
  exporter.stop();
}

// A ConfigMap is a folder of links to `..data/NAME`, where `..data` is a link that is replaced.
TEST_F(ReloadTest, WatchedFilesAreReadWhenAConfigMapIsSwapped) {
  fs::create_directories(directory_ / "etc/..1");
  fs::create_directories(directory_ / "etc/..2");
  directory_.write("etc/..1/calls.yaml", syscalls_config());
  directory_.write("etc/..2/calls.yaml", syscalls_config(", help: The second."));
  fs::create_directory_symlink("..1", directory_ / "etc/..data");
  fs::create_symlink("..data/calls.yaml", directory_ / "etc/calls.yaml");
  ExporterProcess exporter(arguments({"--config.watch"}));
  EXPECT_EQ(exporter.get("/metrics").body.find("The second."), std::string::npos);
  fs::create_directory_symlink("..2", directory_ / "etc/..new");
  fs::rename(directory_ / "etc/..new", directory_ / "etc/..data");
  EXPECT_TRUE(eventually(
      [&] { return exporter.get("/metrics").body.find("The second.") != std::string::npos; }));
  exporter.stop();
}

TEST_F(ReloadTest, FollowsAFolderThatIsReplaced) {
  write("calls.yaml", syscalls_config());
  ExporterProcess exporter(arguments({"--config.watch"}));
  fs::rename(directory_ / "etc", directory_ / "etc.old");
  ASSERT_TRUE(eventually([&] { return exporter.scrape().value(kSuccess) == 0; }));
  fs::copy(directory_ / "etc.old", directory_ / "etc");
  ASSERT_TRUE(eventually([&] { return exporter.scrape().value(kSuccess) == 1; }));
  write("calls.yaml", syscalls_config(", help: In the new folder."));
  EXPECT_TRUE(eventually([&] { return shows(exporter, "In the new folder."); }));
  exporter.stop();
}

TEST_F(ReloadTest, FollowsALinkToAFolderOrAFile) {
  directory_.write("releases/A/calls.yaml", syscalls_config(", help: Of A."));
  directory_.write("releases/B/calls.yaml", syscalls_config(", help: Of B."));
  for (const std::string name : {"cur", "cur/calls.yaml"}) {
    point("cur", "releases/A");
    ExporterProcess exporter({"--config=" + directory_ / name, "--config.watch"});
    EXPECT_TRUE(shows(exporter, "Of A.")) << name;
    point("cur", "releases/B");
    EXPECT_TRUE(eventually([&] { return shows(exporter, "Of B."); })) << name;
    directory_.write("releases/B/calls.yaml", syscalls_config(", help: Later."));
    EXPECT_TRUE(eventually([&] { return shows(exporter, "Later."); })) << name;
    directory_.write("releases/B/calls.yaml", syscalls_config(", help: Of B."));
    exporter.stop();
  }
}

// Also one that only a change of its file names, and one that comes when it is missed already.
TEST_F(ReloadTest, WatchesObjectsInOtherFolders) {
  const auto config = [](const std::string& object) {
    return "object: ../" + object +
           "\nmaps: [ { map: hits, metrics: [ { counter: hits_total } ] } ]\n";
  };
  const std::string one = test_object("attach_raw_tp");
  const std::string other = test_object("attach_tp_btf");
  fs::create_directory(directory_ / "lib");
  fs::copy_file(one, directory_ / "lib/hits.bpf.o");
  write("hits.yaml", config("lib/hits.bpf.o"));
  ExporterProcess exporter(arguments({"--config.watch"}));
  const auto replace = [&](const std::string& with, const std::string& name) {
    fs::copy_file(with, directory_ / "lib/new");
    fs::rename(directory_ / "lib/new", directory_ / name);
  };
  replace(other, "lib/hits.bpf.o");
  EXPECT_TRUE(eventually([&] { return shows(exporter, "program=\"count_switches\""); }));
  write("hits.yaml", config("later/hits.bpf.o"));
  ASSERT_TRUE(eventually([&] { return exporter.scrape().value(kSuccess) == 0; }));
  fs::create_directory(directory_ / "later");
  replace(one, "later/hits.bpf.o");
  EXPECT_TRUE(eventually([&] { return exporter.scrape().value(kSuccess) == 1; }));
  exporter.stop();
}

}  // namespace
}  // namespace bpfmap::test
