// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "bench/bare_walk.h"
#include "bench/bench_entries.h"
#include "bench/bench_map.h"
#include "bench/scrape_server.h"

// What readers cost a writer: a thread that updates entries all over the map, while the map is
// scraped in a loop, while it is only walked, and alone.
namespace bpfmap::bench {
namespace {

constexpr std::uint32_t kEntries = 1000000;
constexpr std::uint32_t kKeys = 4096;  // that are updated

// Does something again and again on a thread of its own, as long as it lives.
class Repeating {
 public:
  explicit Repeating(std::function<void()> action)
      : thread_([this, action = std::move(action)] {
          while (!stopped_) action();
        }) {}
  ~Repeating() {
    stopped_ = true;
    thread_.join();
  }
  Repeating(const Repeating&) = delete;
  Repeating& operator=(const Repeating&) = delete;

 private:
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

std::vector<BenchKey> some_keys() {
  std::vector<BenchKey> keys;
  for (std::uint32_t i = 0; i < kKeys; ++i) keys.push_back(hash_key(i * (kEntries / kKeys)));
  return keys;
}

void update(benchmark::State& state, const BenchMap& map) {
  const std::vector<BenchKey> keys = some_keys();
  std::uint64_t value = 0;
  std::size_t next = 0;
  for (auto _ : state) {
    if (::bpf_map_update_elem(map.fd(), &keys[next], &++value, BPF_EXIST) != 0) {
      state.SkipWithError("the update failed");
      return;
    }
    next = next + 1 < keys.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}

void UpdateAlone(benchmark::State& state) { update(state, BenchMap::hash(kEntries)); }

void UpdateWhileWalked(benchmark::State& state) {
  const BenchMap& map = BenchMap::hash(kEntries);
  BareWalk walk(map);
  const Repeating walking([&walk] { walk.run(); });
  update(state, map);
}

void UpdateWhileScraped(benchmark::State& state) {
  const BenchMap& map = BenchMap::hash(kEntries);
  const ScrapeServer server(map);
  ScrapeClient client = server.checked_client(false);
  const Repeating scraping([&client] { client.scrape(); });
  update(state, map);
}

// Longer than a scrape.
void timed(benchmark::internal::Benchmark* bench) {
  bench->MinTime(0.7)->Unit(benchmark::kMicrosecond)->UseRealTime();
}

BENCHMARK(UpdateAlone)->Apply(timed);
BENCHMARK(UpdateWhileWalked)->Apply(timed);
BENCHMARK(UpdateWhileScraped)->Apply(timed);

}  // namespace
}  // namespace bpfmap::bench
