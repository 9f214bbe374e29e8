// SPDX-License-Identifier: Apache-2.0
#include "decode/fit_to_map.h"

#include <string>
#include <utility>

namespace bpfmap::decode {
namespace {

constexpr std::uint32_t kCpuBytes = 2;
constexpr std::uint32_t kValueBytes = 8;

// The last label of a per-CPU map may be the CPU, which stands behind the key.
void take_cpu_label(config::MapConfig& map, config::Diagnostics& diagnostics) {
  const config::LabelConfig& cpu = map.labels->back();
  if (!cpu.decode.empty()) {
    diagnostics.warning(cpu.decode.front().name.at,
                        "the CPU of a per-CPU map is a number, which is not decoded further");
  }
  map.cpu_label = cpu.name;
  map.labels->pop_back();
  map.layout->bytes -= kCpuBytes;
}

void check_key(const config::MapConfig& map, const kernel::MapInfo& info,
               config::Diagnostics& diagnostics) {
  const std::uint32_t size = info.shape.key_size;
  const config::KeyLayout& layout = *map.layout;
  if (layout.bytes == size) return;
  const std::string what = "the labels take " + std::to_string(layout.bytes) +
                           " bytes, but the key of map '" + info.name + "' has " +
                           std::to_string(size);
  if (layout.bytes > size) {
    diagnostics.error(layout.at, what);
  } else {
    diagnostics.warning(layout.at, what + ": what no label names is summed away");
  }
}

bool is_u64(const kernel::TypePtr& type) {
  return type == nullptr || (type->kind == kernel::TypeKind::kUnsigned &&
                             type->size == kValueBytes && !type->big_endian);
}

// The first 8 bytes of a value, whatever its type.
void read_as_u64(config::MapConfig& map, const kernel::MapInfo& info,
                 config::Diagnostics& diagnostics) {
  const std::uint32_t size = info.shape.value_size;
  if (size < kValueBytes) {
    diagnostics.error(map.map.at, "values are read as u64, but those of map '" + info.name +
                                      "' have " + std::to_string(size) +
                                      " bytes; declare them as __u64");
    return;
  }
  if (size == kValueBytes && is_u64(info.value)) return;
  for (config::MetricConfig& metric : map.metrics) {
    metric.value = config::FieldRef{metric.name.at, "", config::ExplicitField{0, {}, "u64"}};
  }
}

}  // namespace

config::MapConfig fit_to_map(const config::MapConfig& map, const kernel::MapInfo& info,
                             config::Diagnostics& diagnostics) {
  config::MapConfig fitted = map;
  if (!fitted.layout) return fitted;
  if (fitted.layout->may_end_with_cpu && info.shape.per_cpu) take_cpu_label(fitted, diagnostics);
  if (!fitted.only_key) check_key(fitted, info, diagnostics);
  read_as_u64(fitted, info, diagnostics);
  return fitted;
}

}  // namespace bpfmap::decode
