// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include "base/error.h"
#include "collect/map_sample.h"
#include "collect/shared_text.h"
#include "exposition/body.h"
#include "exposition/gzip.h"

namespace bpfmap::collect {

class Collector;

// A page of every map's families, those that several maps share, and the exporter's own while it is
// made: for one scrape, one thread at a time. Maps that cannot be read are left out.
class Page {
 public:
  // The collector outlives the page. Samples that are too old are taken anew when it is their turn.
  Page(Collector& collector, Encoding encoding);

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
  Result<bool> begin_map();
  Result<void> gather_map();
  Result<std::shared_ptr<const exposition::Chunk>> next_of_map();
  void end_map();
  void begin_text();
  Result<void> make_rest();
  void make_shared();
  void make_own();

  Collector& collector_;
  const Encoding encoding_;
  exposition::Body ready_;                   // what is made and not given out yet, from ...
  std::size_t given_ = 0;                    // ... this chunk on
  std::size_t map_ = 0;                      // the one whose turn it is
  std::shared_ptr<const MapSample> sample_;  // of that map; null before its turn has begun
  std::shared_ptr<SampleText> text_;
  std::size_t piece_ = 0;        // the next one of text_
  SharedText::Samples sharing_;  // of maps whose turn is over, and that share families
  exposition::GzipMember member_;
  bool own_is_made_ = false;
};

}  // namespace bpfmap::collect
