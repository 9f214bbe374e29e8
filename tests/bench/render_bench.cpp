// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "bench/bench_map.h"
#include "exposition/gzip.h"
#include "support/rendering.h"

// From rows to text, and from text to gzip.
namespace bpfmap::bench {
namespace {

void render(benchmark::State& state, const BenchMap& map, model::ReaderChoice choice) {
  const auto reader = map.reader(choice);
  const auto rows = read_all(*reader, map.shape());
  const decode::MapPlan plan = map.plan();
  std::size_t bytes = 0;
  for (auto _ : state) {
    host::HostNames names{std::make_shared<host::Host>()};
    const test::Rendering rendering = test::render(plan.samples, rows, names);
    if (rendering.samples != map.entries()) state.SkipWithError("samples are missing");
    bytes = rendering.body.size();
  }
  state.SetItemsProcessed(state.iterations() * map.entries());
  state.counters["time_per_sample"] =
      benchmark::Counter(static_cast<double>(state.iterations() * map.entries()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["text_MB"] = static_cast<double>(bytes) / 1e6;
}

void RenderText(benchmark::State& state) {
  render(state, BenchMap::hash(static_cast<std::uint32_t>(state.range(0))),
         model::ReaderChoice::kBatch);
}

void RenderArray(benchmark::State& state) {
  render(
      state,
      BenchMap::shared(BenchMap::Kind::kMmapableArray, static_cast<std::uint32_t>(state.range(0))),
      model::ReaderChoice::kMmap);
}

void GzipText(benchmark::State& state) {
  const BenchMap& map = BenchMap::hash(static_cast<std::uint32_t>(state.range(0)));
  const auto reader = map.reader(model::ReaderChoice::kBatch);
  const auto rows = read_all(*reader, map.shape());
  host::HostNames names{std::make_shared<host::Host>()};
  const test::Rendering rendering = test::render(map.plan().samples, rows, names);
  std::size_t bytes = 0;
  for (auto _ : state) bytes = exposition::deflate_fragment(rendering.body).body.size();
  state.counters["gzip_MB"] = static_cast<double>(bytes) / 1e6;
}

BENCHMARK(RenderText)->Arg(1000000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(RenderArray)->Arg(1000000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(GzipText)->Arg(1000000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace bpfmap::bench
