// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "base/log.h"

namespace {

// The console's report, followed by the ratios that the project promises, each within this one run.
class RatioReporter final : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& reports) override {
    ConsoleReporter::ReportRuns(reports);
    for (const Run& run : reports) {
      if (run.run_type == Run::RT_Aggregate && run.aggregate_name == "median") {
        medians_[run.run_name.function_name + "/" + run.run_name.args] = run.GetAdjustedRealTime();
      }
    }
  }

  void Finalize() override {
    std::printf("\nRatios of medians to the bare batch walk of the same map\n");
    ratio("BatchWalk/1000", "BareBatchWalk/1000");
    ratio("BatchWalk/100000", "BareBatchWalk/100000");
    ratio("BatchWalk/1000000", "BareBatchWalk/1000000");
    ratio("NextKeyWalk/1000000", "BareBatchWalk/1000000");
    ratio("RenderText/1000000", "BareBatchWalk/1000000");
    ratio("GzipText/1000000", "BareBatchWalk/1000000");
    ratio("ScrapePlain/1000000", "BareBatchWalk/1000000");
    ratio("ScrapeGzip/1000000", "BareBatchWalk/1000000");
  }

 private:
  void ratio(const char* ours, const char* floor) const {
    const auto a = medians_.find(ours);
    const auto b = medians_.find(floor);
    if (a == medians_.end() || b == medians_.end()) return;
    std::printf("%-24s %9.3f ms / %9.3f ms = %.2f\n", ours, a->second, b->second,
                a->second / b->second);
  }

  std::map<std::string, double> medians_;  // in milliseconds, which all benchmarks here report
};

}  // namespace

int main(int argc, char** argv) {
  bpfmap::log::configure(bpfmap::log::Level::kWarning, bpfmap::log::Format::kLogfmt);
  // Repetitions of all benchmarks in turn: what they are compared with shares their weather.
  std::vector<std::string> arguments{
      argv[0], "--benchmark_repetitions=7", "--benchmark_enable_random_interleaving=true",
      "--benchmark_report_aggregates_only=true", "--benchmark_min_time=0.1"};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return 0;
}
