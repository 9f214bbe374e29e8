// SPDX-License-Identifier: Apache-2.0
#include "kernel/object.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/sha256.h"
#include "base/suggest.h"
#include "base/unique_fd.h"
#include "kernel/object/object_state.h"
#include "kernel/types/map_layout.h"

namespace bpfmap::kernel {
namespace {

Error open_file_error(const std::string& path, int code) {
  const bool denied = code == EACCES || code == EPERM;
  return Error{.kind = denied ? ErrorKind::kSystem : ErrorKind::kConfiguration,
               .operation = "open object",
               .subject = path,
               .code = code};
}

Result<std::vector<std::byte>> read_file(const std::string& path) {
  // Opening a named pipe would wait for a writer.
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return unexpected(open_file_error(path, errno));
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return unexpected(open_file_error(path, errno));
  if (S_ISDIR(info.st_mode)) return unexpected(open_file_error(path, EISDIR));
  if (!S_ISREG(info.st_mode)) {
    Error error = open_file_error(path, 0);
    error.detail = "it is a device, pipe or socket, expected a file";
    return unexpected(std::move(error));
  }
  constexpr std::size_t kStep = 262144;
  std::vector<std::byte> bytes;
  for (;;) {
    const std::size_t filled = bytes.size();
    bytes.resize(filled + kStep);
    const ssize_t length = read(file.get(), bytes.data() + filled, kStep);
    if (length < 0 && errno != EINTR) return unexpected(open_file_error(path, errno));
    bytes.resize(filled + (length > 0 ? static_cast<std::size_t>(length) : 0));
    if (length == 0) return bytes;
  }
}

Error global_error(const ObjectState& state, const std::string& name, std::string detail) {
  return Error{.kind = ErrorKind::kConfiguration,
               .operation = "set global",
               .subject = "'" + name + "' of " + state.name,
               .detail = std::move(detail)};
}

// The internal map of a section of variables. Null where there is none. Its type is of no help:
// that of a map which was taken over is one of the BTF it was created with.
bpf_map* section_map(const ObjectState& state, const std::string& name) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, state.handle.get()) {
    if (bpf_map__is_internal(map) && lasting_name(map) == name) return map;
  }
  return nullptr;
}

bool has_lost_place(const ProgramState& program) {
  const auto& attachments = program.attachments.all();
  return std::any_of(attachments.begin(), attachments.end(),
                     [](const AttachmentPtr& one) { return one->is_lost(); });
}

std::size_t links_of(const ProgramState& program) {
  const auto& attachments = program.attachments.all();
  return static_cast<std::size_t>(
      std::count_if(attachments.begin(), attachments.end(),
                    [](const AttachmentPtr& one) { return !one->is_lost(); }));
}

// Of a program that was to be attached.
std::string why_not_attached(const ProgramState& program) {
  if (!program.failures.empty()) {
    const std::size_t more = program.failures.size() - 1;
    return program.failures.front() +
           (more == 0 ? "" : "\n(and " + std::to_string(more) + " more)");
  }
  if (has_lost_place(program)) return "what it was attached to is gone";
  if (!program.attachments.empty()) return {};
  return program.unmatched.empty() ? "there is no place for it now"
                                   : "no " + program.unmatched.front() + " is there";
}

std::optional<ProgramRuns> runs_of(int program_fd) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(program_fd, &info, &size) != 0) return std::nullopt;
  ProgramRuns runs{info.run_cnt, info.run_time_ns, std::nullopt};
  constexpr std::size_t kEndOfMisses =
      offsetof(bpf_prog_info, recursion_misses) + sizeof(info.recursion_misses);
  if (size >= kEndOfMisses) runs.recursion_misses = info.recursion_misses;
  return runs;
}

}  // namespace

void ObjectState::detach() {
  for (auto program = states.rbegin(); program != states.rend(); ++program) {
    program->attachments.clear();
    program->failures.clear();
    program->unmatched.clear();
    program->status.attached = false;
  }
}

std::string ObjectState::subject(const ProgramInfo& program) const {
  return program.name + " (SEC(\"" + program.section + "\")) of " + name;
}

Result<void> write_global(const ObjectState& state, const GlobalInfo& global,
                          std::span<const std::byte> bytes) {
  std::size_t size = 0;
  bpf_map* map = section_map(state, global.section);
  const void* initial = map == nullptr ? nullptr : bpf_map__initial_value(map, &size);
  if (initial == nullptr || global.offset > size || bytes.size() > size - global.offset) {
    return unexpected(
        global_error(state, global.name, "section " + global.section + " has no room"));
  }
  std::vector<std::byte> content(size);
  std::memcpy(content.data(), initial, size);
  std::copy(bytes.begin(), bytes.end(), content.begin() + global.offset);
  if (bpf_map__set_initial_value(map, content.data(), content.size()) == 0) return {};
  return unexpected(global_error(state, global.name, errno_in_words(errno)));
}

Object::Object(std::unique_ptr<ObjectState> state) : state_(std::move(state)) {}
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

Result<Object> Object::open_file(const std::string& path, const std::string& kernel_btf) {
  Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes) return unexpected(std::move(bytes.error()));
  return open_memory(path, *bytes, kernel_btf);
}

