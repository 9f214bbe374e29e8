// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "decode/numbers/wide_value.h"
#include "decode/render/label_program.h"
#include "kernel/map_reader.h"

namespace re2 {
class RE2;
}

namespace bpfmap::decode {

// What one label's text must, or must not, match as a whole. Immutable; any thread, each with a
// DecodeState of its own.
class LabelFilter {
 public:
  LabelFilter(LabelDecoder decoder, const std::string& keep, const std::string& drop);

  // Whether a row with this key may be exported.
  bool passes(const std::byte* key, DecodeState& state) const;

 private:
  LabelDecoder decoder_;
  std::shared_ptr<const re2::RE2> keep_;  // null: everything passes
  std::shared_ptr<const re2::RE2> drop_;  // null: nothing is dropped
};

// Which series of a map are exported.
struct SeriesLimits {
  LabelProgram labels;  // all but the cpu's: what makes a series here
  std::vector<LabelFilter> filters;
  std::uint64_t max_series = 0;          // 0: no limit
  std::uint64_t top = 0;                 // 0: all
  std::vector<std::uint32_t> top_words;  // words that are added up to say which are the largest
  Duration expire_after{};               // 0: never
  bool delete_expired = false;
  // Rows that are folded stay apart by these bytes of the key: the slot of a histogram whose
  // buckets are rows of their own.
  std::uint32_t slot_offset = 0;
  std::uint32_t slot_size = 0;

  bool any() const {
    return !filters.empty() || max_series != 0 || top != 0 || expire_after != Duration::zero();
  }
};

// How rows become those of user space: what is kept of them from walk to walk, and how many.
struct KeepingPlan {
  config::MapMode mode = config::MapMode::kRead;
  // Of the rows that come out: the key as it was, the value one 64-bit word for each lane (of each
  // CPU where they stay apart).
  kernel::MapShape shape;
  std::vector<Lane> lanes;
  std::uint64_t max_keys = 0;  // of totals; what is beyond them goes into one row for the rest
  SeriesLimits limits;

  // At the end of the keys: what labels are made of in the value, which changes while the entry
  // stays the same.
  std::uint32_t value_label_bytes = 0;

  // Bytes of a key that say which entry of the map it is.
  std::uint32_t entry_bytes() const { return shape.key_size - value_label_bytes; }
  std::uint32_t words() const { return static_cast<std::uint32_t>(lanes.size()); }
  bool cpus_apart() const { return shape.per_cpu; }
};

// Keys that totals have room for unless `max_series` says otherwise.
inline constexpr std::uint64_t kDefaultMaxKeys = 1'000'000;

// The text between a label's quotes as it was before it was escaped.
std::string unescaped(std::string_view text);

}  // namespace bpfmap::decode
