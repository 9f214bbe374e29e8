// SPDX-License-Identifier: Apache-2.0
#include "kernel/iter/iter_objects.h"

#include <cstdint>

// From bpfmap_embed_objects() in cmake/embed.cmake.
extern "C" {
extern const std::byte bpfmap_object_iter_cgrp_storage[];
extern const std::uint64_t bpfmap_object_iter_cgrp_storage_size;
extern const std::byte bpfmap_object_iter_map_elem[];
extern const std::uint64_t bpfmap_object_iter_map_elem_size;
extern const std::byte bpfmap_object_iter_sk_storage[];
extern const std::uint64_t bpfmap_object_iter_sk_storage_size;
extern const std::byte bpfmap_object_iter_task_storage[];
extern const std::uint64_t bpfmap_object_iter_task_storage_size;
}

namespace bpfmap::kernel {

std::span<const std::byte> embedded_object(std::string_view name) {
  if (name == "iter_cgrp_storage") {
    return {bpfmap_object_iter_cgrp_storage, bpfmap_object_iter_cgrp_storage_size};
  }
  if (name == "iter_map_elem") {
    return {bpfmap_object_iter_map_elem, bpfmap_object_iter_map_elem_size};
  }
  if (name == "iter_sk_storage") {
    return {bpfmap_object_iter_sk_storage, bpfmap_object_iter_sk_storage_size};
  }
  if (name == "iter_task_storage") {
    return {bpfmap_object_iter_task_storage, bpfmap_object_iter_task_storage_size};
  }
  return {};
}

}  // namespace bpfmap::kernel
