// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "decode/metric_names.h"

namespace bpfmap::starter {

// Makes names for the metrics of one file, none of which clashes with another or with
// the exporter's own. One thread at a time.
class MetricNamer {
 public:
  // `object` is what the object is called ("packets"): put before all names, so that files of
  // several objects have none in common; empty where there is none.
  explicit MetricNamer(const std::string& object);

  // The name of a metric of a map and, where `field` is not empty, of that field; `suffix` is its
  // unit ("seconds") or empty.
  std::string name(const std::vector<std::string>& map, const std::vector<std::string>& field,
                   const std::string& suffix, config::MetricKind kind);

 private:
  // Whether any metric may be called so: some names are the exporter's own.
  static bool is_allowed(const std::string& name, config::MetricKind kind);
  bool claim(const std::string& name, config::MetricKind kind);

  std::vector<std::string> object_;  // its words
  decode::MetricNames names_;
};

}  // namespace bpfmap::starter
