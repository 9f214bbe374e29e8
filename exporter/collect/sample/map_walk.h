// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/boot_clocks.h"
#include "base/error.h"
#include "collect/sample/map_feed.h"
#include "collect/sample/map_sample.h"

namespace bpfmap::collect {

// A map to sample.
struct MapSource {
  std::string config;  // the configuration's name
  std::string map;     // as the configuration calls it
  std::unique_ptr<MapFeed> feed;
  Duration interval{};
  Duration max_age{};
  // For times since boot in its values.
  std::shared_ptr<BootClocks> clocks = std::make_shared<BootClocks>();
};

// A walk under way: takes the rows from the map to a sample, block by block, so that another thread
// can go on with it. One thread at a time.
class MapWalk {
 public:
  // Source and `cancelled` outlive the walk. It ends as a failed one once `cancelled` is set.
  MapWalk(const MapSource& source, std::shared_ptr<MapSample> sample,
          const std::atomic<bool>& cancelled);

  const std::shared_ptr<MapSample>& sample() const { return sample_; }

  // Takes one block. False when the walk is over, which result() says more of. A map may be larger
  // than the memory that this process is allowed: that fails its walk like anything else.
  bool step();

  // Of a walk that is over, without its duration. The map is not kept open.
  Result<WalkResult> result();

 private:
  struct CloseFeed {
    void operator()(MapFeed* feed) const { feed->close(); }
  };
  Result<bool> read();
  Result<void> open();
  Error read_error(int code) const;

  const MapSource& source_;
  const std::shared_ptr<MapSample> sample_;
  const std::atomic<bool>& cancelled_;
  // Closed also where memory runs out: maps of others must not be kept open.
  std::unique_ptr<MapFeed, CloseFeed> open_feed_;
  std::optional<OpenedMap> opened_;
  std::uint32_t capacity_ = 0;
  std::uint64_t rows_ = 0;
  std::optional<Error> error_;
};

}  // namespace bpfmap::collect
