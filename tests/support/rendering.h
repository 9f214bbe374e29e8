// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "base/boot_clocks.h"
#include "decode/sample_plan.h"
#include "exposition/body.h"
#include "host/host_names.h"
#include "kernel/map_reader.h"

namespace bpfmap::test {

struct Rendering {
  exposition::Body body;  // the map's families, each of them whole
  std::uint64_t samples = 0;
  std::uint64_t decode_errors = 0;
};

// What a plan makes of rows that are all there.
inline Rendering render(const decode::SamplePlan& plan, std::span<const kernel::RowBlock> rows,
                        host::HostNames& names, const BootOffsets& clocks = {}) {
  decode::SamplePlan::Run run(plan, names, {.clocks = clocks});
  for (const kernel::RowBlock& block : rows) run.add(block);
  run.end_rows();
  while (run.write_more()) {
  }
  return {run.take(), run.samples(), run.decode_errors()};
}

}  // namespace bpfmap::test
