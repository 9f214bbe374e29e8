// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "kernel/attach/uprobe_multi.h"
#include "kernel/libbpf/hints.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"
#include "kernel/map_types.h"
#include "kernel/object.h"
#include "kernel/object/object_state.h"
#include "kernel/object/offload.h"

namespace bpfmap::kernel {
namespace {

constexpr const char* kOffloadHint =
    "mode: offload needs a network card that runs BPF programs, which few do: try native or "
    "generic";

struct Failure {
  Error error;
  std::size_t program = 0;  // the one at fault: an index, or the number of programs where none is
};

std::size_t index_of_program(const ObjectState& state, const std::string& name) {
  std::size_t index = 0;
  while (index < state.programs.size() && state.programs[index].name != name) ++index;
  return index;
}

const MapInfo* described_map(const ObjectState& state, const std::string& name) {
  const auto found = std::find_if(state.maps.begin(), state.maps.end(),
                                  [&](const MapInfo& map) { return map.name == name; });
  return found == state.maps.end() ? nullptr : &*found;
}

// Asks the kernel for a map of that type with sizes that fit it.
std::optional<bool> is_known_type(std::uint32_t type) {
  const LibbpfLog log;
  const int known = libbpf_probe_bpf_map_type(static_cast<bpf_map_type>(type), nullptr);
  if (known < 0) return std::nullopt;
  return known > 0;
}

std::string parameters_of(const MapShape& shape) {
  return "key_size " + std::to_string(shape.key_size) + ", value_size " +
         std::to_string(shape.value_size) + ", max_entries " + std::to_string(shape.max_entries) +
         ", flags " + map_flag_names(shape.flags);
}

Failure map_failure(const ObjectState& state, const LoadFailure& failure, int code) {
  const MapInfo* map = described_map(state, failure.name);
  const std::string type =
      map == nullptr ? "array" : map_type_name(map->shape.type);  // of a section
  Error error{.kind = ErrorKind::kSystem,
              .operation = "create map",
              .subject = failure.name + " (" + type + ") of " + state.name,
              .code = code,
              .detail = failure.detail};
  Refusal refusal{RefusedOperation::kCreateMap, code, type, {}, false};
  if (map != nullptr && code == EINVAL) refusal.type_is_known = is_known_type(map->shape.type);
  if (map != nullptr) refusal.parameters = parameters_of(map->shape);
  error.hint = hint_for(refusal, read_system_state());
  return {std::move(error), state.programs.size()};
}

Failure program_failure(const ObjectState& state, const LoadFailure& failure, int code) {
  const std::size_t index = index_of_program(state, failure.name);
  Error error{.kind = failure.verifier ? ErrorKind::kConfiguration : ErrorKind::kSystem,
              .operation = "load program",
              .subject = failure.name + " of " + state.name,
              .code = code,
              .detail = failure.detail};
  if (failure.verifier) error.detail = "the verifier's log ends with\n" + failure.detail;
  Refusal refusal{RefusedOperation::kLoadProgram, code, {}, {}, failure.verifier};
  if (index < state.programs.size()) {
    const ProgramInfo& program = state.programs[index];
    error.subject = state.subject(program);
    refusal.type = program.type;
    refusal.section = program.section;
  }
  error.hint = hint_for(refusal, read_system_state());
  return {std::move(error), index};
}

Failure object_failure(const ObjectState& state, const LoadFailure& failure, int code) {
  Error error{.kind = ErrorKind::kSystem,
              .operation = "load object",
              .subject = state.name,
              .code = code,
              .detail = failure.detail};
  error.hint = hint_for({RefusedOperation::kLoadObject, code, {}, {}, false}, read_system_state());
  return {std::move(error), state.programs.size()};
}

Failure explain(const ObjectState& state, int code, const LibbpfLog& log) {
  LoadFailure failure = explain_load_failure(log.warnings());
  if (std::string words = libbpf_error_in_words(code); !words.empty()) {
    if (failure.detail.empty()) failure.detail = std::move(words);
    code = 0;
  }
  switch (failure.what) {
    case LoadFailure::What::kMap: return map_failure(state, failure, code);
    case LoadFailure::What::kProgram: return program_failure(state, failure, code);
    case LoadFailure::What::kObject: break;
  }
  return object_failure(state, failure, code);
}

// Which of the programs are to be loaded: all that are wanted, but for those found not to load.
void select_programs(ObjectState& state, std::span<const ProgramRequest> requests) {
  for (std::size_t i = 0; i < state.programs.size(); ++i) {
    const ProgramRequest* request = find_request(requests, state.programs[i].name);
    bpf_program__set_autoload(state.states[i].handle, may_load(state, i, request));
  }
}

// Probes take one link for all functions of a target where the kernel has such links, of which it
// has to know before it loads the program. They also need less privilege than those of perf_event.
void choose_uprobe_links(ObjectState& state, std::span<const ProgramRequest> requests) {
  for (std::size_t i = 0; i < state.programs.size(); ++i) {
    const auto targets =
        targets_for(state.programs[i], find_request(requests, state.programs[i].name));
    load_for_uprobe_multi(state.states[i].handle, !targets.empty() && take_uprobe_multi(targets));
  }
}

// Unknown CPUs would make every buffer for a per-CPU map too small.
Result<void> check_cpus(const ObjectState& state) {
  for (const MapInfo& map : state.maps) {
    if (!map.shape.per_cpu) continue;
    const int cpus = libbpf_num_possible_cpus();
    if (cpus > 0) return {};
    return unexpected(Error{.kind = ErrorKind::kSystem,
                            .operation = "count the CPUs for map",
                            .subject = map.name,
                            .code = -cpus,
                            .detail = "/sys/devices/system/cpu/possible cannot be read"});
  }
  return {};
}

// What the kernel says of a loaded program, for good.
void note_identity(int fd, ProgramStatus& status) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0 || info.id == 0) return;
  status.id = info.id;
  status.tag = hex(std::as_bytes(std::span(info.tag)));
}

