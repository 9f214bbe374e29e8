// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "kernel/map_reader.h"
#include "kernel/readers/reader_trial.h"

namespace bpfmap::kernel {

// Two readers of one map, of which the faster one is found by measuring (see ReaderTrial) and kept.
// name() and shape() are those of the reader at work; name() may be asked by any thread.
class AdaptiveReader final : public MapReader {
 public:
  // Is shown what the first reader has read, as long as the second may be needed: `begins` with the
  // first rows of each walk.
  using Learn = std::function<void(const RowBlock& rows, bool begins)>;

  // `clock` outlives the reader. `learn` may use `second`.
  AdaptiveReader(std::string map_name, std::unique_ptr<MapReader> first,
                 std::unique_ptr<MapReader> second, const Clock& clock, Learn learn = {});

  std::string_view name() const override { return current_.load()->name(); }
  const MapShape& shape() const override { return current_.load()->shape(); }
  void rewind() override;
  Result<bool> next_batch(RowBlock& block) override;

 private:
  void measure(const Result<bool>& more, Duration duration, std::uint32_t rows);
  void teach(const RowBlock& rows);
  void log_decision() const;

  std::string map_name_;
  std::array<std::unique_ptr<MapReader>, 2> readers_;
  const Clock& clock_;
  Learn learn_;
  bool begins_ = true;
  std::atomic<MapReader*> current_;
  ReaderTrial trial_;
  Duration spent_{};  // by the walk under way, in the reader and not between its batches
  std::uint64_t entries_ = 0;
};

}  // namespace bpfmap::kernel
