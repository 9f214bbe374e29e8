// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "collect/keep/kept_rows.h"
#include "collect/sample/map_feed.h"
#include "config/config.h"
#include "decode/value_labels.h"
#include "kernel/foreign_maps.h"
#include "kernel/map_syscalls.h"

namespace bpfmap::collect {

// Maps that others have loaded: looked for before every walk, opened for it, compiled when they are
// there for the first time or have become others. Maps that are not there (yet) fail the walk, and
// are tried again at the next. One thread at a time.
class ForeignFeed final : public MapFeed {
 public:
  // The map is config->maps[index]. `clock` outlives the feed.
  ForeignFeed(std::shared_ptr<const config::Config> config, std::size_t index, const Clock& clock,
              std::shared_ptr<host::Host> host);

  Result<OpenedMap> open() override;
  void close() override;

 private:
  using Maps = std::vector<kernel::ForeignMap>;
  const config::MapConfig& map() const { return config_->maps[index_]; }
  Result<void> compile(const Maps& maps);
  Result<std::unique_ptr<kernel::MapReader>> open_reader(const kernel::ForeignMap& found) const;
  Result<std::unique_ptr<kernel::MapReader>> open_variable(const kernel::ForeignMap& found) const;
  Result<std::unique_ptr<kernel::MapReader>> open_readers(const Maps& maps);
  std::uint32_t index_of_label(const std::string& label);
  void log_change(const Maps& maps) const;

  std::shared_ptr<const config::Config> config_;
  std::size_t index_;
  const Clock& clock_;
  std::shared_ptr<host::Host> host_;
  kernel::ForeignMaps finder_;

  std::vector<std::uint32_t> ids_;   // of the maps that plan_ was compiled for
  std::uint32_t last_id_ = 0;        // of the map that was walked last; 0: none, or several may be
  std::vector<std::string> labels_;  // all that were ever seen: the index stays, and totals with it
  std::shared_ptr<const decode::SamplePlan> plan_;
  decode::ValueLabels value_labels_;
  std::unique_ptr<KeptRows> kept_;

  // While a walk is under way.
  Maps maps_;
  std::unique_ptr<kernel::MapReader> reader_;
};

}  // namespace bpfmap::collect
