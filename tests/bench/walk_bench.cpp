// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <cerrno>

#include "bench/bench_map.h"

// Walks of a hash map by each reader, and the floor: a loop of bpf_map_lookup_batch that does
// nothing else.
namespace bpfmap::bench {
namespace {

void entries_per_second(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BareBatchWalk(benchmark::State& state) {
  const BenchMap& map = BenchMap::hash(static_cast<std::uint32_t>(state.range(0)));
  constexpr std::uint32_t kRows = 4096;
  std::vector<BenchKey> keys(kRows);
  std::vector<std::uint64_t> values(kRows);
  for (auto _ : state) {
    std::uint64_t cursor = 0;
    std::uint64_t total = 0;
    int error = 0;
    for (bool first = true; error == 0; first = false) {
      std::uint32_t count = kRows;
      error = ::bpf_map_lookup_batch(map.fd(), first ? nullptr : &cursor, &cursor, keys.data(),
                                     values.data(), &count, nullptr);
      total += count;
    }
    if (error != -ENOENT || total != static_cast<std::uint64_t>(state.range(0))) {
      state.SkipWithError("the bare walk failed");
    }
  }
  entries_per_second(state);
}

void walk_with(benchmark::State& state, const BenchMap& map, kernel::ReaderChoice choice) {
  const auto reader = map.reader(choice);
  for (auto _ : state) {
    auto rows = read_all(*reader, map.shape());
    benchmark::DoNotOptimize(rows.data());
  }
  entries_per_second(state);
}

void BatchWalk(benchmark::State& state) {
  walk_with(state, BenchMap::hash(static_cast<std::uint32_t>(state.range(0))),
            kernel::ReaderChoice::kBatch);
}

void NextKeyWalk(benchmark::State& state) {
  walk_with(state, BenchMap::hash(static_cast<std::uint32_t>(state.range(0))),
            kernel::ReaderChoice::kNextKey);
}

void MmapWalk(benchmark::State& state) {
  const BenchMap map(BenchMap::Kind::kMmapableArray, static_cast<std::uint32_t>(state.range(0)));
  walk_with(state, map, kernel::ReaderChoice::kMmap);
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Arg(1000)->Arg(100000)->Arg(1000000)->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(BareBatchWalk)->Apply(sizes);
BENCHMARK(BatchWalk)->Apply(sizes);
BENCHMARK(NextKeyWalk)->Apply(sizes);
BENCHMARK(MmapWalk)->Apply(sizes);

}  // namespace
}  // namespace bpfmap::bench
