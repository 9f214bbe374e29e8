// SPDX-License-Identifier: Apache-2.0
#include "collect/self/host_metrics.h"

#include "collect/self/family_builder.h"
#include "host/cgroups.h"

namespace bpfmap::collect {

prometheus::MetricFamily visible_ids_family(const host::Host& host) {
  auto family = make_family("bpfmap_exporter_host_ids_visible",
                            "Whether ids of the machine have names here; labels are numbers "
                            "where they do not.",
                            prometheus::MetricType::Gauge);
  add_sample(family, {{"kind", "process"}}, host.shows_processes() ? 1 : 0);
  if (const auto cgroups = host.cgroups().shows_all()) {
    add_sample(family, {{"kind", "cgroup"}}, *cgroups ? 1 : 0);
  }
  return family;
}

}  // namespace bpfmap::collect
