// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/uprobe_multi.h"

#include <bpf/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

// enum bpf_attach_type, missing from headers before Linux 6.6.
constexpr auto kTraceUprobeMulti = static_cast<bpf_attach_type>(48);
constexpr std::uint32_t kReturn = 1;  // BPF_F_UPROBE_MULTI_RETURN

// Of union bpf_attr what BPF_LINK_CREATE reads for these links.
struct LinkCreate {
  std::uint32_t program;
  std::uint32_t target;
  std::uint32_t attach_type;
  std::uint32_t flags;
  std::uint64_t path;
  std::uint64_t offsets;
  std::uint64_t ref_ctr_offsets;
  std::uint64_t cookies;
  std::uint32_t count;
  std::uint32_t multi_flags;
  std::uint32_t pid;
  std::uint32_t padding;
};
static_assert(offsetof(LinkCreate, path) == offsetof(bpf_attr, link_create.target_btf_id));

UniqueFd load_probe() {
  bpf_insn zero{};
  zero.code = BPF_ALU64 | BPF_MOV | BPF_K;
  bpf_insn exit{};
  exit.code = BPF_JMP | BPF_EXIT;
  const std::array<bpf_insn, 2> instructions{zero, exit};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = kTraceUprobeMulti;
  return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_KPROBE, "bpfmap_probe", "Dual BSD/GPL",
                                instructions.data(), instructions.size(), &options));
}

UniqueFd create_link(int program_fd, const UprobeMulti& probes, std::uint32_t pid) {
  LinkCreate attributes{};
  attributes.program = static_cast<std::uint32_t>(program_fd);
  attributes.attach_type = kTraceUprobeMulti;
  attributes.path = reinterpret_cast<std::uintptr_t>(probes.path.c_str());
  attributes.offsets = reinterpret_cast<std::uintptr_t>(probes.offsets.data());
  attributes.count = static_cast<std::uint32_t>(probes.offsets.size());
  attributes.multi_flags = probes.return_probe ? kReturn : 0;
  attributes.pid = pid;
  return UniqueFd(
      static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof(attributes))));
}

// The errno for links that cannot be: a folder has no functions.
int refusal_of_pid(std::uint32_t pid) {
  const LibbpfLog log;
  const UniqueFd program = load_probe();
  if (!program) return EPERM;
  const std::uint64_t offset = 0;
  const UniqueFd link = create_link(program.get(), {"/", {&offset, 1}, false, -1}, pid);
  return link ? 0 : errno;
}

}  // namespace

bool has_uprobe_multi() {
  static const bool known = refusal_of_pid(0) == EBADF;
  return known;
}

// Kernels that look for processes look at the number first.
bool has_uprobe_multi_of_processes() {
  static const bool known = has_uprobe_multi() && refusal_of_pid(0xffffffff) == EINVAL;
  return known;
}

void load_for_uprobe_multi(bpf_program* program, bool wanted) {
  if (!wanted && !is_for_uprobe_multi(program)) return;
  bpf_program__set_expected_attach_type(program, wanted ? kTraceUprobeMulti : bpf_attach_type{});
}

bool is_for_uprobe_multi(const bpf_program* program) {
  return bpf_program__type(program) == BPF_PROG_TYPE_KPROBE &&
         bpf_program__expected_attach_type(program) == kTraceUprobeMulti;
}

UniqueFd link_uprobe_multi(int program_fd, const UprobeMulti& probes) {
  return create_link(program_fd, probes,
                     probes.pid > 0 ? static_cast<std::uint32_t>(probes.pid) : 0);
}

}  // namespace bpfmap::kernel
