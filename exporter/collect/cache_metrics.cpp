// SPDX-License-Identifier: Apache-2.0
#include "collect/cache_metrics.h"

#include <string>

#include "collect/family_builder.h"

namespace bpfmap::collect {

std::vector<prometheus::MetricFamily> cache_families(const host::Host& host) {
  using prometheus::MetricType;
  auto entries = make_family("bpfmap_exporter_name_cache_entries",
                             "Names of the host that the cache holds.", MetricType::Gauge);
  auto hits =
      make_family("bpfmap_exporter_name_cache_hits_total",
                  "Lookups of names that needed nothing but the cache.", MetricType::Counter);
  auto misses =
      make_family("bpfmap_exporter_name_cache_misses_total",
                  "Lookups of names for which the system was asked.", MetricType::Counter);
  for (const host::CacheStatistics& one : host.statistics()) {
    if (one.hits == 0 && one.misses == 0) continue;
    const LabelPairs labels = {{"cache", std::string(one.cache)}};
    add_sample(entries, labels, static_cast<double>(one.entries));
    add_sample(hits, labels, static_cast<double>(one.hits));
    add_sample(misses, labels, static_cast<double>(one.misses));
  }
  return {std::move(entries), std::move(hits), std::move(misses)};
}

}  // namespace bpfmap::collect
