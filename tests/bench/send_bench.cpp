// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <array>

#include "bench/bare_sender.h"
#include "bench/bench_map.h"
#include "bench/scrape_server.h"

// A scrape of what was walked, rendered and compressed for another one before, and its floor: as
// many bytes from a thread that only sends them.
namespace bpfmap::bench {
namespace {

constexpr std::uint32_t kEntries = 1000000;

void scrape_again(benchmark::State& state, bool gzip) {
  const ScrapeServer server(BenchMap::hash(kEntries), BenchMap::Export::kEveryKey,
                            std::chrono::hours(1));
  ScrapeClient client = server.checked_client(gzip);
  for (auto _ : state) client.scrape();
}

std::uint64_t body_bytes(bool gzip) {
  static std::array<std::uint64_t, 2> known{};
  std::uint64_t& bytes = known[gzip ? 1 : 0];
  if (bytes == 0)
    bytes = ScrapeServer(BenchMap::hash(kEntries)).checked_client(gzip).scrape().body_bytes;
  return bytes;
}

void bare_send(benchmark::State& state, bool gzip) {
  const BareSender sender(body_bytes(gzip));
  ScrapeClient client(sender.port(), gzip);
  for (auto _ : state) client.scrape();
  state.counters["MB"] = static_cast<double>(body_bytes(gzip)) / 1e6;
}

void ScrapeAgainPlain(benchmark::State& state) { scrape_again(state, false); }
void ScrapeAgainGzip(benchmark::State& state) { scrape_again(state, true); }
void BareSendPlain(benchmark::State& state) { bare_send(state, false); }
void BareSendGzip(benchmark::State& state) { bare_send(state, true); }

BENCHMARK(ScrapeAgainPlain)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(ScrapeAgainGzip)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BareSendPlain)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BareSendGzip)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace bpfmap::bench
