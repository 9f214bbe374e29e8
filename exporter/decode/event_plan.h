// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "decode/number_source.h"
#include "decode/render/observed_buckets.h"

namespace bpfmap::decode {

// How the events of a stream become rows, as a map would have them: the key of an event's row is
// the event itself, with everything zeroed that no label reads; the value is a made-up struct of
// numbers of 64 bits, to which the event is added. Compiled once (compile_events.h).
// Immutable; any thread.
class EventPlan {
 public:
  // What an event does to a number of its row.
  enum class Effect : std::uint8_t { kCount, kAdd, kSet, kLargest, kSmallest };

  // A number of the row that a counter or gauge reads.
  struct Accumulator {
    Effect effect = Effect::kCount;
    std::uint32_t offset = 0;            // in the row's value
    std::optional<NumberSource> source;  // in the event; none for kCount
    bool only_grows = false;             // a negative number is left out: it would be a reset
  };

  // An array of counts of the row, and the sum behind it.
  struct Observation {
    NumberSource source;  // in the event
    ObservedBuckets buckets;
    std::uint32_t counts_offset = 0;  // in the row's value
    std::uint32_t sum_offset = 0;
  };

  // Text in a key: what is behind its first NUL is whatever was in the buffer before.
  struct TextBytes {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  struct Parts {
    std::vector<std::byte> key_mask;  // of the event's size: the bits that labels read
    // What of the event has to be there: an array at its end may be sent in part.
    std::uint32_t least_size = 0;
    std::vector<TextBytes> texts;
    std::vector<Accumulator> accumulators;
    std::vector<Observation> observations;
    std::uint32_t value_size = 0;
    std::uint64_t buffer_bytes = 0;  // of a perf buffer
    std::optional<Duration> reset_every;
  };
  explicit EventPlan(Parts parts) : parts_(std::move(parts)) {}

  std::uint32_t event_size() const { return static_cast<std::uint32_t>(parts_.key_mask.size()); }
  std::uint32_t least_size() const { return parts_.least_size; }
  std::uint32_t value_size() const { return parts_.value_size; }
  std::uint64_t buffer_bytes() const { return parts_.buffer_bytes; }
  // The time after which all rows go, and counts begin anew.
  std::optional<Duration> reset_every() const { return parts_.reset_every; }

  // Writes the key of the event's row, event_size() bytes. An event has as many at least; it need
  // not be aligned.
  void write_key(const std::byte* event, std::byte* key) const;

  // Adds the event to the value of its row, value_size() bytes, which are zero for the first one.
  void add(const std::byte* event, std::byte* value, bool is_first) const;

 private:
  Parts parts_;
};

}  // namespace bpfmap::decode
