// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

// One walk whose rows are read by another thread while the caller works on those before them. A
// short walk stays in the caller's thread. Not for readers that take out of the map what they
// return: what was read and not asked for is lost. One thread at a time asks.
class ReadAhead {
 public:
  // Begins the walk. The reader outlives this, and nothing else uses it until then.
  ReadAhead(kernel::MapReader& reader, std::uint32_t capacity);
  // Ends the walk, wherever it is.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // As kernel::MapReader::next_batch().
  Result<bool> next_batch(kernel::RowBlock& block) BPFMAP_EXCLUDES(mutex_);

 private:
  struct Batch {
    kernel::RowBlock rows;
    Result<bool> more;
  };

  Batch read(kernel::RowBlock block);
  bool start_thread();
  void run() BPFMAP_EXCLUDES(mutex_);

  kernel::MapReader& reader_;
  std::uint32_t capacity_;
  int read_here_ = 0;
  std::thread thread_;

  Mutex mutex_;
  ConditionVariable changed_;
  // Both have their room from the start: a thread that finds no memory has no caller to tell.
  std::vector<Batch> ahead_ BPFMAP_GUARDED_BY(mutex_);
  std::vector<kernel::RowBlock> spare_ BPFMAP_GUARDED_BY(mutex_);
  bool stopping_ BPFMAP_GUARDED_BY(mutex_) = false;
};

}  // namespace bpfmap::collect
