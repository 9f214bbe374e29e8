// SPDX-License-Identifier: Apache-2.0
#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>

#include "kernel/object.h"
#include "kernel/object/object_state.h"

// Which clocks the programs of an object read.
namespace bpfmap::kernel {
namespace {

bool calls(const bpf_insn& instruction, std::int32_t helper) {
  return instruction.code == (BPF_JMP | BPF_CALL) && instruction.src_reg == 0 &&
         instruction.imm == helper;
}

}  // namespace

ClocksRead Object::clocks_read() const {
  ClocksRead read;
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(state_->handle.get(), program)) != nullptr) {
    const bpf_insn* const instructions = bpf_program__insns(program);
    for (std::size_t i = 0; i < bpf_program__insn_cnt(program); ++i) {
      const bpf_insn& one = instructions[i];
      read.boot = read.boot || calls(one, BPF_FUNC_ktime_get_boot_ns);
      read.monotonic = read.monotonic || calls(one, BPF_FUNC_ktime_get_ns) ||
                       calls(one, BPF_FUNC_ktime_get_coarse_ns);
    }
  }
  return read;
}

}  // namespace bpfmap::kernel
