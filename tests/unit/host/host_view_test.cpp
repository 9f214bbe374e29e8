// SPDX-License-Identifier: Apache-2.0
#include "host/tables/host_view.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "host/host.h"
#include "host/host_names.h"
#include "support/temporary_directory.h"

namespace bpfmap::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHost = "pid:[4026531836]";
constexpr const char* kOtherNamespace = "pid:[4026532178]";
constexpr const char* kKernelThread = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0";

// A folder like /proc.
class HostView : public ::testing::Test {
 protected:
  void link(const std::string& path, const std::string& target) const {
    fs::create_directories(fs::path(folder_ / path).parent_path());
    fs::create_symlink(target, folder_ / path);
  }
  bool shows() const { return shows_host_processes(folder_.path()); }

  test::TemporaryDirectory folder_;
};

TEST_F(HostView, IsDecidedByProcessOne) {
  link("1/ns/pid", kHost);
  EXPECT_TRUE(shows());
}

TEST_F(HostView, ProcessOneOfAContainerLivesThere) {
  link("1/ns/pid", kOtherNamespace);
  // The process that looks is from the machine, and a process is called as the parent of
  // kernel threads is.
  link("self/ns/pid", kHost);
  folder_.write("2/stat", kKernelThread);
  EXPECT_FALSE(shows());
}

TEST_F(HostView, WithoutPrivilegeOwnProcessTells) {
  link("self/ns/pid", kHost);
  EXPECT_TRUE(shows());
}

TEST_F(HostView, WithoutPrivilegeKernelThreadsTell) {
  link("self/ns/pid", kOtherNamespace);
  EXPECT_FALSE(shows());
  folder_.write("2/stat", kKernelThread);
  EXPECT_TRUE(shows());
}

TEST_F(HostView, AProcessThatIsCalledSoIsNoKernelThread) {
  link("self/ns/pid", kOtherNamespace);
  for (const char* stat : {"2 (kthreadd) S 1 2 2 0 -1 4194560 0 0", "2 (kthreadd)", "",
                           "2 (a) 2129984) S 0 0 0 0 -1 64 0", "2 (kthreadd) S 0 0 0 0 -1 x"}) {
    folder_.write("2/stat", stat);
    EXPECT_FALSE(shows()) << stat;
  }
}

TEST_F(HostView, WhatIsNoProcShowsNothing) {
  EXPECT_FALSE(shows());
  EXPECT_FALSE(shows_host_processes(folder_ / "none"));
}

TEST_F(HostView, NamesNoProcessThatItDoesNotSee) {
  folder_.write("7/comm", "worker\n");
  HostOptions options;
  options.paths.procfs = folder_.path();
  HostNames hidden(std::make_shared<Host>(options));
  EXPECT_TRUE(hidden.process(7).empty());
  link("1/ns/pid", kHost);
  HostNames seen(std::make_shared<Host>(options));
  EXPECT_EQ(seen.process(7).text(), "worker");
}

TEST_F(HostView, AnyFolderIsAllOfItsCgroups) {
  EXPECT_TRUE(shows_all_cgroups(folder_.path()));
  EXPECT_TRUE(shows_all_cgroups(folder_ / "none"));
}

}  // namespace
}  // namespace bpfmap::host
