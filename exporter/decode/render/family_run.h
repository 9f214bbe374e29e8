// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <variant>

#include "base/boot_clocks.h"
#include "decode/decoders/decode_state.h"
#include "decode/render/histogram_family.h"
#include "decode/render/scalar_family.h"
#include "exposition/body.h"
#include "exposition/formats.h"
#include "kernel/map_reader.h"

namespace bpfmap::decode {

using Family = std::variant<ScalarFamily, HistogramFamily>;

inline const FamilyFrame& frame_of(const Family& family) {
  return std::visit([](const auto& of_kind) -> const FamilyFrame& { return of_kind.frame(); },
                    family);
}

// The rendering of one family, of rows as a walk brings them, in one format. Virtual calls per
// block of rows, none per row. One thread at a time.
class FamilyRun {
 public:
  // The family outlives the run. `clocks` were read when the rows were.
  static std::unique_ptr<FamilyRun> begin(const Family& family, exposition::Format format,
                                          const BootOffsets& clocks);
  virtual ~FamilyRun() = default;

  // The rows outlive the run.
  virtual void add(const kernel::RowBlock& rows, DecodeState& state) = 0;
  // After the last row. False where what was taken away cannot be completed.
  virtual bool end_rows() = 0;
  // After end_rows(): writes some of what is left to write. False when that was all.
  virtual bool write_more() = 0;
  // The chunks that are full.
  virtual exposition::Body take() = 0;
  // All that is left, when write_more() is through.
  virtual exposition::Body finish() = 0;

  virtual std::uint64_t samples() const = 0;  // when all is written
  virtual std::uint64_t errors() const = 0;   // that no decoder could make sense of; see end_rows()
};

}  // namespace bpfmap::decode
