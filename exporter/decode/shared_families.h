// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/boot_clocks.h"
#include "config/config.h"
#include "decode/sample_plan.h"
#include "exposition/body.h"
#include "exposition/family.h"
#include "exposition/formats.h"
#include "host/host_names.h"
#include "kernel/map_reader.h"

namespace bpfmap::decode {

// The families that several maps export together, whatever their configurations: they are left out
// of the maps' own text, and written once, of the rows of all. Immutable.
struct SharedFamilies {
  std::vector<exposition::FamilyHead> families;  // in the order in which they are met
  FamilyNames names;
};

// Of configurations that were compiled together without an error. Null where there are none.
std::shared_ptr<const SharedFamilies> shared_families(
    std::span<const std::shared_ptr<const config::Config>> configs);

// What one map brings along: its plan, and the rows of a walk that is over.
struct SharedRows {
  std::shared_ptr<const SamplePlan> plan;
  std::vector<const kernel::RowBlock*> rows;
  host::HostNames* names = nullptr;
  BootOffsets clocks = {};  // as they stood when the rows were read
  // Out: values that no decoder could make sense of, and series that could not be added to those of
  // another map because they count something else (of maps of others, whose types come late).
  std::uint64_t errors = 0;
};

// A family that some of `parts` have; nothing where none has. Samples with equal labels are added
// up, in 128 bits, wherever they come from.
exposition::Body render_shared(const exposition::FamilyHead& family, std::span<SharedRows> parts,
                               exposition::Format format);

}  // namespace bpfmap::decode
