// SPDX-License-Identifier: Apache-2.0
#include "commands/check.h"

#include <iostream>

#include "commands/exit_codes.h"
#include "commands/prepare.h"

namespace bpfmap::commands {
namespace {

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

int check(const ConfigSelection& selection) {
  Errands errands;
  const auto prepared = prepare(selection, /*with_notices=*/true, std::cerr, errands);
  if (!prepared) return errands.leave_with(kBadConfiguration);
  for (const Prepared& one : *prepared) {
    std::size_t metrics = 0;
    for (const config::MapConfig& map : one.config->maps) metrics += map.metrics.size();
    std::cerr << one.config->source->path
              << ": ok: " << counted((one.object ? one.object->programs().size() : 0), "program")
              << ", " << counted(one.config->maps.size(), "map") << ", "
              << counted(metrics, "metric") << "\n";
  }
  return kDone;
}

}  // namespace bpfmap::commands
