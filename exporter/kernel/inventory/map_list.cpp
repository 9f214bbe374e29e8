// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/map_list.h"

#include <bpf/bpf.h>

#include <cstring>
#include <utility>

#include "kernel/libbpf/fd_info.h"
#include "kernel/map_types.h"

namespace bpfmap::kernel {
namespace {

// Only these count their entries in the kernel; for all others it would say 0.
bool counts_entries(std::uint32_t type) {
  return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH ||
         type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
         type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

int describe(int fd, const EntryCounts::ById& counts, std::vector<MapRecord>& records) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  const int failed = bpf_obj_get_info_by_fd(fd, &info, &size);
  if (failed != 0) return failed;
  MapRecord record;
  record.id = info.id;
  record.type = map_type_name(info.type);
  record.name.assign(info.name, ::strnlen(info.name, sizeof(info.name)));
  record.key_bytes = info.key_size;
  record.value_bytes = info.value_size;
  record.max_entries = info.max_entries;
  const std::string fd_info = read_own_fd_info(fd);
  record.memory_bytes = fd_info_number(fd_info, "memlock");
  if (const auto frozen = fd_info_number(fd_info, "frozen")) record.frozen = *frozen != 0;
  if (const auto count = counts.find(info.id); count != counts.end() && counts_entries(info.type)) {
    record.entries = count->second;
  }
  records.push_back(std::move(record));
  return 0;
}

}  // namespace

Result<std::vector<MapRecord>> list_maps(const EntryCounts::ById& counts,
                                         const ObjectCalls& calls) {
  std::vector<MapRecord> records;
  const auto listed =
      walk_objects(calls, [&](std::uint32_t, int fd) { return describe(fd, counts, records); });
  if (!listed) return unexpected(listed.error());
  return records;
}

}  // namespace bpfmap::kernel
