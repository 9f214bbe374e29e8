// SPDX-License-Identifier: Apache-2.0
#include "support/bpf_requirements.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/unique_fd.h"

namespace bpfmap::test {
namespace {

bool is_demanded(const char* variable) {
  const char* require = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): read only
  return require != nullptr && std::strcmp(require, "1") == 0;
}

void fail_or_skip(const std::string& why, const char* variable) {
  if (is_demanded(variable)) {
    [&] { FAIL() << why << " (and " << variable << "=1 demands it)"; }();
  } else {
    [&] { GTEST_SKIP() << why; }();
  }
}

// A program of tracing that does nothing: its descriptor, or a negative number with errno set.
int load_nothing(int function, bpf_attach_type type) {
  // r0 = 0; exit
  const bpf_insn code[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
                           {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = type;
  options.attach_btf_id = static_cast<__u32>(function);
  return bpf_prog_load(BPF_PROG_TYPE_TRACING, "probe", "GPL", code, std::size(code), &options);
}

std::string errno_text(const std::string& what) {
  const char* words = strerrordesc_np(errno);
  return what + ": " + (words == nullptr ? "error " + std::to_string(errno) : words);
}

bool exists(const char* path) { return access(path, F_OK) == 0; }

}  // namespace

std::string why_no_bpf() {
  if (geteuid() != 0) return "BPF needs root";
  bpf_attr attributes;  // {} would clear the first member of the union only
  std::memset(&attributes, 0, sizeof(attributes));
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

// Loading is allowed where attaching is refused.
std::string why_no_fentry() {
  const int function = libbpf_find_vmlinux_btf_id("do_nanosleep", BPF_TRACE_FENTRY);
  if (function < 0) return "this kernel has no BTF of its functions";
  const UniqueFd program(load_nothing(function, BPF_TRACE_FENTRY));
  if (!program) return errno_text("the kernel refuses fentry programs");
  const UniqueFd link(bpf_raw_tracepoint_open(nullptr, program.get()));
  return link ? "" : errno_text("the kernel attaches no fentry programs");
}

std::string why_no_iterator(const std::string& target) {
  const int function = libbpf_find_vmlinux_btf_id(target.c_str(), BPF_TRACE_ITER);
  if (function < 0) return "this kernel has no iterator '" + target + "'";
  const int fd = load_nothing(function, BPF_TRACE_ITER);
  if (fd < 0) return errno_text("the kernel refuses an iterator '" + target + "'");
  close(fd);
  return {};
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

bool is_refused_here(const std::string& why) {
  if (why.empty()) return false;
  fail_or_skip(why, "REQUIRE_ALL_OF_BPF");
  return true;
}

bool is_machine_for_tests() { return is_demanded("REQUIRE_ALL_OF_BPF"); }

bool lacks(const std::string& why) {
  if (why.empty()) return false;
  fail_or_skip(why, "REQUIRE_BPF");
  return true;
}

}  // namespace bpfmap::test
