// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "host/tables/cache_statistics.h"

namespace bpfmap::host {

// A name of at most kMax bytes, without memory of its own.
class ShortName {
 public:
  static constexpr std::size_t kMax = 63;  // those of kernel threads are as long in /proc

  ShortName() = default;
  explicit ShortName(std::string_view text)
      : size_(static_cast<std::uint8_t>(text.copy(text_.data(), kMax))) {}
  std::string_view text() const { return {text_.data(), size_}; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<char, kMax> text_{};
  std::uint8_t size_ = 0;
};

// The names of processes and threads by /proc/PID/comm. A name is read again when it is older than
// a second, so that the next process with a number gets its own name, and a process that became
// another program the new one. What is gone keeps its last name, as long as there is room: its
// counts are still those of that process. Bounded. Thread-safe.
class ProcessNames {
 public:
  static constexpr std::size_t kMaxEntries = 65536;
  static constexpr Duration kMaxAge = std::chrono::seconds(1);

  explicit ProcessNames(std::string proc = "/proc") : proc_(std::move(proc)) {}

  // As it is `now`, or was a second before; empty where there was never such a process.
  ShortName find(std::uint32_t pid, TimePoint now) BPFMAP_EXCLUDES(mutex_);

  CacheStatistics statistics() const BPFMAP_EXCLUDES(mutex_);

 private:
  struct Entry {
    ShortName name;
    TimePoint read_at;
  };
  ShortName keep(std::uint32_t pid, const ShortName& name, TimePoint now) BPFMAP_EXCLUDES(mutex_);
  bool make_room(TimePoint now) BPFMAP_REQUIRES(mutex_);

  const std::string proc_;
  LookupCounts lookups_;
  mutable Mutex mutex_;
  std::unordered_map<std::uint32_t, Entry> entries_ BPFMAP_GUARDED_BY(mutex_);
  TimePoint swept_at_ BPFMAP_GUARDED_BY(mutex_){};
};

}  // namespace bpfmap::host
