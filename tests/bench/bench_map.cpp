// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_map.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "bench/bench_entries.h"
#include "config/load.h"
#include "kernel/map_syscalls.h"

namespace bpfmap::bench {

BenchMap::BenchMap(Kind kind, std::uint32_t entries, std::uint32_t cpus)
    : kind_(kind), shape_(shape_of(kind, entries)) {
  if (cpus != 0) shape_.cpus = cpus;
  fd_ = create(shape_, cpus != 0);
  fill(fd_.get(), kind, shape_);
}

const BenchMap& BenchMap::shared(Kind kind, std::uint32_t entries, std::uint32_t cpus) {
  static std::map<std::tuple<Kind, std::uint32_t, std::uint32_t>, std::unique_ptr<BenchMap>> maps;
  auto& map = maps[{kind, entries, cpus}];
  if (map == nullptr) map = std::make_unique<BenchMap>(kind, entries, cpus);
  return *map;
}

std::unique_ptr<kernel::MapReader> BenchMap::reader(const kernel::ReaderOptions& options) const {
  auto reader = kernel::open_reader("bench", fd(), shape_, options, kernel::kernel_map_syscalls());
  if (!reader) throw std::runtime_error(reader.error().message());
  return *std::move(reader);
}

decode::MapPlan BenchMap::plan(Export what) const {
  const auto source = std::make_shared<const config::Source>(config::Source{
      "bench.yaml", "object: none.bpf.o\n" + configuration(kind_, what, "map: bench")});
  config::Diagnostics diagnostics(source);
  const config::Config config =
      config::parse_config(source, config::process_environment(), diagnostics);
  kernel::MapInfo info;
  info.name = "bench";
  info.shape = shape_;
  const std::vector<kernel::MapInfo> maps{info};
  decode::MetricNames names;
  decode::ObjectPlan plan =
      decode::compile_object(config, {"none.bpf.o", {}, maps, {}}, names, diagnostics);
  if (diagnostics.has_errors()) throw std::runtime_error(diagnostics.render());
  return std::move(plan.maps.front());
}

std::uint64_t BenchMap::sample_lines(Export what) const {
  if (kind_ == Kind::kHistograms) {
    return std::uint64_t{entries() / kBuckets} * (kBuckets + 2);  // +Inf and _count as well
  }
  return what == Export::kAggregated ? std::min(entries(), kLabelSets) : entries();
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
