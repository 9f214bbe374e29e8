// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/program_list.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "kernel/libbpf/fd_info.h"
#include "kernel/libbpf/handles.h"
#include "kernel/types/bpf_type_names.h"

namespace bpfmap::kernel {
namespace {

std::string_view short_name(const bpf_prog_info& info) {
  return {info.name, ::strnlen(info.name, sizeof(info.name))};
}

// A field that the running kernel has filled in: it tells how much of the structure it knows.
bool has_field(std::uint32_t size, std::size_t end_of_field) { return size >= end_of_field; }

// The kernel keeps 15 characters of a name; the function's in the program's BTF is whole.
std::string name_in_btf(std::uint32_t btf_id, std::uint32_t function_type) {
  const BtfPtr types(btf__load_from_kernel_by_id(btf_id));
  if (!types) return {};
  const btf_type* function = btf__type_by_id(types.get(), function_type);
  if (function == nullptr || !btf_is_func(function)) return {};
  const char* name = btf__name_by_offset(types.get(), function->name_off);
  return name == nullptr ? std::string() : name;
}

// What a second call tells, which needs room for as much as the first one announced.
struct Lists {
  std::vector<std::uint32_t> map_ids;
  std::uint32_t function_type = 0;  // of the first function, which is the program's
};

Lists read_lists(int fd, const bpf_prog_info& announced) {
  Lists lists;
  lists.map_ids.resize(announced.nr_map_ids);
  std::vector<std::uint32_t> function(
      std::max<std::size_t>(announced.func_info_rec_size, sizeof(bpf_func_info)) / 4);
  bpf_prog_info info{};
  info.nr_map_ids = announced.nr_map_ids;
  info.map_ids = reinterpret_cast<std::uintptr_t>(lists.map_ids.data());
  if (announced.nr_func_info > 0) {
    info.nr_func_info = 1;
    info.func_info_rec_size = announced.func_info_rec_size;
    info.func_info = reinterpret_cast<std::uintptr_t>(function.data());
  }
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) return {};
  lists.map_ids.resize(std::min(announced.nr_map_ids, info.nr_map_ids));
  std::sort(lists.map_ids.begin(), lists.map_ids.end());
  // A program may have got a map twice: by its instructions and by BPF_PROG_BIND_MAP.
  lists.map_ids.erase(std::unique(lists.map_ids.begin(), lists.map_ids.end()), lists.map_ids.end());
  if (info.nr_func_info > 0) lists.function_type = function[1];  // behind bpf_func_info's insn_off
  return lists;
}

std::string full_name(const bpf_prog_info& info, std::uint32_t function_type) {
  const std::string_view cut = short_name(info);
  if (cut.size() < BPF_OBJ_NAME_LEN - 1 || info.btf_id == 0 || function_type == 0) {
    return std::string(cut);
  }
  std::string whole = name_in_btf(info.btf_id, function_type);
  return whole.starts_with(cut) ? whole : std::string(cut);
}

ProgramRecord record_of(const bpf_prog_info& info, std::uint32_t size) {
  ProgramRecord record;
  record.id = info.id;
  record.type = program_type_name(info.type);
  record.tag = hex(std::as_bytes(std::span(info.tag)));
  record.runs = info.run_cnt;
  record.run_nanoseconds = info.run_time_ns;
  if (has_field(size, offsetof(bpf_prog_info, recursion_misses) + sizeof(info.recursion_misses))) {
    record.recursion_misses = info.recursion_misses;
  }
  if (has_field(size, offsetof(bpf_prog_info, verified_insns) + sizeof(info.verified_insns))) {
    record.verified_instructions = info.verified_insns;
  }
  record.load_time_ns = info.load_time;
  return record;
}

}  // namespace

int ProgramList::describe(int fd, std::vector<ProgramRecord>& records, FixedById& alive) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof(info);
  const int failed = bpf_obj_get_info_by_fd(fd, &info, &size);
  if (failed != 0) return failed;
  const auto known = known_.find(info.id);
  const bool is_known = known != known_.end() && known->second.load_time_ns == info.load_time;
  Fixed fixed;
  if (is_known) {
    fixed = std::move(known->second);
  } else {
    Lists lists = read_lists(fd, info);
    fixed.load_time_ns = info.load_time;
    fixed.name = full_name(info, lists.function_type);
    fixed.memory_bytes = fd_info_number(read_own_fd_info(fd), "memlock");
    fixed.map_ids = std::move(lists.map_ids);
  }
  ProgramRecord record = record_of(info, size);
  record.name = fixed.name;
  record.memory_bytes = fixed.memory_bytes;
  record.map_ids = fixed.map_ids;
  records.push_back(std::move(record));
  alive.emplace(info.id, std::move(fixed));
  return 0;
}

Result<std::vector<ProgramRecord>> ProgramList::read(const ObjectCalls& calls) {
  std::vector<ProgramRecord> records;
  FixedById alive;
  const auto listed =
      walk_objects(calls, [&](std::uint32_t, int fd) { return describe(fd, records, alive); });
  known_ = std::move(alive);
  if (!listed) return unexpected(listed.error());
  return records;
}

}  // namespace bpfmap::kernel
