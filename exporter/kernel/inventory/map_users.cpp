// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/map_users.h"

#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>

#include "kernel/inventory/link_list.h"
#include "kernel/inventory/object_owners.h"

namespace bpfmap::kernel {
namespace {

constexpr std::size_t kUserNameBytes = BPF_OBJ_NAME_LEN - 1;

bool is_called(const ProgramRecord& program, const std::string& name) {
  if (program.name == name) return true;
  return program.name.size() == kUserNameBytes && name.starts_with(program.name);
}

// The kernel keeps 15 characters of a process's name as well.
bool is_owner(const OwnerRecord& record, const std::string& owner) {
  return record.comm == owner.substr(0, kUserNameBytes) || std::to_string(record.pid) == owner;
}

// What a process holds, by kinds.
struct Held {
  std::set<std::uint32_t> programs;
  std::set<std::uint32_t> maps;
  std::set<std::uint32_t> links;
  bool empty() const { return programs.empty() && maps.empty() && links.empty(); }
};

Held held_among(const OwnerList& list, const std::string& owner) {
  Held held;
  for (const OwnerRecord& record : list.owners) {
    if (!is_owner(record, owner)) continue;
    switch (record.kind) {
      case ObjectKind::kProgram: held.programs.insert(record.id); break;
      case ObjectKind::kMap: held.maps.insert(record.id); break;
      case ObjectKind::kLink: held.links.insert(record.id); break;
    }
  }
  return held;
}

Result<void> add_programs_of_links(Held& held) {
  if (held.links.empty()) return {};
  const auto links = list_links();
  if (!links) return unexpected(links.error());
  for (const LinkRecord& link : *links) {
    if (held.links.contains(link.id)) held.programs.insert(link.program_id);
  }
  return {};
}

}  // namespace

Result<std::set<std::uint32_t>> MapUsers::used_by(const std::string& program) {
  const auto programs = programs_.read();
  if (!programs) return unexpected(programs.error());
  std::set<std::uint32_t> maps;
  for (const ProgramRecord& record : *programs) {
    if (is_called(record, program)) maps.insert(record.map_ids.begin(), record.map_ids.end());
  }
  return maps;
}

Result<std::set<std::uint32_t>> MapUsers::held_by(const std::string& owner) {
  const auto owners = find_owners();
  if (!owners) return unexpected(owners.error());
  Held held = held_among(*owners, owner);
  if (held.empty() && !owners->complete) {
    return unexpected(Error{.kind = ErrorKind::kSystem,
                            .operation = "find maps of process",
                            .subject = "'" + owner + "'",
                            .code = EACCES,
                            .detail = "not every process could be looked into",
                            .hint = "that needs CAP_SYS_PTRACE"});
  }
  if (auto added = add_programs_of_links(held); !added) return unexpected(added.error());
  if (held.programs.empty()) return std::move(held.maps);
  const auto programs = programs_.read();
  if (!programs) return unexpected(programs.error());
  for (const ProgramRecord& record : *programs) {
    if (held.programs.contains(record.id)) {
      held.maps.insert(record.map_ids.begin(), record.map_ids.end());
    }
  }
  return std::move(held.maps);
}

}  // namespace bpfmap::kernel
