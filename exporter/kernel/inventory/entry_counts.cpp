// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/entry_counts.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>

#include "kernel/inventory/entry_counts_program.h"
#include "kernel/libbpf/handles.h"

namespace bpfmap::kernel {
namespace {

unexpected<Error> counts_error(const char* operation, int code, std::string detail = {}) {
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = operation,
                          .subject = "the iterator over all maps",
                          .code = code,
                          .detail = std::move(detail)});
}

// The offset in bytes of a member that is no bit field.
std::optional<std::uint32_t> offset_of(const btf* types, const char* structure,
                                       const char* member) {
  const int id = btf__find_by_name_kind(types, structure, BTF_KIND_STRUCT);
  if (id < 0) return std::nullopt;
  const btf_type* type = btf__type_by_id(types, static_cast<std::uint32_t>(id));
  const btf_member* members = btf_members(type);
  for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
    const char* name = btf__name_by_offset(types, members[i].name_off);
    if (name == nullptr || std::strcmp(name, member) != 0) continue;
    const std::uint32_t bits = btf_member_bit_offset(type, i);
    return bits % 8 == 0 ? std::optional(bits / 8) : std::nullopt;
  }
  return std::nullopt;
}

struct KernelPlaces {
  EntryCountPlaces program;
  std::uint32_t iterator = 0;  // BTF id of the iterator's function
};

Result<KernelPlaces> find_places() {
  const BtfPtr types(btf__load_vmlinux_btf());
  if (!types) return counts_error("find the kernel's types for", errno);
  const int function = btf__find_by_name_kind(types.get(), "bpf_map_sum_elem_count", BTF_KIND_FUNC);
  const int iterator = btf__find_by_name_kind(types.get(), "bpf_iter_bpf_map", BTF_KIND_FUNC);
  const auto id_offset = offset_of(types.get(), "bpf_map", "id");
  if (function < 0 || iterator < 0 || !id_offset || *id_offset > INT16_MAX) {
    return counts_error("load", 0, "this kernel does not tell how many entries maps have");
  }
  return KernelPlaces{{*id_offset, static_cast<std::uint32_t>(function)},
                      static_cast<std::uint32_t>(iterator)};
}

Result<UniqueFd> load_program(const KernelPlaces& places) {
  const auto instructions = entry_count_program(places.program);
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = BPF_TRACE_ITER;
  options.attach_btf_id = places.iterator;
  const int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "bpfmap_entries", "Dual BSD/GPL",
                               instructions.data(), instructions.size(), &options);
  if (fd < 0) return counts_error("load", -fd);
  return UniqueFd(fd);
}

}  // namespace

Result<EntryCounts> EntryCounts::open() {
  const auto places = find_places();
  if (!places) return unexpected(places.error());
  auto program = load_program(*places);
  if (!program) return unexpected(program.error());
  const int link = bpf_link_create(program->get(), 0, BPF_TRACE_ITER, nullptr);
  if (link < 0) return counts_error("attach", -link);
  return EntryCounts(std::move(*program), UniqueFd(link));
}

Result<EntryCounts::ById> EntryCounts::read() const {
  const int opened = bpf_iter_create(link_.get());
  if (opened < 0) return counts_error("open", -opened);
  const UniqueFd file(opened);
  ById counts;
  // The kernel writes rows whole, but may give any part of them to one read().
  std::array<std::byte, 256 * sizeof(EntryCountRow)> buffer{};
  std::size_t filled = 0;
  for (;;) {
    const ssize_t length = ::read(file.get(), buffer.data() + filled, buffer.size() - filled);
    if (length < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (length < 0) return counts_error("read", errno);
    if (length == 0) return counts;
    filled += static_cast<std::size_t>(length);
    std::size_t taken = 0;
    for (; filled - taken >= sizeof(EntryCountRow); taken += sizeof(EntryCountRow)) {
      EntryCountRow row{};
      std::memcpy(&row, buffer.data() + taken, sizeof(row));
      // The sum over the CPUs may be a little below 0 while entries come and go.
      const std::int64_t entries = row.entries < 0 ? 0 : row.entries;
      counts[static_cast<std::uint32_t>(row.map_id)] = static_cast<std::uint64_t>(entries);
    }
    std::memmove(buffer.data(), buffer.data() + taken, filled - taken);
    filled -= taken;
  }
}

}  // namespace bpfmap::kernel
