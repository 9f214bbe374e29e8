// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <thread>
#include <vector>

#include "bench/bench_map.h"
#include "bench/scrape_server.h"

// How a whole scrape with a fresh sample grows with entries, labels, CPUs and scrapers: the numbers
// of docs/scaling.md, where those of a million entries are from scrape_bench.cpp.
namespace bpfmap::bench {
namespace {

using Kind = BenchMap::Kind;

constexpr std::uint32_t kEntries = 100000;

void scrape(benchmark::State& state, const BenchMap& map, bool gzip) {
  const ScrapeServer server(map);
  ScrapeClient client = server.checked_client(gzip);
  std::uint64_t bytes = 0;
  for (auto _ : state) bytes = client.scrape().body_bytes;
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}

void ScalingEntries(benchmark::State& state, bool gzip) {
  scrape(state, BenchMap::hash(static_cast<std::uint32_t>(state.range(0))), gzip);
}

void ScalingLabels(benchmark::State& state, Kind kind) {
  scrape(state, BenchMap::shared(kind, kEntries), false);
}

void ScalingCpus(benchmark::State& state) {
  const auto cpus = static_cast<std::uint32_t>(state.range(0));
  scrape(state, BenchMap::shared(Kind::kPerCpuHash, kEntries, cpus), false);
}

// Until all of them have their answers.
void ScalingScrapers(benchmark::State& state) {
  const ScrapeServer server(BenchMap::hash(kEntries));
  std::vector<ScrapeClient> clients;
  for (std::int64_t i = 0; i < state.range(0); ++i) clients.push_back(server.checked_client(true));
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (ScrapeClient& client : clients) threads.emplace_back([&client] { client.scrape(); });
    for (std::thread& thread : threads) thread.join();
  }
}

void timed(benchmark::internal::Benchmark* bench) {
  bench->Unit(benchmark::kMillisecond)->UseRealTime();
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Arg(1000)->Arg(10000)->Arg(100000)->Apply(timed);
}

BENCHMARK_CAPTURE(ScalingEntries, plain, false)->Apply(sizes);
BENCHMARK_CAPTURE(ScalingEntries, gzip, true)->Apply(sizes);
BENCHMARK_CAPTURE(ScalingLabels, 1, Kind::kOneLabel)->Apply(timed);
BENCHMARK_CAPTURE(ScalingLabels, 4, Kind::kFourLabels)->Apply(timed);
BENCHMARK_CAPTURE(ScalingLabels, 10, Kind::kTenLabels)->Apply(timed);
BENCHMARK(ScalingCpus)->Arg(2)->Arg(16)->Arg(64)->Arg(256)->Apply(timed);
BENCHMARK(ScalingScrapers)->Arg(1)->Arg(2)->Arg(8)->Apply(timed);

}  // namespace
}  // namespace bpfmap::bench
