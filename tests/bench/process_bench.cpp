// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "bench/bench_entries.h"
#include "bench/exporter_child.h"
#include "bench/sample_counter.h"

// What the exporter's process needs of memory and CPUs.
namespace bpfmap::bench {
namespace {

using std::chrono::seconds;

std::uint32_t id_of(int map_fd) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  if (::bpf_obj_get_info_by_fd(map_fd, &info, &size) != 0) {
    throw std::runtime_error("the kernel does not describe the benchmark's map");
  }
  return info.id;
}

// A file that ends with this object.
class ConfigurationFile {
 public:
  explicit ConfigurationFile(const std::string& text) {
    const int fd = ::mkstemps(path_.data(), 5);
    if (fd < 0) throw std::runtime_error("cannot write " + path_);
    ::close(fd);
    std::ofstream(path_) << text;
  }
  ~ConfigurationFile() { ::unlink(path_.c_str()); }
  ConfigurationFile(const ConfigurationFile&) = delete;
  ConfigurationFile& operator=(const ConfigurationFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/bpfmap-bench-XXXXXX.yaml";
};

constexpr BenchMap::Kind kKind = BenchMap::Kind::kHash;

// Of a map that another process made; every scrape walks it, besides what the sampler does.
std::string configuration_of(int map_fd) {
  return "max_age: 1ms\n" + configuration(kKind, BenchMap::Export::kEveryKey,
                                          "loaded: { id: " + std::to_string(id_of(map_fd)) + " }");
}

void scrape_rounds(std::uint16_t port, int rounds) {
  ScrapeClient client(port, true);
  for (int i = 0; i < rounds; ++i) client.scrape();
}

// Two scrapers at once, each of which begins its next round when it is through with the last.
void PeakMemory(benchmark::State& state) {
  constexpr std::uint32_t kEntries = 1000000;
  const kernel::MapShape shape = shape_of(kKind, kEntries);
  const UniqueFd map = create(shape);
  const ConfigurationFile file(configuration_of(map.get()));
  const ExporterChild exporter({"--config", file.path()});
  const double start = exporter.status_mb("VmRSS");  // the map is empty
  fill(map.get(), kKind, shape);
  ScrapeClient client(exporter.port(), true);
  check_scrape(client, true, BenchMap::kPrefix, kEntries);
  exporter.reset_peak();
  for (auto _ : state) {
    std::thread other([&] { scrape_rounds(exporter.port(), 4); });
    scrape_rounds(exporter.port(), 4);
    other.join();
  }
  state.counters["start_MB"] = start;
  state.counters["peak_MB"] = exporter.status_mb("VmHWM") - start;
  std::this_thread::sleep_for(seconds(3));
  state.counters["later_MB"] = exporter.status_mb("VmRSS") - start;
}

// The default set, which is not scraped.
void IdleCost(benchmark::State& state) {
  const ExporterChild exporter({});
  std::this_thread::sleep_for(seconds(6));  // the first walks
  double used = 0;
  for (auto _ : state) {
    const double before = exporter.cpu_seconds();
    std::this_thread::sleep_for(seconds(60));
    used = exporter.cpu_seconds() - before;
  }
  state.counters["cpu_percent"] = used / 60 * 100;
  state.counters["resident_MB"] = exporter.status_mb("VmRSS");
}

BENCHMARK(PeakMemory)->Iterations(1)->Repetitions(3)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(IdleCost)->Iterations(1)->Repetitions(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace bpfmap::bench
