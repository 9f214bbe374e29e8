// SPDX-License-Identifier: Apache-2.0
#include "decode/cgroup_labels.h"

#include "decode/decoders/builders.h"
#include "decode/decoders/registry.h"
#include "host/cgroup_mounts.h"

namespace bpfmap::decode {
namespace {

void add_hierarchy(const config::DecoderConfig& decoder, std::set<std::string>& hierarchies) {
  const DecoderEntry* entry = find_decoder(decoder.name.value);
  if (entry == nullptr || entry->first != build_cgroup) return;
  std::string hierarchy(host::kUnifiedHierarchy);
  for (const auto& [key, value] : decoder.arguments.pairs) {
    if (key.value == "hierarchy") hierarchy = value.scalar;
  }
  hierarchies.insert(std::move(hierarchy));
}

// Calls visit(decoder) for every decoder of every label.
template <typename Visit>
void for_each_decoder(const config::Config& config, Visit visit) {
  for (const config::MapConfig& map : config.maps) {
    if (!map.labels) continue;
    for (const config::LabelConfig& label : *map.labels) {
      for (const config::DecoderConfig& decoder : label.decode) visit(decoder);
    }
  }
}

}  // namespace

std::set<std::string> cgroup_hierarchies(const config::Config& config) {
  std::set<std::string> hierarchies;
  for_each_decoder(
      config, [&](const config::DecoderConfig& decoder) { add_hierarchy(decoder, hierarchies); });
  return hierarchies;
}

bool names_processes(const config::Config& config) {
  bool found = false;
  for_each_decoder(config, [&](const config::DecoderConfig& decoder) {
    const std::string& name = decoder.name.value;
    found = found || name == "pid" || name == "usym" || name == "ustack";
  });
  return found;
}

}  // namespace bpfmap::decode
