// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "collect/sample/map_sample.h"
#include "collect/sample/sample_text.h"
#include "decode/shared_families.h"
#include "exposition/body.h"
#include "exposition/formats.h"
#include "exposition/gzip.h"

namespace bpfmap::collect {

// The text of families that several maps share, of one sample of each: made once for all pages that
// have these samples. Any number of threads.
class SharedText {
 public:
  using Samples = std::vector<std::shared_ptr<const MapSample>>;

  // The walks of the samples are over and succeeded.
  SharedText(std::shared_ptr<const decode::SharedFamilies> families, const Samples& samples)
      : families_(std::move(families)), of_(samples.begin(), samples.end()) {}

  // Whether it is the text of these.
  bool is_of(const Samples& samples) const;

  // `samples` are those that is_of() knows; the first call makes the text, the others
  // wait. Throws std::bad_alloc.
  exposition::Body plain(const Samples& samples, exposition::Format format) BPFMAP_EXCLUDES(mutex_);
  exposition::Deflated deflated(const Samples& samples, exposition::Format format)
      BPFMAP_EXCLUDES(mutex_);

 private:
  // The text in one format.
  struct Text {
    std::optional<exposition::Body> plain;
    std::optional<exposition::Deflated> deflated;
  };
  Text& make(const Samples& samples, exposition::Format format) BPFMAP_REQUIRES(mutex_);

  const std::shared_ptr<const decode::SharedFamilies> families_;
  // Their rows are large, and not kept for the sake of a text that has been made of them.
  const std::vector<std::weak_ptr<const MapSample>> of_;
  Mutex mutex_;
  std::array<Text, exposition::kFormats> texts_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::collect
