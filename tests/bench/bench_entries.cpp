// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_entries.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace bpfmap::bench {
namespace {

using Kind = BenchMap::Kind;

constexpr const char* kCounter =
    "    metrics: [ { counter: bench_operations_total, help: Operations. } ]\n";

constexpr const char* kHistogram = R"(    metrics:
      - histogram: bench_latency_seconds
        help: Latency.
        bucket: { offset: 4, type: u32 }
        buckets: { scale: exp2, min: 0, max: 26, unit: 1us }
)";

std::uint32_t numbers_in_key(Kind kind) {
  switch (kind) {
    case Kind::kOneLabel: return 1;
    case Kind::kFourLabels: return 4;
    case Kind::kTenLabels: return 10;
    default: return 0;
  }
}

std::string number_labels(std::uint32_t count) {
  std::string text = "    labels:\n";
  for (std::uint32_t i = 0; i < count; ++i) {
    text += "      part" + std::to_string(i) + ": { offset: " + std::to_string(4 * i) +
            ", type: u32 }\n";
  }
  return text;
}

std::string labels(Kind kind, BenchMap::Export what) {
  if (kind == Kind::kMmapableArray) return "    labels: { index: { offset: 0, type: u32 } }\n";
  if (const std::uint32_t count = numbers_in_key(kind); count != 0) return number_labels(count);
  std::string text = "    labels:\n      comm: { offset: 8, size: 16, type: char }\n";
  if (kind != Kind::kHistograms) text += "      op: { offset: 4, type: u32 }\n";
  if (what == BenchMap::Export::kAggregated) return text;
  return text +
         "      pid: { offset: 0, type: u32 }\n"
         "      cgroup: { offset: 24, type: u64 }\n";
}

// `part` counts what one thread of the imagined workload does.
BenchKey bench_key(std::uint32_t thread, std::uint32_t part) {
  BenchKey key{1000 + thread, part, {}, 4294967296ULL + thread % 1000};
  std::snprintf(key.comm, sizeof(key.comm), "worker-%u", thread % 5000);
  return key;
}

void write_key(Kind kind, std::uint32_t i, std::byte* out) {
  if (kind == Kind::kMmapableArray) {
    std::memcpy(out, &i, sizeof(i));
    return;
  }
  if (const std::uint32_t count = numbers_in_key(kind); count != 0) {
    for (std::uint32_t part = 0; part < count; ++part) {
      const std::uint32_t number = part == 0 ? i : i * 7919 % (1000U << part);
      std::memcpy(out + std::size_t{4} * part, &number, sizeof(number));
    }
    return;
  }
  const BenchKey key =
      kind == Kind::kHistograms ? bench_key(i / kBuckets, i % kBuckets) : hash_key(i);
  std::memcpy(out, &key, sizeof(key));
}

std::uint32_t map_type(Kind kind) {
  if (kind == Kind::kMmapableArray) return BPF_MAP_TYPE_ARRAY;
  return kind == Kind::kPerCpuHash ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_HASH;
}

std::uint32_t key_size(Kind kind) {
  if (kind == Kind::kMmapableArray) return sizeof(std::uint32_t);
  const std::uint32_t numbers = numbers_in_key(kind);
  return numbers != 0 ? 4 * numbers : static_cast<std::uint32_t>(sizeof(BenchKey));
}

}  // namespace

BenchKey hash_key(std::uint32_t i) { return bench_key(i, i % 16); }

kernel::MapShape shape_of(Kind kind, std::uint32_t entries) {
  kernel::MapShape shape;
  shape.type = map_type(kind);
  shape.key_size = key_size(kind);
  shape.value_size = sizeof(std::uint64_t);
  shape.max_entries = entries;
  shape.flags = kind == Kind::kMmapableArray ? BPF_F_MMAPABLE : 0;
  shape.per_cpu = kind == Kind::kPerCpuHash;
  if (shape.per_cpu) shape.cpus = static_cast<std::uint32_t>(::libbpf_num_possible_cpus());
  return shape;
}

UniqueFd create(const kernel::MapShape& shape, bool imitates_cpus) {
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  options.map_flags = shape.flags;
  const std::uint32_t type = imitates_cpus ? std::uint32_t{BPF_MAP_TYPE_HASH} : shape.type;
  const std::uint32_t value_size = imitates_cpus ? shape.row_value_size() : shape.value_size;
  UniqueFd fd(::bpf_map_create(static_cast<bpf_map_type>(type), "bench", shape.key_size, value_size,
                               shape.max_entries, &options));
  if (!fd) throw std::runtime_error("cannot create the benchmark's map: root and BPF are needed");
  return fd;
}

void fill(int fd, Kind kind, const kernel::MapShape& shape) {
  constexpr std::uint32_t kBatch = 10000;
  const std::uint32_t words = shape.row_value_size() / sizeof(std::uint64_t);
  std::vector<std::byte> keys(std::size_t{kBatch} * shape.key_size);
  std::vector<std::uint64_t> values(std::size_t{kBatch} * words);
  for (std::uint32_t first = 0; first < shape.max_entries; first += kBatch) {
    std::uint32_t count = std::min(kBatch, shape.max_entries - first);
    for (std::uint32_t i = 0; i < count; ++i) {
      write_key(kind, first + i, keys.data() + std::size_t{i} * shape.key_size);
      std::fill_n(values.begin() + i * words, words, (first + i) * 7919ULL);
    }
    if (::bpf_map_update_batch(fd, keys.data(), values.data(), &count, nullptr) != 0) {
      throw std::runtime_error("cannot fill the benchmark's map");
    }
  }
}

std::string configuration(Kind kind, BenchMap::Export what, const std::string& origin) {
  return "maps:\n  - " + origin + "\n" + labels(kind, what) +
         (what == BenchMap::Export::kAccumulated ? "    mode: accumulate\n" : "") +
         (kind == Kind::kHistograms ? kHistogram : kCounter);
}

}  // namespace bpfmap::bench
