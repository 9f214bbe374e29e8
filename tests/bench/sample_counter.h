// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/scrape_client.h"

namespace bpfmap::bench {

// Counts the lines of a page that begin with `prefix`, piece by piece; inflates what is gzipped.
// Throws when the stream is broken or the page does not end with a line.
class SampleCounter {
 public:
  SampleCounter(std::string prefix, bool gzip);
  ~SampleCounter();
  SampleCounter(const SampleCounter&) = delete;
  SampleCounter& operator=(const SampleCounter&) = delete;

  void add(std::string_view piece);
  // How many there were, when everything was added.
  std::uint64_t finish() const;

 private:
  void inflate(std::string_view piece);
  void count(std::string_view text);

  std::string prefix_;
  bool gzip_;
  z_stream stream_{};
  bool stream_ended_ = false;
  std::string line_;  // the beginning of one whose end has not come yet
  std::uint64_t lines_ = 0;
};

// Scrapes once and throws unless there are as many such lines as there should be.
void check_scrape(ScrapeClient& client, bool gzip, const std::string& prefix,
                  std::uint64_t expected);

}  // namespace bpfmap::bench
