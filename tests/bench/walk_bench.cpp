// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "bench/bare_walk.h"
#include "bench/bench_map.h"

// Walks by each reader, and the floor of each kind of map.
namespace bpfmap::bench {
namespace {

using Kind = BenchMap::Kind;

const BenchMap& map_of(const benchmark::State& state, Kind kind) {
  return BenchMap::shared(kind, static_cast<std::uint32_t>(state.range(0)));
}

void entries_per_second(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BareBatchWalk(benchmark::State& state, Kind kind) {
  BareWalk walk(map_of(state, kind));
  for (auto _ : state) walk.run();
  entries_per_second(state);
}

void walk_with(benchmark::State& state, Kind kind, model::ReaderChoice choice) {
  const BenchMap& map = map_of(state, kind);
  const auto reader = map.reader(choice);
  for (auto _ : state) {
    auto rows = read_all(*reader, map.shape());
    benchmark::DoNotOptimize(rows.data());
  }
  entries_per_second(state);
}

void BatchWalk(benchmark::State& state) {
  walk_with(state, Kind::kHash, model::ReaderChoice::kBatch);
}

void NextKeyWalk(benchmark::State& state) {
  walk_with(state, Kind::kHash, model::ReaderChoice::kNextKey);
}

void MmapWalk(benchmark::State& state) {
  walk_with(state, Kind::kMmapableArray, model::ReaderChoice::kMmap);
}

void timed(benchmark::internal::Benchmark* bench) {
  bench->Unit(benchmark::kMillisecond)->UseRealTime();
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Arg(1000)->Arg(10000)->Arg(100000)->Arg(1000000)->Apply(timed);
}

BENCHMARK_CAPTURE(BareBatchWalk, hash, Kind::kHash)->Apply(sizes);
BENCHMARK_CAPTURE(BareBatchWalk, per_cpu, Kind::kPerCpuHash)->Arg(1000000)->Apply(timed);
BENCHMARK_CAPTURE(BareBatchWalk, histograms, Kind::kHistograms)->Arg(270000)->Apply(timed);
BENCHMARK(BatchWalk)->Apply(sizes);
BENCHMARK(NextKeyWalk)->Arg(100000)->Apply(timed);
BENCHMARK(MmapWalk)->Arg(1000000)->Apply(timed);

}  // namespace
}  // namespace bpfmap::bench
