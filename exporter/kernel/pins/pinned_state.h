// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernel/attach/site.h"
#include "kernel/pin_folder.h"
#include "kernel/pins/pin_manifest.h"

namespace bpfmap::kernel {

// What an earlier exporter has left in a folder of pins.
struct PinnedState {
  // Why none of it can be used; nothing else is set then, unless there is no manifest at all, which
  // has no problem.
  std::string problem;
  PinManifest manifest;
  std::map<std::string, UniqueFd> maps;  // by lasting_name(), all of the manifest
  std::vector<ProgramBefore> programs;   // those of their links and entries that still are
};

// Opens what the manifest lists, and believes of each pin only what the kernel says it is. Removes
// pins that no manifest lists: of an exporter that was killed while it made them.
PinnedState read_pins(const PinFolder& folder);

// A map that holds a manifest, ready to be pinned.
Result<UniqueFd> make_manifest_map(const PinManifest& manifest, const std::string& subject);

// The id of a map, program or link by a descriptor of it ("map_id", "prog_id", "link_id"); 0 for
// descriptors of anything else.
std::uint32_t id_of_fd(int fd, std::string_view kind);

}  // namespace bpfmap::kernel
