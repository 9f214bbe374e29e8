// SPDX-License-Identifier: Apache-2.0
#include "collect/map_sampler.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>

#include "base/log.h"
#include "collect/batch_size.h"

namespace bpfmap::collect {
namespace {

struct CloseFeed {
  void operator()(MapFeed* feed) const { feed->close(); }
};

// Whether the log has said it. The words may name ids that change with every walk.
bool is_same(const Error& a, const Error& b) {
  return a.kind == b.kind && a.code == b.code && a.operation == b.operation;
}

}  // namespace

MapSampler::MapSampler(MapSource source, const Clock& clock, SampleObserver& observer,
                       std::shared_ptr<host::Host> host)
    : source_(std::move(source)),
      clock_(clock),
      renderer_{observer, HostNamesPool(std::move(host))} {}

std::shared_ptr<const MapSample> MapSampler::latest() const {
  const MutexLock lock(mutex_);
  return latest_;
}

TimePoint MapSampler::due() const {
  const auto sample = latest();
  return sample == nullptr ? clock_.now() : sample->started() + source_.interval;
}

void MapSampler::cancel() { cancelled_ = true; }

std::shared_ptr<const MapSample> MapSampler::not_older_than(Duration age) {
  // Measured from the call, not from when a walk that it had to wait for was over: otherwise walks
  // that take longer than the age would make their waiters walk one after the other.
  const TimePoint oldest = clock_.now() - age;
  std::shared_ptr<const MapSample> before;
  {
    const MutexLock lock(mutex_);
    while (true) {
      if (latest_ != nullptr && latest_->started() >= oldest) return latest_;
      if (cancelled_) return latest_;
      if (!walking_) break;
      walk_ended_.wait(mutex_);
    }
    walking_ = true;
    before = latest_;
  }
  std::shared_ptr<const MapSample> sample = walk();
  log_change(*sample, before.get());
  renderer_.observer.on_sample(*sample);
  {
    const MutexLock lock(mutex_);
    latest_ = sample;
    walking_ = false;
  }
  walk_ended_.notify_all();
  return sample;
}

std::shared_ptr<const MapSample> MapSampler::walk() {
  const TimePoint started = clock_.now();
  auto rows = read_rows_in_memory();
  const Duration duration = clock_.now() - started;
  if (!rows) return std::make_shared<MapSample>(started, duration, std::move(rows.error()));
  return std::make_shared<MapSample>(started, duration, *std::move(rows), renderer_);
}

// A map may be larger than the memory that this process is allowed: that fails its walk like
// anything else, and must not leave the others waiting.
Result<WalkedRows> MapSampler::read_rows_in_memory() {
  try {
    return read_rows();
  } catch (const std::bad_alloc&) {
    return tl::unexpected(read_error(ENOMEM));
  }
}

Error MapSampler::read_error(int code) const {
  return Error{ErrorKind::kSystem, "read map", "'" + source_.map + "'", code, {}, {}};
}

Result<WalkedRows> MapSampler::read_rows() {
  Result<OpenedMap> opened = source_.feed->open();
  if (!opened) return tl::unexpected(opened.error());
  // Also where memory runs out: maps of others must not be kept open.
  const std::unique_ptr<MapFeed, CloseFeed> open_feed(source_.feed.get());
  WalkedRows rows{{}, std::move(opened->plan), std::move(opened->facts), {}};
  const Result<void> read = read_blocks(*opened->reader, rows.blocks);
  if (opened->kept != nullptr) rows.kept = *opened->kept;
  if (!read) return tl::unexpected(read.error());
  return rows;
}

Result<void> MapSampler::read_blocks(kernel::MapReader& reader,
                                     std::vector<kernel::RowBlock>& blocks) {
  reader.rewind();
  std::uint32_t capacity = rows_per_batch(reader.shape());
  while (true) {
    if (cancelled_) return tl::unexpected(read_error(ECANCELED));
    kernel::RowBlock block(reader.shape(), capacity);
    const Result<bool> more = reader.next_batch(block);
    if (!more) return tl::unexpected(more.error());
    // Where the reader had to make room, the next batch needs it as well.
    capacity = block.capacity();
    if (block.count() > 0) blocks.push_back(std::move(block));
    if (!*more) return {};
  }
}

void MapSampler::log_change(const MapSample& sample, const MapSample* before) const {
  const auto& error = sample.error();
  const bool was_failing = before != nullptr && before->error();
  if (error && error->code != ECANCELED && !(was_failing && is_same(*error, *before->error()))) {
    log::error("map cannot be read; its metrics are left out until it can",
               {{"config", source_.config}, {"map", source_.map}, {"error", error->message()}});
  } else if (!error && was_failing) {
    log::info("map can be read again", {{"config", source_.config}, {"map", source_.map}});
  }
}

}  // namespace bpfmap::collect
