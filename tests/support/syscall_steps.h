// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

// The system calls by which a piece of work changes what others see, as steps: a test can look at
// the world before each of them, let one of them fail, or end the process there. The code under
// test knows nothing of it.
namespace bpfmap::test {

struct SyscallStep {
  int number = 0;    // from 1 on
  std::string call;  // "bpf(OBJ_PIN)", "rename", "unlink", ...
};

// Why the kernel cannot hold system calls here; empty where it can.
std::string why_no_syscall_steps();

// Runs `work` on a thread of its own. Before each call that makes, changes, pins, renames or
// removes anything (maps, their elements, links, files), that thread waits for `judge`, which runs
// on the calling one: 0 lets the call be made, an errno is what it fails with in its stead.
// Returns the number of steps.
int run_in_steps(const std::function<void()>& work,
                 const std::function<int(const SyscallStep&)>& judge);

}  // namespace bpfmap::test
