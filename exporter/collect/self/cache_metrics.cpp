// SPDX-License-Identifier: Apache-2.0
#include "collect/self/cache_metrics.h"

#include <string>
#include <utility>

#include "collect/self/family_builder.h"
#include "host/pod_names.h"

namespace bpfmap::collect {
namespace {

void add_kubelet(const host::KubeletCounts& counts, std::vector<prometheus::MetricFamily>& to) {
  const auto add = [&to](const char* name, const char* help, prometheus::MetricType type,
                         double value) {
    auto family = make_family(name, help, type);
    add_sample(family, {}, value);
    to.push_back(std::move(family));
  };
  add("bpfmap_exporter_kubelet_up", "Whether the kubelet's last answer could be used.",
      prometheus::MetricType::Gauge, counts.is_up ? 1 : 0);
  add("bpfmap_exporter_kubelet_names", "Names of pods and containers that are known.",
      prometheus::MetricType::Gauge, static_cast<double>(counts.names));
  add("bpfmap_exporter_kubelet_requests_total", "Requests to the kubelet for its pods.",
      prometheus::MetricType::Counter, static_cast<double>(counts.requests));
  add("bpfmap_exporter_kubelet_failures_total", "Those without an answer that can be used.",
      prometheus::MetricType::Counter, static_cast<double>(counts.failures));
}

}  // namespace

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
  std::vector<prometheus::MetricFamily> families = {std::move(entries), std::move(hits),
                                                    std::move(misses)};
  if (host.pods() != nullptr) add_kubelet(host.pods()->counts(), families);
  return families;
}

}  // namespace bpfmap::collect
