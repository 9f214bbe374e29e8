// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/collectable.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kernel/object.h"

namespace bpfmap::collect {

// What became of the programs of all objects, and how often they ran: read from the kernel at each
// scrape. Thread-safe once every object is added; the objects outlive it.
class ProgramMetrics final : public prometheus::Collectable {
 public:
  // Reads the statistics of a program by its name; nothing where there are none.
  using ReadRuns = std::function<std::optional<kernel::ProgramRuns>(const std::string& program)>;

  // Where a program is now.
  struct Attached {
    bool everywhere = false;
    std::size_t links = 0;
  };
  using ReadAttached = std::function<Attached(const std::string& program)>;

  // After the object was attached.
  void add_object(const std::string& config, const kernel::Object& object);
  void add_program(const std::string& config, kernel::ProgramStatus status, ReadRuns read_runs,
                   ReadAttached read_attached);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Program {
    std::string config;
    kernel::ProgramStatus status;
    ReadRuns read_runs;
    ReadAttached read_attached;
  };
  std::vector<Program> programs_;
};

}  // namespace bpfmap::collect
