// SPDX-License-Identifier: Apache-2.0
#include "app/scrape_request.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/suggest.h"
#include "http/negotiate.h"
#include "http/query.h"

namespace bpfmap::app {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(24);

unexpected<Error> refusal(std::string detail) {
  return unexpected(Error{.kind = ErrorKind::kUsage,
                          .operation = "choose",
                          .subject = "configurations",
                          .detail = std::move(detail)});
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> check_known(const char* parameter, const std::vector<std::string>& names,
                         const std::vector<std::string>& known) {
  for (const std::string& name : names) {
    if (contains(known, name)) continue;
    return refusal(std::string(parameter) + ": there is no configuration '" + name + "'" +
                   suggestion(name, known));
  }
  return {};
}

// The whole number of seconds or a part of it.
std::optional<double> seconds_of(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  // Not a comparison that a NaN would pass.
  if (error != std::errc{} || read != end || !(number > 0)) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Duration> scrape_time(std::string_view timeout, Duration offset) {
  const std::optional<double> seconds = seconds_of(timeout);
  if (!seconds || *seconds > to_seconds(kLongestWait)) return std::nullopt;
  const auto time = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*seconds));
  return offset < time ? time - offset : time;
}

Result<collect::Scrape> scrape_of(const http::Request& request, const collect::Collector& collector,
                                  Duration timeout_offset) {
  collect::Scrape scrape;
  if (http::accepts_gzip(request.accept_encoding)) scrape.as.encoding = collect::Encoding::kGzip;
  if (const auto time = scrape_time(request.scrape_timeout, timeout_offset)) {
    scrape.deadline = std::chrono::steady_clock::now() + *time;
  } else if (!request.scrape_timeout.empty()) {
    log::debug("a scrape timeout is ignored", {{"value", request.scrape_timeout}});
  }
  const std::vector<std::string> collected = http::query_values(request.query, "collect[]");
  const std::vector<std::string> excluded = http::query_values(request.query, "exclude[]");
  if (collected.empty() && excluded.empty()) return scrape;
  if (!collected.empty() && !excluded.empty()) {
    return refusal("collect[] and exclude[] cannot be combined");
  }
  const std::vector<std::string> known = collector.config_names();
  if (auto good = check_known("collect[]", collected, known); !good) {
    return unexpected(good.error());
  }
  if (auto good = check_known("exclude[]", excluded, known); !good) {
    return unexpected(good.error());
  }
  scrape.wants = [collected, excluded](const std::string& config) {
    return collected.empty() ? !contains(excluded, config) : contains(collected, config);
  };
  return scrape;
}

}  // namespace bpfmap::app
