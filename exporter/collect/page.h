// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "collect/representation.h"
#include "collect/sample/map_sample.h"
#include "collect/sample/shared_text.h"
#include "exposition/body.h"
#include "exposition/gzip.h"

namespace bpfmap::collect {

class Collector;

// What a scrape asks for.
struct Scrape {
  Representation as = {};
  // When it wants to have the page, by the steady clock. A map that is not whole by then is left
  // out, and the page says so; its walk goes on, for later scrapes.
  std::optional<TimePoint> deadline = std::nullopt;
  // Whether it wants the maps of a configuration; null: of all.
  std::function<bool(const std::string& config)> wants = nullptr;
};

// A page of every map's families, those that several maps share, and the exporter's own while it is
// made: for one scrape, one thread at a time. Maps that cannot be read are left out.
class Page {
 public:
  // The collector outlives the page. Samples that are too old are taken anew when it is their turn;
  // with a deadline all at once, so that a map that takes long holds up no other.
  Page(Collector& collector, const Scrape& scrape);

  // Makes the whole page. An error where there is no memory for it.
  Result<void> make_whole();
  // The same, unless a map takes long to walk: false then, and the page comes from next() while the
  // walk goes on.
  Result<bool> make_whole_soon();
  // What these two have made.
  const exposition::Body& whole() const { return ready_; }

  // The next chunk, null behind the last. Waits for it. An error where a map cannot be completed of
  // which a part was given out: the page must be cut then, in a way that the scraper notices.
  Result<std::shared_ptr<const exposition::Chunk>> next();

 private:
  // A map of the page.
  struct Turn {
    std::size_t map;                          // among the collector's samplers
    std::shared_ptr<const MapSample> sample;  // null: to be taken when its turn comes
  };

  Result<bool> begin_map();
  Result<void> begin_all();
  Result<void> sample(Turn& turn);
  bool may_begin(const MapSample& sample) const;
  bool is_in_time(const MapSample& sample) const;
  void leave_out(const Turn& turn);
  Result<void> gather_map();
  Result<std::shared_ptr<const exposition::Chunk>> next_of_map();
  void end_map();
  void begin_text();
  Result<void> make_rest();
  void make_shared();
  void make_own();
  bool is_compressed() const { return as_.encoding == Encoding::kGzip; }

  Collector& collector_;
  const Representation as_;
  const std::optional<TimePoint> deadline_;
  std::vector<Turn> turns_;
  bool all_have_begun_ = false;
  std::vector<std::size_t> left_out_;  // for want of time, among the collector's samplers
  exposition::Body ready_;             // what is made and not given out yet, from ...
  std::size_t given_ = 0;              // ... this chunk on
  std::size_t turn_ = 0;
  // Of the map whose turn it is; null before it has begun.
  std::shared_ptr<const MapSample> sample_;
  std::shared_ptr<SampleText> text_;
  std::size_t piece_ = 0;        // the next one of text_
  SharedText::Samples sharing_;  // of maps whose turn is over, and that share families
  exposition::GzipMember member_;
  bool own_is_made_ = false;
};

// A whole page, whose body shares what was rendered before. Throws std::bad_alloc.
exposition::Body whole_page(Collector& collector, Representation as = {});

}  // namespace bpfmap::collect
