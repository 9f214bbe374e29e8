// SPDX-License-Identifier: Apache-2.0
#include "bench/scrape_server.h"

#include <charconv>
#include <stdexcept>
#include <string>
#include <utility>

#include "app/routes.h"
#include "bench/sample_counter.h"
#include "kernel/map_types.h"

namespace bpfmap::bench {
namespace {

std::unique_ptr<collect::MapFeed> feed_of(const BenchMap& map, BenchMap::Export what,
                                          const Clock& clock, std::shared_ptr<host::Host> host) {
  decode::MapPlan plan = map.plan(what);
  auto reader = map.reader(plan.reader);
  const std::string type = kernel::map_type_name(map.shape().type);
  if (!plan.keeping) {
    return collect::fixed_feed(type, std::move(reader), std::move(plan.samples));
  }
  return collect::kept_feed(type, std::move(reader), std::move(plan.samples),
                            *std::move(plan.keeping), clock, std::move(host), nullptr);
}

std::uint16_t port_of(const std::string& url) {
  std::uint16_t port = 0;
  std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port);
  return port;
}

}  // namespace

ScrapeServer::ScrapeServer(const BenchMap& map, BenchMap::Export what, Duration max_age)
    : sample_lines_(map.sample_lines(what)),
      host_(std::make_shared<host::Host>()),
      collector_(std::make_shared<collect::SelfMetrics>("bench"), clock_, host_) {
  collector_.add_map(
      {"bench", "bench", feed_of(map, what, clock_, host_), std::chrono::hours(1), max_age});
  http::ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  auto server = http::Server::start(options, {app::metrics_route(collector_, "/metrics")});
  if (!server) throw std::runtime_error(server.error().message());
  server_ = *std::move(server);
  port_ = port_of(server_->urls().front());
}

ScrapeClient ScrapeServer::checked_client(bool gzip, ScrapeClient::Connection connection) const {
  ScrapeClient client(port_, gzip, connection);
  check_scrape(client, gzip, BenchMap::kPrefix, sample_lines_);
  return client;
}

}  // namespace bpfmap::bench
