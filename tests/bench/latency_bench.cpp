// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "bench/bench_map.h"
#include "bench/scrape_server.h"

// How long a scrape of a small map takes, sampling included: not only on average.
namespace bpfmap::bench {
namespace {

using Connection = ScrapeClient::Connection;
using Microseconds = std::chrono::duration<double, std::micro>;

void report(benchmark::State& state, std::vector<double> durations) {
  std::sort(durations.begin(), durations.end());
  const auto percentile = [&](std::size_t percent) {
    return durations[std::min(durations.size() - 1, durations.size() * percent / 100)];
  };
  state.counters["p50_us"] = percentile(50);
  state.counters["p99_us"] = percentile(99);
  state.counters["max_us"] = durations.back();
}

void small_scrapes(benchmark::State& state, Connection connection) {
  const ScrapeServer server(BenchMap::hash(100));
  ScrapeClient client = server.checked_client(false, connection);
  std::vector<double> durations;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    client.scrape();
    durations.push_back(Microseconds(std::chrono::steady_clock::now() - start).count());
  }
  report(state, std::move(durations));
}

void SmallScrape(benchmark::State& state) { small_scrapes(state, Connection::kClose); }
void SmallScrapeKeptAlive(benchmark::State& state) { small_scrapes(state, Connection::kKeepAlive); }

BENCHMARK(SmallScrape)->Iterations(5000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(SmallScrapeKeptAlive)->Iterations(5000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace bpfmap::bench
