// SPDX-License-Identifier: Apache-2.0
#include "kernel/cgroup_id_map.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>

#include <cerrno>

#include "base/error.h"
#include "base/log.h"
#include "base/unique_fd.h"
#include "kernel/libbpf/kernel_version.h"
#include "kernel/map_types.h"

namespace bpfmap::kernel {
namespace {

constexpr std::uint32_t kCgroupStorage = 32;  // BPF_MAP_TYPE_CGRP_STORAGE, newer than some headers

}  // namespace

std::string why_no_cgroup_ids(std::uint32_t map_type, std::uint32_t key_size,
                              std::uint32_t value_size) {
  constexpr std::uint32_t kIdBytes = 8;
  const bool is_storage = map_type == kCgroupStorage;
  // Values for each CPU would be all the same, and a program sees the one of its own CPU only.
  if (!is_storage && (!is_hash(map_type) || is_per_cpu(map_type))) {
    return "it is " + with_article(map_type_name(map_type)) +
           ", neither a hash with one value for all CPUs nor a cgrp_storage";
  }
  if (!is_storage && key_size != kIdBytes) {
    return "its keys have " + std::to_string(key_size) + " bytes, but an id is a u64";
  }
  if (value_size != kIdBytes) {
    return "its values have " + std::to_string(value_size) + " bytes, expected a u64";
  }
  return {};
}

CapabilitySet capabilities_to_write_maps() {
  CapabilitySet needed;
  if (running_kernel() < KernelVersion{5, 19}) needed.add(kCapBpf);
  return needed;
}

bool CgroupIdMap::is_storage() const { return options_.map_type == kCgroupStorage; }

void CgroupIdMap::add(const std::string& path, std::uint64_t id) {
  if (!options_.matches(path)) {
    if (!is_storage()) bpf_map_delete_elem(options_.fd, &id);
  } else if (!write(path, id)) {
    waiting_.emplace(id, path);
  }
}

void CgroupIdMap::remove(std::uint64_t id) {
  waiting_.erase(id);
  if (written_.erase(id) == 0) return;
  // What is stored with a cgroup goes with it.
  if (!is_storage()) bpf_map_delete_elem(options_.fd, &id);
  while (!waiting_.empty() && write(waiting_.begin()->second, waiting_.begin()->first)) {
    waiting_.erase(waiting_.begin());
  }
}

bool CgroupIdMap::write(const std::string& path, std::uint64_t id) {
  const int code = update(path, id);
  if (code == 0) written_.insert(id);
  if (code != 0 && !failed_) {
    const Error error{.kind = ErrorKind::kSystem,
                      .operation = "keep the ids of cgroups in",
                      .subject = "map '" + options_.map + "'",
                      .code = code};
    log::warning("the id of a cgroup could not be written",
                 {{"cgroup", path}, {"error", error.message()}});
  }
  failed_ = code != 0;
  return code == 0;
}

// 0 or the errno. A cgroup that is gone by now needs no entry.
int CgroupIdMap::update(const std::string& path, std::uint64_t id) const {
  const std::uint64_t one = 1;
  if (!is_storage()) return -bpf_map_update_elem(options_.fd, &id, &one, BPF_ANY);
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return errno == ENOENT ? 0 : errno;
  const int key = folder.get();
  return -bpf_map_update_elem(options_.fd, &key, &one, BPF_ANY);
}

}  // namespace bpfmap::kernel
