// SPDX-License-Identifier: Apache-2.0
#include "kernel/foreign/loaded_map.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "kernel/libbpf/handles.h"
#include "kernel/map_types.h"
#include "kernel/readers/inner_map_opener.h"
#include "kernel/readers/next_key_reader.h"
#include "kernel/types/btf_layout.h"
#include "kernel/types/loaded_shape.h"

namespace bpfmap::kernel {
namespace {

void add_types(const bpf_map_info& kernel_info, MapInfo& info) {
  if (kernel_info.btf_id == 0) return;
  const BtfPtr types(btf__load_from_kernel_by_id(kernel_info.btf_id));
  if (!types) return;
  BtfLayout layout(types.get());
  if (kernel_info.btf_key_type_id != 0) {
    if (auto key = layout.type(kernel_info.btf_key_type_id)) info.key = *std::move(key);
  }
  if (kernel_info.btf_value_type_id != 0) {
    if (auto value = layout.type(kernel_info.btf_value_type_id)) info.value = *std::move(value);
  }
  info.shape.has_spin_lock = info.value && has_spin_lock(*info.value);
}

Result<std::shared_ptr<const MapInfo>> describe_inner(const UniqueFd& fd) {
  bpf_map_info info{};
  if (const int code = read_map_info(fd.get(), info); code != 0) {
    return unexpected(
        Error{.kind = ErrorKind::kSystem, .operation = "describe inner map", .code = code});
  }
  return describe_loaded_map(fd.get(), info);
}

// Null where it holds none; maps that go meanwhile are passed by.
Result<std::shared_ptr<const MapInfo>> describe_first_inner(int fd, const MapInfo& outer) {
  NextKeyReader reader(outer.name, fd, outer.shape, kernel_map_syscalls());
  RowBlock block(outer.shape, 16);
  while (true) {
    const Result<bool> more = reader.next_batch(block);
    if (!more) return unexpected(more.error());
    for (std::uint32_t row = 0; row < block.count(); ++row) {
      std::uint32_t id = 0;
      std::memcpy(&id, block.value(row), sizeof(id));
      auto inner = kernel_inner_maps().open(id);
      if (inner) return describe_inner(inner->fd);
      if (inner.error().code != ENOENT) return unexpected(inner.error());
    }
    if (!*more) return nullptr;
  }
}

}  // namespace

Result<std::shared_ptr<const MapInfo>> describe_loaded_map(int fd, const bpf_map_info& info) {
  auto described = std::make_shared<MapInfo>();
  described->name = info.name;
  described->shape = shape_of(info);
  add_types(info, *described);
  if (is_map_of_maps(info.type)) {
    auto inner = describe_first_inner(fd, *described);
    if (!inner) return inner;
    described->inner = *std::move(inner);
  }
  return described;
}

std::vector<GlobalInfo> variables_of_loaded_map(const bpf_map_info& info) {
  std::vector<GlobalInfo> globals;
  const bool may_be_section = info.type == BPF_MAP_TYPE_ARRAY && info.max_entries == 1;
  if (!may_be_section || info.btf_id == 0 || info.btf_value_type_id == 0) return globals;
  const BtfPtr types(btf__load_from_kernel_by_id(info.btf_id));
  if (!types) return globals;
  BtfLayout layout(types.get());
  auto variables = layout.variables(info.btf_value_type_id);
  if (!variables) return globals;
  const std::string section = layout.name_of(info.btf_value_type_id);
  for (BtfVariable& variable : *variables) {
    if (is_static_in_function(variable.name)) continue;
    globals.push_back(
        {std::move(variable.name), section, std::move(variable.type), variable.offset});
  }
  return globals;
}

}  // namespace bpfmap::kernel
