// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

// What tests need of the system. A test that cannot run skips and says why - unless REQUIRE_BPF=1
// is in the environment (continuous integration), where a missing prerequisite is a failure.
namespace bpfmap::test {

// Why this process cannot use BPF (it is not root, the kernel refuses); empty where it can.
std::string why_no_bpf();

// Why kprobes cannot be used here; empty where they can.
std::string why_no_kprobes();

// Why programs cannot be attached to functions by fentry here; empty where they can.
std::string why_no_fentry();

// Why the kernel lets no process load an iterator of that kind ("bpf_map_elem"), or has none; empty
// where it works. Some kernels keep those from root that may write what they walk.
std::string why_no_iterator(const std::string& target);

// Mounts tracefs where libbpf looks for it, unless it is mounted there. Why it could not; empty
// if it is.
std::string mount_tracefs();

// The mount point of cgroup v2, mounted at a directory of its own if it is nowhere; empty
// where that fails.
std::string cgroup2_mount();

// True, and the test is marked as skipped (or failed), where `why` is not empty: the
// test returns then.
bool lacks(const std::string& why);

// True, and the test is skipped, although REQUIRE_BPF=1: the kernel was built or hardened so that
// no process could do it. The refusal has a test of its own. With REQUIRE_ALL_OF_BPF=1, on kernels
// that are known to refuse nothing, it is a failure as well.
bool is_refused_here(const std::string& why);

// Whether the machine is a virtual one for tests alone (REQUIRE_ALL_OF_BPF=1), which may do to it
// what others would notice.
bool is_machine_for_tests();

// A test that needs BPF.
class BpfTest : public ::testing::Test {
 protected:
  void SetUp() override { lacks(why_no_bpf()); }
};

// A test that needs iterators over the elements of a map.
class MapIteratorTest : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) is_refused_here(why_no_iterator("bpf_map_elem"));
  }
};

}  // namespace bpfmap::test
