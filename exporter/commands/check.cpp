// SPDX-License-Identifier: Apache-2.0
#include "commands/check.h"

#include <iostream>

#include "app/prepare.h"
#include "base/exit_codes.h"
#include "base/text.h"

namespace bpfmap::commands {

int check(const app::ConfigSelection& selection) {
  Errands errands;
  const auto prepared = app::prepare(selection, /*with_notices=*/true, std::cerr, errands);
  if (!prepared) return errands.leave_with(kBadConfiguration);
  for (const app::Prepared& one : *prepared) {
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
