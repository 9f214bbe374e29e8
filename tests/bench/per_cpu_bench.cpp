// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "base/unique_fd.h"
#include "kernel/map_syscalls.h"
#include "kernel/readers/batch_reader.h"
#include "kernel/readers/iter_reader.h"

// Walks of a per-CPU hash of one 8-byte counter: batch copies a value for each CPU, iter their sum.
// The machine's own number of CPUs is measured on a PERCPU_HASH; others on a HASH whose value holds
// as many counters, which batch copies and the iterator's program adds up just the same.
namespace bpfmap::bench {
namespace {

constexpr std::uint32_t kEntries = 100000;

class PerCpuMap {
 public:
  explicit PerCpuMap(std::uint32_t cpus) {
    const bool real = cpus == 0;
    shape.type = BPF_MAP_TYPE_PERCPU_HASH;
    shape.key_size = 32;
    shape.value_size = 8;
    shape.max_entries = kEntries;
    shape.per_cpu = true;
    shape.cpus = real ? static_cast<std::uint32_t>(::libbpf_num_possible_cpus()) : cpus;
    fd = UniqueFd(::bpf_map_create(real ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_HASH, "bench",
                                   shape.key_size, real ? 8 : shape.row_value_size(), kEntries,
                                   nullptr));
    if (!fd) throw std::runtime_error("cannot create the benchmark's map");
    std::vector<std::byte> value(shape.row_value_size());
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      const std::uint64_t key[4] = {i, i * 7919, 0, 1};
      if (::bpf_map_update_elem(fd.get(), key, value.data(), BPF_ANY) != 0) {
        throw std::runtime_error("cannot fill the benchmark's map");
      }
    }
  }

  kernel::MapShape shape;
  UniqueFd fd;
};

// Made at its first use and kept: filling it takes longer than walking it.
const PerCpuMap& map_of(const benchmark::State& state) {
  static std::map<std::uint32_t, PerCpuMap> maps;
  const auto cpus = static_cast<std::uint32_t>(state.range(0));
  return maps.try_emplace(cpus, cpus).first->second;
}

// As the sampler does: blocks of at most 4 MiB, all of which live until the values are added up.
void walk(benchmark::State& state, kernel::MapReader& reader) {
  const kernel::MapShape& shape = reader.shape();
  const std::uint32_t capacity =
      std::min(4096U, (4U << 20) / (shape.key_size + shape.row_value_size()));
  std::size_t rows = 0;
  for (auto _ : state) {
    std::vector<kernel::RowBlock> blocks;
    reader.rewind();
    for (bool more = true; more;) {
      more = reader.next_batch(blocks.emplace_back(shape, capacity)).value();
    }
    rows = 0;
    std::uint64_t total = 0;
    for (const kernel::RowBlock& block : blocks) {
      rows += block.count();
      const auto* values = reinterpret_cast<const std::uint64_t*>(block.value(0));
      for (std::size_t i = 0; i < std::size_t{block.count()} * shape.cpus; ++i) total += values[i];
    }
    benchmark::DoNotOptimize(total);
  }
  state.counters["entries"] = static_cast<double>(rows);
  state.counters["MiB"] = static_cast<double>(rows * shape.row_value_size()) / (1 << 20);
}

void batch(benchmark::State& state) {
  const PerCpuMap& map = map_of(state);
  kernel::BatchReader reader("bench", map.fd.get(), map.shape, kernel::kernel_map_syscalls());
  walk(state, reader);
}

void iter(benchmark::State& state) {
  const PerCpuMap& map = map_of(state);
  auto reader =
      kernel::IterReader::open("bench", map.fd.get(), map.shape, kernel::kernel_map_syscalls());
  if (!reader) {  // a kernel that is locked down may refuse it
    state.SkipWithError(reader.error().message().c_str());
    return;
  }
  walk(state, **reader);
}

// 0: a real per-CPU map of this machine.
BENCHMARK(batch)
    ->Arg(0)
    ->Arg(16)
    ->Arg(64)
    ->Arg(256)
    ->Unit(benchmark::kMillisecond)
    ->Name("per_cpu_batch");
BENCHMARK(iter)
    ->Arg(0)
    ->Arg(16)
    ->Arg(64)
    ->Arg(256)
    ->Unit(benchmark::kMillisecond)
    ->Name("per_cpu_iter");

}  // namespace
}  // namespace bpfmap::bench
