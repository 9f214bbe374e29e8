// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace bpfmap::host {

// What a cache of names says about itself; Host::statistics() has those of all.
struct CacheStatistics {
  std::string_view cache;     // its name, the `cache` label of the exporter's own metrics
  std::uint64_t entries = 0;  // names that it holds at the moment
  std::uint64_t hits = 0;     // lookups that needed nothing but the cache
  std::uint64_t misses = 0;   // lookups for which the system was asked
};

// Counts the lookups in a cache. Thread-safe. Lookups are many and the counters are shared by all
// threads: a rendering, which looks up a name for every row, counts by itself and adds it up here
// at the end.
class LookupCounts {
 public:
  void add(std::uint64_t hits, std::uint64_t misses) {
    hits_.fetch_add(hits, std::memory_order_relaxed);
    misses_.fetch_add(misses, std::memory_order_relaxed);
  }
  std::uint64_t hits() const { return hits_.load(std::memory_order_relaxed); }
  std::uint64_t misses() const { return misses_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
};

}  // namespace bpfmap::host
