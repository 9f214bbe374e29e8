// SPDX-License-Identifier: Apache-2.0
#include "kernel/pins/pinned_state.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "kernel/inventory/link_list.h"
#include "kernel/libbpf/fd_info.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

constexpr const char* kManifestName = "bpfmap_manifest";
constexpr std::uint32_t kMostManifestBytes = 16 * 1024 * 1024;

UniqueFd open_pin(const std::string& path) { return UniqueFd(bpf_obj_get(path.c_str())); }

// A pin, if it still is what it was.
UniqueFd open_pin(const std::string& path, std::string_view kind, std::uint32_t id) {
  UniqueFd fd = open_pin(path);
  if (!fd || id == 0 || id_of_fd(fd.get(), kind) != id) return {};
  return fd;
}

bool is_manifest_map(const bpf_map_info& info) {
  return info.type == BPF_MAP_TYPE_ARRAY && info.key_size == sizeof(std::uint32_t) &&
         info.max_entries == 1 && info.value_size <= kMostManifestBytes &&
         std::string_view(info.name) == kManifestName;
}

std::optional<PinManifest> read_manifest(int fd) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  if (id_of_fd(fd, "map_id") == 0 || bpf_obj_get_info_by_fd(fd, &info, &size) != 0) {
    return std::nullopt;
  }
  if (!is_manifest_map(info)) return std::nullopt;
  std::string text(info.value_size, '\0');
  const std::uint32_t only = 0;
  if (bpf_map_lookup_elem(fd, &only, text.data()) != 0) return std::nullopt;
  return parse_manifest(text);
}

// The kernel takes programs off interfaces, cgroups and network namespaces that go; their links
// live on.
bool leads_nowhere(int link) {
  bpf_link_info info{};
  std::uint32_t size = sizeof(info);
  return bpf_obj_get_info_by_fd(link, &info, &size) != 0 || is_attached_to_nothing(link);
}

ProgramBefore& program_called(PinnedState& state, const std::string& name) {
  const auto found = std::find_if(state.programs.begin(), state.programs.end(),
                                  [&](const ProgramBefore& one) { return one.name == name; });
  if (found != state.programs.end()) return *found;
  state.programs.emplace_back().name = name;
  return state.programs.back();
}

void open_entry(const PinFolder& folder, const PinManifest::Entry& entry, PinnedState& state) {
  UniqueFd program =
      open_pin(folder.file("entry", entry.program, entry.program_id), "prog_id", entry.program_id);
  UniqueFd slot =
      open_pin(folder.file("slot", entry.program, entry.slot_id), "map_id", entry.slot_id);
  if (!program || !slot) return;
  ProgramBefore& owner = program_called(state, entry.program);
  owner.entry =
      std::make_shared<EntryProgram>(std::move(program), std::move(slot), entry.signature);
}

std::uint32_t program_of_link(int fd) {
  return static_cast<std::uint32_t>(fd_info_number(read_own_fd_info(fd), "prog_id").value_or(0));
}

void open_link(const PinFolder& folder, const PinManifest::Link& link, PinnedState& state) {
  UniqueFd fd = open_pin(folder.file("link", link.program, link.id), "link_id", link.id);
  if (!fd || leads_nowhere(fd.get())) return;
  ProgramBefore& owner = program_called(state, link.program);
  const bool enters = owner.entry != nullptr &&
                      program_of_link(fd.get()) == id_of_fd(owner.entry->program_fd(), "prog_id");
  // To put it back where its successor fails; the kernel tells only those with CAP_SYS_ADMIN.
  if (owner.entry == nullptr) owner.program.reset(bpf_prog_get_fd_by_id(program_of_link(fd.get())));
  auto attachment = std::make_shared<Attachment>(link.place, std::move(fd));
  if (enters) attachment->set_entry(owner.entry);
  attachment->keep();
  owner.attachments.push_back(std::move(attachment));
}

std::set<std::string> paths_of(const PinFolder& folder, const PinManifest& manifest) {
  std::set<std::string> paths{folder.manifest()};
  for (const auto& map : manifest.maps) paths.insert(folder.file("map", map.name, map.id));
  for (const auto& link : manifest.links) paths.insert(folder.file("link", link.program, link.id));
  for (const auto& entry : manifest.entries) {
    paths.insert(folder.file("entry", entry.program, entry.program_id));
    paths.insert(folder.file("slot", entry.program, entry.slot_id));
  }
  return paths;
}

PinnedState unusable(const PinFolder& folder, std::string problem) {
  folder.sweep({});
  PinnedState state;
  state.problem = std::move(problem);
  return state;
}

}  // namespace

std::uint32_t id_of_fd(int fd, std::string_view kind) {
  const std::string text = read_own_fd_info(fd);
  // A link's file tells its program as well.
  if (kind == "prog_id" && fd_info_number(text, "link_id")) return 0;
  return static_cast<std::uint32_t>(fd_info_number(text, kind).value_or(0));
}

PinnedState read_pins(const PinFolder& folder) {
  const LibbpfLog log;
  PinnedState state;
  if (access(folder.manifest().c_str(), F_OK) != 0) {
    folder.sweep({});
    return state;
  }
  const UniqueFd fd = open_pin(folder.manifest());
  auto manifest = fd ? read_manifest(fd.get()) : std::nullopt;
  if (!manifest) return unusable(folder, folder.manifest() + " is not a manifest of this version");
  state.manifest = *std::move(manifest);
  for (const auto& map : state.manifest.maps) {
    const std::string path = folder.file("map", map.name, map.id);
    UniqueFd pinned = open_pin(path, "map_id", map.id);
    if (!pinned) return unusable(folder, path + " is missing, or another map");
    state.maps[map.name] = std::move(pinned);
  }
  for (const auto& entry : state.manifest.entries) open_entry(folder, entry, state);
  for (const auto& link : state.manifest.links) open_link(folder, link, state);
  folder.sweep(paths_of(folder, state.manifest));
  return state;
}

Result<UniqueFd> make_manifest_map(const PinManifest& manifest, const std::string& subject) {
  const std::string text = format_manifest(manifest);
  const auto size = static_cast<std::uint32_t>(text.size());
  UniqueFd fd(
      bpf_map_create(BPF_MAP_TYPE_ARRAY, kManifestName, sizeof(std::uint32_t), size, 1, nullptr));
  const std::uint32_t only = 0;
  if (fd && bpf_map_update_elem(fd.get(), &only, text.data(), BPF_ANY) == 0) return fd;
  Error error{.kind = ErrorKind::kSystem,
              .operation = "write the manifest of",
              .subject = subject,
              .code = errno};
  if (error.code == EPERM) error.hint = "pins need cap_bpf: keep it with --capabilities.keep";
  return unexpected(std::move(error));
}

}  // namespace bpfmap::kernel
