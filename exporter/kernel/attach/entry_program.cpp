// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/entry_program.h"

#include <bpf/bpf.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

constexpr const char* kName = "bpfmap_entry";

Error no_entry(const bpf_program* program, int code, std::string detail) {
  return Error{.kind = ErrorKind::kSystem,
               .operation = "make an entry for program",
               .subject = bpf_program__name(program),
               .code = code,
               .detail = std::move(detail)};
}

bool jumps(const bpf_program* program) {
  switch (bpf_program__type(program)) {
    case BPF_PROG_TYPE_KPROBE:
    case BPF_PROG_TYPE_TRACEPOINT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
    case BPF_PROG_TYPE_PERF_EVENT:
    case BPF_PROG_TYPE_TRACING: return (bpf_program__flags(program) & BPF_F_SLEEPABLE) == 0;
    default: return false;
  }
}

// The function or tracepoint of the kernel that a tracing program is compiled for; 0 for other
// types, negative where it is not found (in a module, say).
int kernel_type_of(const bpf_program* program) {
  if (bpf_program__type(program) != BPF_PROG_TYPE_TRACING) return 0;
  const std::string_view section = bpf_program__section_name(program);
  const std::size_t slash = section.find('/');
  if (slash == std::string_view::npos) return -ENOENT;
  const std::string name(section.substr(slash + 1));
  return libbpf_find_vmlinux_btf_id(name.c_str(), bpf_program__expected_attach_type(program));
}

bpf_insn instruction(int code, int to, int from, int number) {
  bpf_insn one{};
  one.code = static_cast<__u8>(code);
  one.dst_reg = static_cast<__u8>(to & 15);
  one.src_reg = static_cast<__u8>(from & 15);
  one.imm = number;
  return one;
}

// r1 stays the context: tail_call(context, slot map, 0). Behind it nothing was there to jump to.
std::array<bpf_insn, 6> jump(int slot) {
  return {instruction(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2, BPF_PSEUDO_MAP_FD, slot),
          instruction(0, 0, 0, 0),
          instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0),
          instruction(BPF_JMP | BPF_CALL, 0, 0, BPF_FUNC_tail_call),
          instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0),
          instruction(BPF_JMP | BPF_EXIT, 0, 0, 0)};
}

UniqueFd load_jump(const bpf_program* program, int kernel_type, int slot) {
  const std::array<bpf_insn, 6> instructions = jump(slot);
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = bpf_program__expected_attach_type(program);
  options.attach_btf_id = static_cast<__u32>(kernel_type);
  return UniqueFd(bpf_prog_load(bpf_program__type(program), kName, "Dual BSD/GPL",
                                instructions.data(), instructions.size(), &options));
}

}  // namespace

Result<EntryPtr> EntryProgram::create(const bpf_program* program) {
  const LibbpfLog log;
  if (!jumps(program)) return unexpected(no_entry(program, 0, "its type has none"));
  const int kernel_type = kernel_type_of(program);
  if (kernel_type < 0) {
    return unexpected(no_entry(program, 0, "what it traces is not in the kernel's own BTF"));
  }
  UniqueFd slot(bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, kName, sizeof(std::uint32_t),
                               sizeof(std::uint32_t), 1, nullptr));
  if (!slot) return unexpected(no_entry(program, errno, "the map of its slot"));
  UniqueFd entry = load_jump(program, kernel_type, slot.get());
  if (!entry) return unexpected(no_entry(program, errno, {}));
  auto made =
      std::make_shared<EntryProgram>(std::move(entry), std::move(slot), entry_signature(program));
  if (const int failed = made->lead_to(bpf_program__fd(program)); failed != 0) {
    return unexpected(no_entry(program, -failed, "leading it to the program"));
  }
  return made;
}

int EntryProgram::lead_to(int program_fd) const {
  const std::uint32_t only = 0;
  return bpf_map_update_elem(slot_.get(), &only, &program_fd, BPF_ANY) == 0 ? 0 : -errno;
}

UniqueFd EntryProgram::target() const {
  const std::uint32_t only = 0;
  std::uint32_t id = 0;
  if (bpf_map_lookup_elem(slot_.get(), &only, &id) != 0) return {};
  return UniqueFd(bpf_prog_get_fd_by_id(id));
}

std::string entry_signature(const bpf_program* program) {
  return std::to_string(bpf_program__type(program)) + "/" +
         std::to_string(bpf_program__expected_attach_type(program)) + "/" +
         std::to_string(kernel_type_of(program));
}

}  // namespace bpfmap::kernel
