// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_map.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "config/load.h"
#include "kernel/map_syscalls.h"

namespace bpfmap::bench {
namespace {

constexpr const char* kLabels = R"(object: none.bpf.o
maps:
  - map: bench
    labels:
      pid: { offset: 0, type: u32 }
      op: { offset: 4, type: u32 }
      comm: { offset: 8, size: 16, type: char }
      cgroup: { offset: 24, type: u64 }
    metrics:
      - { counter: bench_operations_total, help: Operations. }
)";

void fill(int fd, std::uint32_t entries) {
  constexpr std::uint32_t kBatch = 10000;
  std::vector<BenchKey> keys;
  std::vector<std::uint64_t> values;
  for (std::uint32_t i = 0; i < entries; ++i) {
    BenchKey key{1000 + i, i % 16, {}, 4294967296ULL + i % 1000};
    std::snprintf(key.comm, sizeof(key.comm), "worker-%u", i % 5000);
    keys.push_back(key);
    values.push_back(i * 7919ULL);
    if (keys.size() < kBatch && i + 1 < entries) continue;
    auto count = static_cast<std::uint32_t>(keys.size());
    if (::bpf_map_update_batch(fd, keys.data(), values.data(), &count, nullptr) != 0) {
      throw std::runtime_error("cannot fill the benchmark's map");
    }
    keys.clear();
    values.clear();
  }
}

}  // namespace

BenchMap::BenchMap(Kind kind, std::uint32_t entries) {
  const bool is_hash = kind == Kind::kHash;
  shape_.type = is_hash ? BPF_MAP_TYPE_HASH : BPF_MAP_TYPE_ARRAY;
  shape_.key_size = is_hash ? sizeof(BenchKey) : sizeof(std::uint32_t);
  shape_.value_size = sizeof(std::uint64_t);
  shape_.max_entries = entries;
  shape_.flags = is_hash ? 0 : BPF_F_MMAPABLE;
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  options.map_flags = shape_.flags;
  fd_ = UniqueFd(::bpf_map_create(static_cast<bpf_map_type>(shape_.type), "bench", shape_.key_size,
                                  shape_.value_size, entries, &options));
  if (!fd_) throw std::runtime_error("cannot create the benchmark's map: root and BPF are needed");
  if (is_hash) fill(fd_.get(), entries);
}

const BenchMap& BenchMap::hash(std::uint32_t entries) {
  static std::map<std::uint32_t, std::unique_ptr<BenchMap>> maps;
  auto& map = maps[entries];
  if (map == nullptr) map = std::make_unique<BenchMap>(Kind::kHash, entries);
  return *map;
}

std::unique_ptr<kernel::MapReader> BenchMap::reader(kernel::ReaderChoice choice) const {
  auto reader = kernel::open_reader("bench", fd(), shape_, choice, kernel::kernel_map_syscalls());
  if (!reader) throw std::runtime_error(reader.error().message());
  return *std::move(reader);
}

decode::MapPlan BenchMap::plan() const {
  const auto source = std::make_shared<const config::Source>(config::Source{"bench.yaml", kLabels});
  config::Diagnostics diagnostics(source);
  const config::Config config =
      config::parse_config(source, config::process_environment(), diagnostics);
  const std::vector<kernel::MapInfo> maps{{"bench", shape_, nullptr, nullptr}};
  decode::MetricNames names;
  decode::ObjectPlan plan =
      decode::compile_object(config, {"none.bpf.o", {}, maps, {}}, names, diagnostics);
  if (diagnostics.has_errors()) throw std::runtime_error(diagnostics.render());
  return std::move(plan.maps.front());
}

std::vector<kernel::RowBlock> read_all(kernel::MapReader& reader, const kernel::MapShape& shape) {
  std::vector<kernel::RowBlock> blocks;
  reader.rewind();
  for (bool more = true; more;) {
    kernel::RowBlock block(shape, std::min(shape.max_entries, 4096U));
    const auto result = reader.next_batch(block);
    if (!result) throw std::runtime_error(result.error().message());
    more = *result;
    blocks.push_back(std::move(block));
  }
  return blocks;
}

}  // namespace bpfmap::bench
