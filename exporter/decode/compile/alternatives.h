// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/config.h"
#include "config/diagnostics.h"
#include "decode/object_facts.h"
#include "kernel/program_request.h"

namespace bpfmap::decode {

// Which programs of an object are alternatives to which others, as `one_of` says.
class Alternatives {
 public:
  // Sets with a program that the object does not have do not exist for it: a warning where others
  // do, and an error where none does.
  Alternatives(const config::Config& config, const ObjectFacts& object,
               config::Diagnostics& diagnostics);

  // Where a program stands among them; nothing for one that is in no set.
  std::optional<kernel::Alternative> of(const std::string& program) const;

 private:
  std::map<std::string, kernel::Alternative> places_;
};

}  // namespace bpfmap::decode
