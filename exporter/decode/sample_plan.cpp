// SPDX-License-Identifier: Apache-2.0
#include "decode/sample_plan.h"

namespace bpfmap::decode {

Rendering SamplePlan::render(Rows rows, host::HostNames& names) const {
  names.begin_rendering();
  DecodeState state(names);
  exposition::BodyWriter writer;
  Rendering rendering;
  for (const Family& family : families_) {
    rendering.samples += std::visit(
        [&](const auto& of_kind) { return of_kind.render(rows, writer, state); }, family);
  }
  names.end_rendering();
  rendering.decode_errors = state.errors;
  rendering.body = writer.finish();
  return rendering;
}

}  // namespace bpfmap::decode
