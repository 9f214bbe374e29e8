// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "collect/keep/kept_counts.h"
#include "decode/keeping.h"
#include "decode/sample_plan.h"
#include "host/host.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

// What there is to say about a map that was opened for a walk.
struct MapFacts {
  std::string type;    // "percpu_hash"
  std::string reader;  // "batch"
  std::uint64_t max_entries = 0;
};

// A map that is ready for one walk.
struct OpenedMap {
  kernel::MapReader* reader = nullptr;  // valid until MapFeed::close()
  std::shared_ptr<const decode::SamplePlan> plan;
  MapFacts facts;
  // Where not all rows are exported as they are: filled in by a walk that succeeds, valid as long
  // as the reader.
  const KeptCounts* kept = nullptr;
};

// Where a sampler gets what it walks: maps may come and go, and be replaced by others, between two
// walks. One thread at a time.
class MapFeed {
 public:
  virtual ~MapFeed() = default;

  // Makes ready for a walk. An error is that walk's result.
  virtual Result<OpenedMap> open() = 0;
  // The walk is over.
  virtual void close() {}
};

// A map that stays the same. The reader's descriptor outlives the feed.
std::unique_ptr<MapFeed> fixed_feed(std::string type, std::unique_ptr<kernel::MapReader> reader,
                                    decode::SamplePlan plan);

// A map of an object that the exporter loads, with what a plan keeps of its rows.
// `delete_key` is used where expired keys are to be deleted. `clock` outlives the feed, as
// does the reader's descriptor.
std::unique_ptr<MapFeed> kept_feed(std::string type, std::unique_ptr<kernel::MapReader> reader,
                                   decode::SamplePlan plan, decode::KeepingPlan keeping,
                                   const Clock& clock, std::shared_ptr<host::Host> host,
                                   std::function<int(const std::string&)> delete_key);

}  // namespace bpfmap::collect
