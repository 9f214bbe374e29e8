// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/suggest.h"
#include "config/config.h"
#include "config/diagnostics.h"

namespace bpfmap::decode {

// What of an object has the name that a configuration wrote; otherwise null, after an error that
// says what there is. `what` is the kind of thing, in words: "map".
template <typename Info>
const Info* find_by_name(std::span<const Info> infos, const char* what,
                         const config::Located<std::string>& name, const std::string& object,
                         config::Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Info& info : infos) {
    if (info.name == name.value) return &info;
    names.push_back(info.name);
  }
  diagnostics.error(name.at, std::string("no ") + what + " '" + name.value + "' in " + object +
                                 suggestion(name.value, names));
  return nullptr;
}

}  // namespace bpfmap::decode
