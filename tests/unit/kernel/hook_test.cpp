// SPDX-License-Identifier: Apache-2.0
#include "kernel/hook.h"

#include <gtest/gtest.h>

namespace bpfmap::kernel {
namespace {

std::string place_of(std::string_view section) {
  const auto hook = hook_of(section);
  return hook ? hook->place : "none";
}

TEST(Hook, OfAFunctionIsItsEntryOrItsReturn) {
  for (const char* section : {"fentry/do_unlinkat", "fentry.s/do_unlinkat", "kprobe/do_unlinkat",
                              "kprobe.multi/do_unlinkat", "kprobe.session/do_unlinkat"}) {
    EXPECT_EQ(place_of(section), "the entry of do_unlinkat") << section;
  }
  for (const char* section :
       {"fexit/do_unlinkat", "kretprobe/do_unlinkat", "kretprobe.multi/do_unlinkat"}) {
    EXPECT_EQ(place_of(section), "the return of do_unlinkat") << section;
  }
  EXPECT_NE(place_of("kprobe/do_unlinkat+8"), place_of("kprobe/do_unlinkat"));
}

TEST(Hook, OfATracepointIsItsName) {
  for (const char* section :
       {"tp_btf/sched_switch", "raw_tp/sched_switch", "raw_tracepoint/sched_switch",
        "raw_tp.w/sched_switch", "tp/sched/sched_switch", "tracepoint/sched/sched_switch"}) {
    EXPECT_EQ(place_of(section), "tracepoint sched_switch") << section;
  }
}

TEST(Hook, OfASystemCallHasManyNames) {
  for (const char* section : {"ksyscall/openat", "kprobe/__x64_sys_openat",
                              "fentry/__arm64_sys_openat", "tp/syscalls/sys_enter_openat"}) {
    EXPECT_EQ(place_of(section), "the entry of system call openat") << section;
  }
  for (const char* section :
       {"kretsyscall/openat", "fexit/__x64_sys_openat", "tracepoint/syscalls/sys_exit_openat"}) {
    EXPECT_EQ(place_of(section), "the return of system call openat") << section;
  }
  EXPECT_EQ(place_of("raw_tp/sys_enter"), "tracepoint sys_enter");
}

TEST(Hook, OfABinaryIsByItsText) {
  EXPECT_EQ(place_of("uprobe/libc.so.6:malloc"), place_of("uprobe.s/libc.so.6:malloc"));
  EXPECT_NE(place_of("uprobe/libc.so.6:malloc"), place_of("uretprobe/libc.so.6:malloc"));
  EXPECT_NE(place_of("uprobe/libc.so.6:malloc"), place_of("uprobe/libc.so.6:free"));
}

TEST(Hook, IsNotInEverySection) {
  for (const char* section : {"xdp", "xdp/eth0", "tc", "iter/task", "kprobe", "kprobe/", "usdt",
                              "my_prog", "", "/", "tp_btf/"}) {
    EXPECT_EQ(place_of(section), "none") << section;
  }
}

}  // namespace
}  // namespace bpfmap::kernel
