// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "kernel/attach/site.h"
#include "model/attach_target.h"

namespace bpfmap::kernel {

// Where a program is, of all places where its targets want it.
struct Placement {
  std::vector<AttachmentPtr> attachments;  // each place once
  std::vector<Error> failures;             // of places that want it and do not have it
  std::vector<std::string> unmatched;      // see Sites
};

// Attaches a program to all places where its targets are now and where it is not yet; `now` is what
// it has. Without targets, its section says all. A place that goes away meanwhile is no failure.
Placement place_program(const LoadedProgram& program, std::span<const model::AttachTarget> targets,
                        std::span<const AttachmentPtr> now);

}  // namespace bpfmap::kernel