void note_loaded(ObjectState& state) {
  state.loaded = true;
  state.bytes = {};
  for (ProgramState& program : state.states) {
    program.status.loaded = bpf_program__fd(program.handle) >= 0;
    if (program.status.loaded) note_identity(bpf_program__fd(program.handle), program.status);
  }
  for (const auto& stacks : *state.stacks) {
    stacks->bind(
        lookup_in(bpf_object__find_map_fd_by_name(state.handle.get(), stacks->name().c_str())));
  }
  for (MapInfo& map : state.maps) {
    const bpf_map* handle = bpf_object__find_map_by_name(state.handle.get(), map.name.c_str());
    if (handle != nullptr) map.shape.max_entries = bpf_map__max_entries(handle);
  }
}

// Leaves a program out that may be left out; an error is the failure of all.
Result<void> leave_out(ObjectState& state, Failure failure,
                       std::span<const ProgramRequest> requests) {
  const bool known = failure.program < state.programs.size();
  if (!known || !state.states[failure.program].status.problem.empty()) {
    return unexpected(std::move(failure.error));
  }
  if (AlternativeGroup* group = group_of(state.alternatives, failure.program)) {
    return refuse_alternative(state, *group, failure.program, failure.error.message());
  }
  const ProgramRequest* request = find_request(requests, state.programs[failure.program].name);
  if (is_required(request)) return unexpected(std::move(failure.error));
  state.states[failure.program].status.problem = failure.error.message();
  log::warning(
      "an optional program is left out",
      {{"program", request->name}, {"object", state.name}, {"reason", failure.error.message()}});
  return {};
}

}  // namespace

bool take_uprobe_multi(std::span<const model::AttachTarget> targets) {
  return std::all_of(targets.begin(), targets.end(), [](const model::AttachTarget& target) {
    const auto* probe = std::get_if<model::UprobeTarget>(&target);
    if (probe == nullptr) return false;
    return probe->pid < 0 ? has_uprobe_multi() : has_uprobe_multi_of_processes();
  });
}

Result<void> Object::load(std::span<const ProgramRequest> requests) {
  ObjectState& state = *state_;
  if (state.loaded) {
    return unexpected(Error{.kind = ErrorKind::kConfiguration,
                            .operation = "load object",
                            .subject = state.name,
                            .detail = "it is loaded already"});
  }
  if (auto checked = check_targets(state, requests); !checked) return checked;
  if (auto counted = check_cpus(state); !counted) return counted;
  if (state.pins != nullptr) {
    if (auto chosen = choose_pinned_maps(state); !chosen) return chosen;
  }
  for (ProgramState& program : state.states) program.status.problem.clear();
  state.alternatives = alternatives_of(state.programs, requests);
  for (;;) {
    adopt_target_types(state, requests);
    select_programs(state, requests);
    if (auto shared = reuse_named_maps(state); !shared) return shared;
    choose_uprobe_links(state, requests);
    if (auto reused = reuse_pinned_maps(state); !reused) return reused;
    const auto inner_maps = make_inner_maps(state);
    if (!inner_maps) return unexpected(inner_maps.error());
    const Result<bool> offload = choose_offload_device(state, requests);
    if (!offload) return unexpected(offload.error());
    const LibbpfLog log;
    const int failed = bpf_object__load(state.handle.get());
    if (failed == 0) break;
    Failure failure = explain(state, -failed, log);
    if (*offload) failure.error.hint = kOffloadHint;
    // What failed once cannot be loaded again, neither now nor by a later call.
    if (auto opened = open_object(state); !opened) return opened;
    if (auto left = leave_out(state, std::move(failure), requests); !left) return left;
  }
  note_loaded(state);
  return offer_named_maps(state);
}

}  // namespace bpfmap::kernel
