// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "commands/exporter.h"
#include "http/server.h"

namespace bpfmap::commands {

// GET of a page of metrics, gzipped where the client accepts it. The collector outlives the server.
http::Route metrics_route(collect::Collector& collector, const std::string& path);

// What the exporter answers over HTTP: the metrics at `telemetry_path`, the status page, health and
// readiness. `exporter` outlives the server that serves them.
std::vector<http::Route> make_routes(Exporter& exporter, const std::string& telemetry_path);

}  // namespace bpfmap::commands
