// SPDX-License-Identifier: Apache-2.0
#include "support/bpf_requirements.h"

#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace bpfmap::test {
namespace {

bool is_failure() {
  const char* require = std::getenv("REQUIRE_BPF");  // NOLINT(concurrency-mt-unsafe): read only
  return require != nullptr && std::strcmp(require, "1") == 0;
}

std::string errno_text(const std::string& what) {
  const char* words = strerrordesc_np(errno);
  return what + ": " + (words == nullptr ? "error " + std::to_string(errno) : words);
}

bool exists(const char* path) { return access(path, F_OK) == 0; }

}  // namespace

std::string why_no_bpf() {
  if (geteuid() != 0) return "BPF needs root";
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 8;
  attributes.max_entries = 1;
  const long fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
  if (fd < 0) return errno_text("the kernel creates no BPF map");
  close(static_cast<int>(fd));
  return {};
}

std::string why_no_kprobes() {
  return exists("/sys/bus/event_source/devices/kprobe") ? "" : "this kernel has no kprobes";
}

std::string mount_tracefs() {
  if (exists("/sys/kernel/tracing/events") || exists("/sys/kernel/debug/tracing/events")) return {};
  if (mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, nullptr) == 0) return {};
  // Another test may have been faster.
  return exists("/sys/kernel/tracing/events") ? "" : errno_text("tracefs cannot be mounted");
}

std::string cgroup2_mount() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string device;
    std::string path;
    std::string type;
    if (fields >> device >> path >> type && type == "cgroup2") return path;
  }
  const std::string own = "/tmp/bpfmap_test_cgroup2";
  if (mkdir(own.c_str(), 0700) != 0 && errno != EEXIST) return {};
  return mount("none", own.c_str(), "cgroup2", 0, nullptr) == 0 ? own : "";
}

bool lacks(const std::string& why) {
  if (why.empty()) return false;
  if (is_failure()) {
    [&] { FAIL() << why << " (and REQUIRE_BPF=1 demands it)"; }();
  } else {
    [&] { GTEST_SKIP() << why; }();
  }
  return true;
}

}  // namespace bpfmap::test
