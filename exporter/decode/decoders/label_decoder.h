// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "decode/number_source.h"
#include "kernel/layout.h"
#include "kernel/map_info.h"

namespace bpfmap::decode {

struct DecodeState;  // decode_state.h

// A label's chain of decoders, compiled against the field's type: turns the bytes of a key into the
// escaped text between a label's quotes. Immutable: copies and rendering threads share it. No
// virtual call and no allocation per value once the scratch space has grown.
class LabelDecoder {
 public:
  // An empty `chain` decodes by the type. Reports to `diagnostics` (at the decoder's own position,
  // or at `at`) and returns nothing when the chain does not fit the field.
  // `map` has the field in its key; decoders that need more than the field find it there. Null
  // where nothing but the field is known.
  static std::optional<LabelDecoder> compile(const kernel::Field& field,
                                             std::span<const config::DecoderConfig> chain,
                                             config::Position at, config::Diagnostics& diagnostics,
                                             const kernel::MapInfo* map = nullptr);

  // The room that write() needs at `out`. It may overwrite all of it, whatever the length of
  // what it writes.
  std::size_t max_bytes() const;

  // Different field bytes always give different texts, unless write() sets DecodeState::lossy.
  bool is_injective() const;

  // Where write() does nothing but write an integer in decimal: the integer.
  std::optional<NumberSource> as_decimal() const;

  // Decodes the field out of the key that starts at `key`; writes at `out`, returns the end of what
  // it wrote. That means nothing where DecodeState::dropped is set.
  char* write(const std::byte* key, char* out, DecodeState& state) const;

 private:
  struct Chain;
  explicit LabelDecoder(std::shared_ptr<const Chain> chain);
  std::shared_ptr<const Chain> chain_;
};

}  // namespace bpfmap::decode
