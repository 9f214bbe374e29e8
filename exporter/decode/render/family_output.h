// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exposition/body.h"

namespace bpfmap::decode {

// What is written of one family. One thread at a time.
struct FamilyOutput {
  // Chunks that stay in the processor's cache while they are made, compressed and sent.
  static constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

  // `head` comes before the samples.
  explicit FamilyOutput(std::string_view head) { body.append(head); }
  FamilyOutput(const FamilyOutput&) = delete;
  FamilyOutput& operator=(const FamilyOutput&) = delete;

  // A place to come back to, see BodyWriter.
  struct Mark {
    exposition::BodyWriter::Mark body;
    std::uint64_t samples = 0;
  };
  Mark mark() const { return {body.mark(), samples}; }
  void rewind(const Mark& to) {
    body.rewind(to.body);
    samples = to.samples;
  }

  exposition::BodyWriter body{kChunkBytes};
  std::uint64_t samples = 0;  // in `body`, and in what was taken of it
};

}  // namespace bpfmap::decode
