// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "collect/keep/kept_counts.h"
#include "collect/keep/series_limiter.h"
#include "collect/keep/totals.h"
#include "kernel/map_reader.h"

namespace bpfmap::collect {

// Walks a map and returns what a KeepingPlan makes of its rows: totals that outlive entries, fewer
// series, or both. Remembers from walk to walk; the reader of the map itself may be another one
// each time. One thread at a time.
class KeptRows final : public kernel::MapReader {
 public:
  // Deletes an entry of the map and returns the errno, 0 where it worked;
  // used with `delete_expired`.
  using DeleteKey = std::function<int(const std::string& key)>;

  // `clock` outlives the reader.
  KeptRows(decode::KeepingPlan plan, const Clock& clock, std::shared_ptr<host::Host> host);

  // Another plan for rows of the same shape: totals and places stay. False, with `plan` untouched,
  // where the shape differs.
  bool update_plan(decode::KeepingPlan&& plan);

  // The map is not the one of the last walk: what it counted stays, its entries begin anew.
  void map_was_replaced();

  // The map's own reader for the walks to come; it outlives them.
  void read_from(kernel::MapReader& reader, DeleteKey delete_key);

  std::string_view name() const override { return reader_ == nullptr ? "none" : reader_->name(); }
  const kernel::MapShape& shape() const override { return plan_.shape; }
  void rewind() override;
  Result<bool> next_batch(kernel::RowBlock& block) override;

  // Of the last walk that succeeded.
  const KeptCounts& counts() const { return counts_; }

 private:
  Result<void> walk();
  Result<std::uint64_t> read_rows();
  template <typename Reader>
  Result<std::uint64_t> take_rows(Reader& reader, std::uint32_t capacity);
  void delete_expired();

  decode::KeepingPlan plan_;
  const Clock& clock_;
  std::optional<Totals> totals_;
  std::optional<SeriesLimiter> limiter_;
  kernel::MapReader* reader_ = nullptr;
  DeleteKey delete_key_;
  bool walked_ = false;
  std::vector<kernel::RowBlock> blocks_;  // what is still to be handed out, last first
  KeptCounts counts_;
};

}  // namespace bpfmap::collect
