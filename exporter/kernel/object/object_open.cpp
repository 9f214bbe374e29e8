// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "kernel/elf/btf_check.h"
#include "kernel/elf/elf_check.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"
#include "kernel/object/object_state.h"
#include "kernel/object/program_type.h"
#include "kernel/section.h"

// From bytes to an opened libbpf object.
namespace bpfmap::kernel {
namespace {

constexpr std::string_view kLegacyMaps = "legacy map definitions";
constexpr std::string_view kNeedsBtf = "BTF is required";

Error open_error(const ObjectState& state) {
  return Error{
      .kind = ErrorKind::kConfiguration, .operation = "open object", .subject = state.name};
}

// libbpf's codes are too coarse to tell its reasons apart; its words, which have not changed
// since 1.0, do.
Error explain_open_failure(const ObjectState& state, int code, const LibbpfLog& log) {
  Error error = open_error(state);
  const std::string words = join_warnings(log.warnings());
  if (words.find(kLegacyMaps) != std::string::npos) {
    error.detail =
        "it uses legacy map definitions (struct bpf_map_def in SEC(\"maps\")), which "
        "libbpf 1.0 no longer reads";
    error.hint =
        "write each map as struct { __uint(type, BPF_MAP_TYPE_HASH); "
        "__uint(max_entries, 1024); __type(key, __u32); __type(value, __u64); } "
        "NAME SEC(\".maps\"); and compile with -g";
    return error;
  }
  if (words.find(kNeedsBtf) != std::string::npos) {
    error.detail = "its maps in SEC(\".maps\") or externs are described by BTF, which is missing";
    error.hint = "compile with clang -g, and strip with llvm-strip -g, which leaves BTF in place";
    return error;
  }
  if (words.empty() && code == ENOENT) {
    error.detail = "its BTF describes a section or a variable that is not in the ELF file";
    return error;
  }
  const std::string own_words = libbpf_error_in_words(code);
  if (own_words.empty()) error.code = code;
  error.detail = words.empty() ? own_words : words;
  return error;
}

// libbpf names internal maps after the object: the file's name up to its first dot.
std::string libbpf_name(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  const std::string file = slash == std::string::npos ? name : name.substr(slash + 1);
  return file.substr(0, file.find('.'));
}

void set_type(bpf_program* program, const ProgramType& type) {
  bpf_program__set_type(program, type.type);
  bpf_program__set_expected_attach_type(program, type.attach_type);
}

// SEC("uprobe.multi/...") and its kin, before libbpf 1.3.
void adopt_probe(bpf_program* program) {
  bpf_program__set_type(program, BPF_PROG_TYPE_KPROBE);
  if (std::string_view(bpf_program__section_name(program)).find(".s/") != std::string_view::npos) {
    bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_SLEEPABLE);
  }
}

// Sections that libbpf does not know leave their programs without a type.
void adopt_foreign_sections(bpf_object* object) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    if (bpf_program__type(program) != BPF_PROG_TYPE_UNSPEC) continue;
    const char* section = bpf_program__section_name(program);
    const auto target = target_in_section(section);
    if (target && std::holds_alternative<model::UprobeTarget>(*target)) {
      adopt_probe(program);
    } else if (const auto type = type_of_section(section)) {
      set_type(program, *type);
    }
  }
}

// BTF of a map of events may name their type, __type(value, struct event), but the kernel takes no
// such map whose values are not those of its own.
void set_sizes_of_event_maps(bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    const bool is_ring = bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF;
    if (!is_ring && bpf_map__type(map) != BPF_MAP_TYPE_PERF_EVENT_ARRAY) continue;
    const std::uint32_t size = is_ring ? 0 : sizeof(std::uint32_t);  // of a perf event's descriptor
    bpf_map__set_key_size(map, size);
    bpf_map__set_value_size(map, size);
  }
}

void update_handles(ObjectState& state) {
  std::size_t index = 0;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, state.handle.get()) {
    if (index < state.states.size()) state.states[index++].handle = program;
  }
}

Result<void> restore_globals(const ObjectState& state) {
  for (const GlobalInfo& global : state.globals) {
    const auto value = state.values.find(global.name);
    if (value == state.values.end()) continue;
    if (auto written = write_global(state, global, value->second); !written) return written;
  }
  return {};
}

// libbpf trusts what compilers write; a file that was damaged on its way must not end the process.
std::string why_not_to_open(std::span<const std::byte> bytes) {
  std::string why = why_not_bpf_elf(bytes);
  if (!why.empty()) return why;
  return why_broken_btf(elf_section(bytes, ".BTF"), elf_section(bytes, ".BTF.ext"));
}

// What a target says about the type, where the section does not say as much.
std::optional<ProgramType> asked_type(const bpf_program* program, const ProgramRequest& request) {
  const bool is_untyped = bpf_program__type(program) == BPF_PROG_TYPE_UNSPEC;
  for (const model::AttachTarget& target : request.targets) {
    const auto* cgroup = std::get_if<model::CgroupTarget>(&target);
    if (is_untyped || (cgroup != nullptr && !cgroup->type.empty())) return type_of_target(target);
  }
  return std::nullopt;
}

}  // namespace

void adopt_target_types(ObjectState& state, std::span<const ProgramRequest> requests) {
  for (std::size_t i = 0; i < state.states.size(); ++i) {
    ProgramState& program = state.states[i];
    const ProgramRequest* request = find_request(requests, program.status.name);
    const auto type = request == nullptr ? std::nullopt : asked_type(program.handle, *request);
    if (!type) continue;
    set_type(program.handle, *type);
    state.programs[i].type = program.status.type = name_of_type(type->type);
  }
}

Result<void> open_object(ObjectState& state) {
  if (std::string why = why_not_to_open(state.bytes); !why.empty()) {
    Error error = open_error(state);
    error.detail = std::move(why);
    return unexpected(std::move(error));
  }
  const LibbpfLog log;
  const std::string short_name = libbpf_name(state.name);
  bpf_object_open_opts options{};
  options.sz = sizeof(options);
  options.object_name = short_name.c_str();
  if (!state.kernel_btf.empty()) options.btf_custom_path = state.kernel_btf.c_str();
  ObjectPtr opened(bpf_object__open_mem(state.bytes.data(), state.bytes.size(), &options));
  if (!opened) return unexpected(explain_open_failure(state, errno, log));
  state.handle = std::move(opened);
  adopt_foreign_sections(state.handle.get());
  keep_names_to_pin(state);
  set_sizes_of_event_maps(state.handle.get());
  update_handles(state);
  for (const MapSizesRequest& sizes : state.sizes) {
    if (auto resized = resize_maps(state, sizes); !resized) return resized;
  }
  return restore_globals(state);
}

}  // namespace bpfmap::kernel
