// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "collect/collector.h"
#include "collect/page.h"
#include "http/server.h"

namespace bpfmap::app {

// How long a scraper waits, from the value of its X-Prometheus-Scrape-Timeout-Seconds, less the
// offset, unless that is all of it. Nothing for a value that is no time, or more than a day.
std::optional<Duration> scrape_time(std::string_view timeout, Duration offset);

// What a request for metrics asks for: encoding, time, and configurations (collect[] or exclude[]).
// The error, for which the request is to be refused, has all there is to say in its `detail`.
Result<collect::Scrape> scrape_of(const http::Request& request, const collect::Collector& collector,
                                  Duration timeout_offset);

}  // namespace bpfmap::app
