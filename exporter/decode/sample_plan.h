// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "decode/family.h"
#include "decode/histogram_family.h"
#include "decode/scalar_family.h"
#include "exposition/body.h"

namespace bpfmap::decode {

// The result of rendering one snapshot of a map.
struct Rendering {
  exposition::Body body;  // the map's families in the text format, each of them whole
  std::uint64_t samples = 0;
  std::uint64_t decode_errors = 0;
};

// How one map becomes metric families: compiled once from its configuration and BTF
// (compile_map.h), with nothing looked up by name afterwards. Immutable; any number of threads may
// render at a time.
class SamplePlan {
 public:
  using Family = std::variant<ScalarFamily, HistogramFamily>;
  explicit SamplePlan(std::vector<Family> families) : families_(std::move(families)) {}

  Rendering render(Rows rows, host::HostNames& names) const;

 private:
  std::vector<Family> families_;
};

}  // namespace bpfmap::decode
