// SPDX-License-Identifier: Apache-2.0
#include "decode/host_inputs.h"

#include <re2/set.h>

#include <memory>

#include "decode/compile/find_by_name.h"
#include "kernel/cgroup_id_map.h"

namespace bpfmap::decode {

void check_cgroup_ids(const config::Config& config, const ObjectFacts& object,
                      config::Diagnostics& diagnostics) {
  for (const config::CgroupIdsConfig& ids : config.cgroup_ids) {
    const auto* info = find_by_name(object.maps, "map", ids.map, object.name, diagnostics);
    if (info == nullptr) continue;
    const kernel::MapShape& shape = info->shape;
    const std::string why = kernel::why_no_cgroup_ids(shape.type, shape.key_size, shape.value_size);
    if (why.empty()) continue;
    diagnostics.error(ids.map.at,
                      "map '" + ids.map.value + "' cannot hold the ids of cgroups: " + why);
  }
}

void check_kernel_addresses(const config::Config& config, const ObjectFacts& object,
                            config::Diagnostics& diagnostics) {
  for (const config::KernelAddressConfig& address : config.kernel_addresses) {
    const auto* info =
        find_by_name(object.globals, "global variable", address.global, object.name, diagnostics);
    if (info == nullptr || info->type->size == sizeof(std::uint64_t)) continue;
    diagnostics.error(address.global.at, "global '" + info->name + "' is " + info->type->name +
                                             ", which holds no address; declare it as __u64");
  }
}

std::function<bool(const std::string& path)> path_matcher(const config::CgroupIdsConfig& ids) {
  const auto set =
      std::make_shared<re2::RE2::Set>(re2::RE2::Options(re2::RE2::Quiet), re2::RE2::UNANCHORED);
  // The parser has seen that they compile.
  for (const auto& path : ids.paths) set->Add(path.value, nullptr);
  set->Compile();
  return [set](const std::string& path) { return set->Match(path, nullptr); };
}

}  // namespace bpfmap::decode
