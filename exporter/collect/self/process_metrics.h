// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/collectable.h>

#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace bpfmap::collect {

// The standard process_* metrics of Prometheus' client libraries, of this process. What cannot be
// read is left out. Thread-safe.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  // The folder of the process, and the file that knows when the system was booted (btime).
  explicit ProcessMetrics(const std::string& proc = "/proc/self",
                          const std::string& system_stat = "/proc/stat");

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  UniqueFd stat_;
  std::string descriptors_;
  bool has_count_as_size_;
  // Read once: making that file costs the kernel more than all the others.
  std::optional<double> boot_time_;
};

}  // namespace bpfmap::collect