Result<Object> Object::open_memory(const std::string& name, std::span<const std::byte> bytes,
                                   const std::string& kernel_btf) {
  auto state = std::make_unique<ObjectState>();
  state->name = name;
  state->kernel_btf = kernel_btf;
  state->bytes.assign(bytes.begin(), bytes.end());
  state->sha256 = sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (auto opened = open_object(*state); !opened) return unexpected(std::move(opened.error()));
  if (auto described = describe_object(*state); !described) {
    return unexpected(std::move(described.error()));
  }
  return Object(std::move(state));
}

const std::string& Object::name() const { return state_->name; }
const std::string& Object::sha256() const { return state_->sha256; }
const std::vector<ProgramInfo>& Object::programs() const { return state_->programs; }
const std::vector<MapInfo>& Object::maps() const { return state_->maps; }
const std::vector<GlobalInfo>& Object::globals() const { return state_->globals; }

const std::shared_ptr<PinFolder>& Object::pins() const { return state_->pins; }

void Object::pin_to(std::shared_ptr<PinFolder> pins, bool with_rings) {
  state_->pins = std::move(pins);
  state_->with_rings = with_rings;
}

Result<void> Object::set_global(const std::string& name, std::span<const std::byte> bytes) {
  if (state_->loaded) {
    return unexpected(global_error(*state_, name, "the object is loaded already"));
  }
  const auto global =
      std::find_if(state_->globals.begin(), state_->globals.end(),
                   [&](const GlobalInfo& candidate) { return candidate.name == name; });
  if (global == state_->globals.end()) {
    std::vector<std::string> names;
    for (const GlobalInfo& candidate : state_->globals) names.push_back(candidate.name);
    const std::string detail = "there is no such global variable" + suggestion(name, names);
    return unexpected(global_error(*state_, name, detail));
  }
  if (bytes.size() != global->type->size) {
    return unexpected(global_error(*state_, name,
                                   std::to_string(bytes.size()) + " bytes for " +
                                       global->type->name + ", which has " +
                                       std::to_string(global->type->size)));
  }
  auto written = write_global(*state_, *global, bytes);
  if (written) state_->values[name].assign(bytes.begin(), bytes.end());
  return written;
}

std::vector<std::byte> Object::initial_value(const GlobalInfo& global) const {
  std::size_t size = 0;
  bpf_map* map = section_map(*state_, global.section);
  const void* initial = map == nullptr ? nullptr : bpf_map__initial_value(map, &size);
  if (initial == nullptr || global.offset > size || global.type->size > size - global.offset) {
    return {};
  }
  std::vector<std::byte> bytes(global.type->size);
  std::memcpy(bytes.data(), static_cast<const std::byte*>(initial) + global.offset, bytes.size());
  return bytes;
}

std::vector<ProgramStatus> Object::program_statuses() const {
  const MutexLock lock(state_->mutex);
  std::vector<ProgramStatus> statuses;
  for (const ProgramState& program : state_->states) {
    ProgramStatus& status = statuses.emplace_back(program.status);
    if (!status.attached) continue;
    status.problem = why_not_attached(program);
    status.attached = status.problem.empty();
  }
  return statuses;
}

std::optional<ProgramRuns> Object::program_runs(const std::string& program) const {
  for (const ProgramState& candidate : state_->states) {
    if (candidate.status.name != program || !candidate.status.loaded) continue;
    // The kernel counts runs of what is attached, not of what that jumps to.
    return runs_of(candidate.entry != nullptr ? candidate.entry->program_fd()
                                              : bpf_program__fd(candidate.handle));
  }
  return std::nullopt;
}

bool Object::is_attached(const std::string& program) const {
  const MutexLock lock(state_->mutex);
  return std::any_of(state_->states.begin(), state_->states.end(), [&](const auto& candidate) {
    return candidate.status.name == program && candidate.status.attached &&
           why_not_attached(candidate).empty();
  });
}

std::size_t Object::program_links(const std::string& program) const {
  const MutexLock lock(state_->mutex);
  for (const ProgramState& candidate : state_->states) {
    if (candidate.status.name == program) return links_of(candidate);
  }
  return 0;
}

bool Object::has_lost_places() const {
  const MutexLock lock(state_->mutex);
  return std::any_of(state_->states.begin(), state_->states.end(), has_lost_place);
}

int Object::map_fd(const std::string& map) const {
  if (!state_->loaded) return -1;
  const int fd = bpf_object__find_map_fd_by_name(state_->handle.get(), map.c_str());
  return fd < 0 ? -1 : fd;
}

void Object::lend_stacks(const Object& twin) const {
  for (const auto& theirs : *twin.state_->stacks) {
    for (const auto& ours : *state_->stacks) {
      if (ours->name() == theirs->name()) theirs->bind(ours->lookup());
    }
  }
}

Object::Section Object::section(const std::string& name) const {
  const bpf_map* map = state_->loaded ? section_map(*state_, name) : nullptr;
  if (map == nullptr) return {};
  return {bpf_map__fd(map), bpf_map__value_size(map)};
}

}  // namespace bpfmap::kernel
