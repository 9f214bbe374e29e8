// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace bpfmap::kernel {

// What became of the events of a stream. Thread-safe.
struct EventCounts {
  std::atomic<std::uint64_t> events{0};  // handed on
  // Shorter than what is read of them, and thrown away.
  std::atomic<std::uint64_t> malformed{0};
  // Events for which there was no room in a perf buffer, as far as the kernel has told: it does
  // so with the next event of that CPU that fits. What does not fit into a ring buffer, only
  // the program knows.
  std::atomic<std::uint64_t> lost{0};
};

struct EventStreamOptions {
  std::string map;               // for messages
  std::uint32_t map_type = 0;    // BPF_MAP_TYPE_RINGBUF or BPF_MAP_TYPE_PERF_EVENT_ARRAY
  int fd = -1;                   // of the map; outlives the stream
  std::uint32_t event_size = 0;  // at least; shorter ones are malformed
  // Bytes of the perf buffer of each CPU, a power of two pages. A ring buffer has its own size.
  std::uint64_t buffer_bytes = kDefaultBufferBytes;

  static constexpr std::uint64_t kDefaultBufferBytes = std::uint64_t{256} * 1024;
};

// Takes the events out of a ring buffer or a perf event array, in a thread of its own that handles
// no signals: there must be no other consumer, since an event is read but once. Events of one CPU
// come in their order; those of several CPUs in a ring buffer too. Made and destroyed by one
// thread; counts() and catch_up() may be called by others.
class EventStream {
 public:
  // Gets each event that has at least `event_size` bytes, and any that it has beyond. Called by the
  // stream's thread; the bytes are gone when it returns. It must not throw.
  using OnEvent = std::function<void(std::span<const std::byte>)>;

  // Starts to consume. The error says what the kernel refused.
  static Result<std::unique_ptr<EventStream>> open(const EventStreamOptions& options,
                                                   OnEvent on_event);
  // Stops before the next event; what is in the buffers then is lost.
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Waits until every event that was submitted before this call was handed on, at most so long.
  // False where it gave up: events came as fast as they could be read. Any thread but the stream's.
  bool catch_up(Duration at_most);

  // Valid beyond the stream's end.
  std::shared_ptr<const EventCounts> counts() const;

 private:
  class Consumer;
  explicit EventStream(std::unique_ptr<Consumer> consumer);
  std::unique_ptr<Consumer> consumer_;
};

}  // namespace bpfmap::kernel
