// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <vector>

#include "app/config_files.h"
#include "config/config.h"
#include "decode/compile_object.h"
#include "kernel/object.h"

namespace bpfmap::app {

// A configuration with its object, checked and compiled, not loaded yet.
struct Prepared {
  std::shared_ptr<const config::Config> config;
  // Nothing where the file only reads what others have loaded.
  std::optional<kernel::Object> object;
  decode::ObjectPlan plan;
};

// Reads, parses and compiles all configurations, offline and without privilege. Writes what is
// wrong or remarkable with any of them to `report`, notices only if `with_notices`; returns nothing
// if there was an error. Files are read by `errands`: one that hangs is an error.
std::optional<std::vector<Prepared>> prepare(const ConfigSelection& selection, bool with_notices,
                                             std::ostream& report, Errands& errands);

// The same of texts that were read already. `selection` says what else there is to know.
std::optional<std::vector<Prepared>> prepare(const Sources& sources,
                                             const ConfigSelection& selection, bool with_notices,
                                             std::ostream& report, Errands& errands);

}  // namespace bpfmap::app
