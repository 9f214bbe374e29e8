// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "bench/bench_map.h"
#include "bench/scrape_client.h"
#include "collect/collector.h"
#include "http/server.h"

namespace bpfmap::bench {

// The exporter's way from one map to HTTP, within this process and without a sampler's thread.
class ScrapeServer {
 public:
  // With a `max_age` of 0 every scrape walks.
  explicit ScrapeServer(const BenchMap& map, BenchMap::Export what = BenchMap::Export::kEveryKey,
                        Duration max_age = Duration(0));

  std::uint16_t port() const { return port_; }

  // A client that has scraped once, with everything that was expected: what is kept from walk to
  // walk is there now.
  ScrapeClient checked_client(
      bool gzip, ScrapeClient::Connection connection = ScrapeClient::Connection::kClose) const;

 private:
  std::uint64_t sample_lines_;
  SteadyClock clock_;
  std::shared_ptr<host::Host> host_;
  collect::Collector collector_;
  std::unique_ptr<http::Server> server_;
  std::uint16_t port_ = 0;
};

}  // namespace bpfmap::bench
