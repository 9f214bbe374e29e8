// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

namespace bpfmap::bench {

// The console's report, followed by a table of what the project promises: its time in relation to a
// floor that was measured in this same run, or a quantity of its own. Rows whose benchmarks did not
// run are left out.
class RatioReporter final : public benchmark::ConsoleReporter {
 public:
  RatioReporter();

  void ReportRuns(const std::vector<Run>& reports) override;
  void Finalize() override;

 private:
  using Values = std::vector<double>;  // of the repetitions

  void keep(const Run& run);
  const Values* find(const std::string& benchmark, const std::string& quantity) const;
  void print_ratios() const;
  void print_quantities() const;

  // By benchmark and quantity: a counter's name, or a kind of time.
  std::map<std::string, std::map<std::string, Values>> measured_;
};

}  // namespace bpfmap::bench
