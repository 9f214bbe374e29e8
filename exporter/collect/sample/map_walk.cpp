// SPDX-License-Identifier: Apache-2.0
#include "collect/sample/map_walk.h"

#include <cerrno>
#include <new>
#include <utility>

#include "collect/keep/batch_size.h"

namespace bpfmap::collect {

MapWalk::MapWalk(const MapSource& source, std::shared_ptr<MapSample> sample,
                 const std::atomic<bool>& cancelled)
    : source_(source), sample_(std::move(sample)), cancelled_(cancelled) {}

Error MapWalk::read_error(int code) const {
  return Error{.kind = ErrorKind::kSystem,
               .operation = "read map",
               .subject = "'" + source_.map + "'",
               .code = code};
}

Result<void> MapWalk::open() {
  Result<OpenedMap> opened = source_.feed->open();
  if (!opened) return unexpected(std::move(opened.error()));
  open_feed_.reset(source_.feed.get());
  opened_ = *std::move(opened);
  opened_->reader->rewind();
  capacity_ = rows_per_batch(opened_->reader->shape());
  sample_->rows().begin(opened_->plan, source_.clocks->now());
  return {};
}

Result<bool> MapWalk::read() {
  if (!opened_) {
    if (auto opened = open(); !opened) return unexpected(std::move(opened.error()));
  }
  if (cancelled_) return unexpected(read_error(ECANCELED));
  kernel::MapReader& reader = *opened_->reader;
  kernel::RowBlock block(reader.shape(), capacity_);
  Result<bool> more = reader.next_batch(block);
  if (!more) return more;
  // Where the reader had to make room, the next batch needs it as well.
  capacity_ = block.capacity();
  rows_ += block.count();
  if (block.count() > 0) sample_->rows().add(std::move(block));
  return more;
}

bool MapWalk::step() {
  try {
    Result<bool> more = read();
    if (more) return *more;
    error_ = std::move(more.error());
  } catch (const std::bad_alloc&) {
    error_ = read_error(ENOMEM);
  }
  return false;
}

Result<WalkResult> MapWalk::result() {
  WalkResult result;
  if (opened_) {
    result.facts = std::move(opened_->facts);
    if (opened_->kept != nullptr) result.kept = *opened_->kept;
    result.rows = rows_;
  }
  opened_.reset();
  open_feed_.reset();
  if (error_) return unexpected(*error_);
  return result;
}

}  // namespace bpfmap::collect
