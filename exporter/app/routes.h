// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/exporter.h"
#include "http/server.h"

namespace bpfmap::app {

// GET of a page of metrics, gzipped where the client accepts it. The collector outlives the server.
http::Route metrics_route(collect::Collector& collector, const std::string& path);

// How much earlier than its scraper wants it a page is made: it has to be sent as well.
inline constexpr Duration kDefaultTimeoutOffset = std::chrono::milliseconds(500);

struct RouteOptions {
  // The exporter that runs; every request asks anew. Callable as long as the server lives.
  std::function<std::shared_ptr<Exporter>()> exporter;
  std::string telemetry_path;
  std::function<Result<void>()> reload;  // null: POST /-/reload is refused
  bool debug = false;                    // a page of what is read of every map
  Duration timeout_offset = kDefaultTimeoutOffset;
};

// What the exporter answers over HTTP: the metrics, the status page, health, readiness, reload.
std::vector<http::Route> make_routes(const RouteOptions& options);

}  // namespace bpfmap::app
