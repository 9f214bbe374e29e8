// SPDX-License-Identifier: Apache-2.0
#include "commands/map_selection.h"

#include <cerrno>
#include <utility>

namespace bpfmap::commands {

kernel::ForeignMapQuery query_of(const MapSelection& selection) {
  if (selection.id) return kernel::LoadedMapById{*selection.id};
  if (!selection.name.empty()) return kernel::LoadedMapsByName{selection.name};
  return kernel::PinnedMaps{selection.pinned};
}

Result<std::vector<kernel::ForeignMap>> find_maps(const MapSelection& selection) {
  auto maps = kernel::ForeignMaps(query_of(selection)).open();
  if (maps) return maps;
  Error error = maps.error();
  if (error.code == ENOENT || error.code == 0) error.kind = ErrorKind::kConfiguration;
  if (error.detail == kernel::kLookedForAgain) error.detail.clear();
  return unexpected(std::move(error));
}

Result<void> check_selection(const std::string& command, const std::string& object,
                             const MapSelection& maps) {
  const int given = static_cast<int>(!object.empty()) + maps.given();
  if (given == 1) return {};
  return unexpected(
      Error{.kind = ErrorKind::kUsage,
            .operation = command,
            .detail = "expected exactly one of OBJECT, --pinned PATH, --id ID and --name "
                      "NAME, found " +
                      std::to_string(given),
            .hint = "bpfmap_exporter " + command + " --help lists what can be written"});
}

}  // namespace bpfmap::commands
