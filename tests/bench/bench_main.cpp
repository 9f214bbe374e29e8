// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/heap.h"
#include "base/log.h"
#include "bench/ratio_reporter.h"

int main(int argc, char** argv) {
  bpfmap::keep_memory_for_the_next_scrape();  // as the exporter does
  bpfmap::log::configure(bpfmap::log::Level::kWarning, bpfmap::log::Format::kLogfmt);
  // Repetitions of all benchmarks in turn: what they are compared with shares their weather.
  std::vector<std::string> arguments{argv[0], "--benchmark_repetitions=7",
                                     "--benchmark_enable_random_interleaving=true",
                                     "--benchmark_min_time=0.1"};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
  bpfmap::bench::RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();
  return 0;
}
