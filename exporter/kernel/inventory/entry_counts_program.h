// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstdint>

namespace bpfmap::kernel {

// What the program below writes for each map, in the byte order of the machine.
struct EntryCountRow {
  std::uint64_t map_id;
  std::int64_t entries;
};

// Where the running kernel has what the program needs, from its BTF.
struct EntryCountPlaces {
  std::uint32_t id_offset = 0;       // of `id` in struct bpf_map
  std::uint32_t count_function = 0;  // BTF id of the kfunc bpf_map_sum_elem_count()
};

// A program for iter/bpf_map, here as instructions so that reading the inventory needs no object
// file and no compiler for BPF:
//
//   int bpfmap_entries(struct bpf_iter__bpf_map* ctx) {
//     if (!ctx->map) return 0;  // the end
//     struct { __u64 id; __s64 entries; } row = {ctx->map->id, bpf_map_sum_elem_count(ctx->map)};
//     bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
//     return 0;
//   }
//
// The offsets of `meta`, `map` and `seq` are those of kernel/bpf/map_iter.c and linux/bpf.h, which
// iterators rely on as their interface.
inline std::array<bpf_insn, 16> entry_count_program(const EntryCountPlaces& places) {
  constexpr std::uint8_t kLoad64 = BPF_LDX | BPF_MEM | BPF_DW;
  constexpr std::uint8_t kLoad32 = BPF_LDX | BPF_MEM | BPF_W;
  constexpr std::uint8_t kStore64 = BPF_STX | BPF_MEM | BPF_DW;
  constexpr std::uint8_t kMove = BPF_ALU64 | BPF_MOV | BPF_X;
  constexpr std::uint8_t kMoveNumber = BPF_ALU64 | BPF_MOV | BPF_K;
  constexpr std::uint8_t kCall = BPF_JMP | BPF_CALL;
  const auto id_offset = static_cast<std::int16_t>(places.id_offset);
  const auto function = static_cast<std::int32_t>(places.count_function);
  return {{
      {kLoad64, BPF_REG_6, BPF_REG_1, 8, 0},             // r6 = ctx->map
      {BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_6, 0, 12, 0},  // if it is null goto the end
      {kLoad64, BPF_REG_7, BPF_REG_1, 0, 0},             // r7 = ctx->meta
      {kLoad64, BPF_REG_7, BPF_REG_7, 0, 0},             // r7 = r7->seq
      {kMove, BPF_REG_1, BPF_REG_6, 0, 0},
      {kCall, 0, BPF_PSEUDO_KFUNC_CALL, 0, function},
      {kStore64, BPF_REG_10, BPF_REG_0, -8, 0},  // row.entries
      {kLoad32, BPF_REG_1, BPF_REG_6, id_offset, 0},
      {kStore64, BPF_REG_10, BPF_REG_1, -16, 0},  // row.id
      {kMove, BPF_REG_1, BPF_REG_7, 0, 0},
      {kMove, BPF_REG_2, BPF_REG_10, 0, 0},
      {BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -16},
      {kMoveNumber, BPF_REG_3, 0, 0, sizeof(EntryCountRow)},
      {kCall, 0, 0, 0, BPF_FUNC_seq_write},
      {kMoveNumber, BPF_REG_0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  }};
}

}  // namespace bpfmap::kernel
