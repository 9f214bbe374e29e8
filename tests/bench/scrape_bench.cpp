// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "bench/bench_map.h"
#include "bench/scrape_server.h"

// A whole scrape over loopback, from request to last byte, with a fresh sample each time.
namespace bpfmap::bench {
namespace {

using Kind = BenchMap::Kind;
using Export = BenchMap::Export;

void scrape(benchmark::State& state, bool gzip, Kind kind, Export what) {
  const ScrapeServer server(BenchMap::shared(kind, static_cast<std::uint32_t>(state.range(0))),
                            what);
  ScrapeClient client = server.checked_client(gzip);
  std::uint64_t bytes = 0;
  for (auto _ : state) bytes = client.scrape().body_bytes;
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}

void ScrapePlain(benchmark::State& state, Kind kind, Export what) {
  scrape(state, false, kind, what);
}

void ScrapeGzip(benchmark::State& state, Kind kind, Export what) {
  scrape(state, true, kind, what);
}

void million(benchmark::internal::Benchmark* bench) {
  bench->Arg(1000000)->Unit(benchmark::kMillisecond)->UseRealTime();
}

void buckets(benchmark::internal::Benchmark* bench) {
  bench->Arg(10000 * kBuckets)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK_CAPTURE(ScrapePlain, hash, Kind::kHash, Export::kEveryKey)->Apply(million);
BENCHMARK_CAPTURE(ScrapeGzip, hash, Kind::kHash, Export::kEveryKey)->Apply(million);
BENCHMARK_CAPTURE(ScrapePlain, array, Kind::kMmapableArray, Export::kEveryKey)->Apply(million);
BENCHMARK_CAPTURE(ScrapePlain, histograms, Kind::kHistograms, Export::kEveryKey)->Apply(buckets);
BENCHMARK_CAPTURE(ScrapePlain, per_cpu, Kind::kPerCpuHash, Export::kEveryKey)->Apply(million);
BENCHMARK_CAPTURE(ScrapePlain, aggregated, Kind::kHash, Export::kAggregated)->Apply(million);
BENCHMARK_CAPTURE(ScrapePlain, accumulated, Kind::kHash, Export::kAccumulated)->Apply(million);

}  // namespace
}  // namespace bpfmap::bench
