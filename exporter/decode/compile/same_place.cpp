// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/same_place.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernel/hook.h"

namespace bpfmap::decode {
namespace {

struct Placed {
  const kernel::ProgramInfo* info;
  std::optional<kernel::Alternative> alternative;
  bool is_named;  // below `programs`
};

// Sets of a group exclude each other; all else is loaded together.
bool are_loaded_together(const Placed& one, const Placed& other) {
  if (!one.alternative || !other.alternative) return true;
  if (one.alternative->group != other.alternative->group) return true;
  const auto& theirs = other.alternative->sets;
  return std::any_of(one.alternative->sets.begin(), one.alternative->sets.end(),
                     [&](std::size_t set) {
                       return std::find(theirs.begin(), theirs.end(), set) != theirs.end();
                     });
}

std::string with_section(const kernel::ProgramInfo& info) {
  return "'" + info.name + "' (SEC(\"" + info.section + "\"))";
}

void warn(const config::Config& config, const std::string& place, const Placed& one,
          const Placed& other, config::Diagnostics& diagnostics) {
  const std::string& first = one.info->name;
  const std::string& second = other.info->name;
  std::string message = "programs " + with_section(*one.info) + " and " +
                        with_section(*other.info) + " both run at " + place +
                        ": what both count is counted twice; choose with programs: { one_of: [[" +
                        first + "], [" + second +
                        "]] }, or list both below programs if both are "
                        "meant";
  const config::Position at = config.object_position();
  if (config.dialect == config::Dialect::kOwn) {
    diagnostics.warning(at, std::move(message));
  } else {
    diagnostics.notice(at, std::move(message));  // there is nothing to choose with in that format
  }
}

using Places = std::map<std::string, std::vector<Placed>>;

void warn_of_place(const config::Config& config, const std::string& place,
                   const std::vector<Placed>& programs, config::Diagnostics& diagnostics) {
  for (auto one = programs.begin(); one != programs.end(); ++one) {
    const auto other = std::find_if(one + 1, programs.end(), [&](const Placed& candidate) {
      return are_loaded_together(*one, candidate) && !(one->is_named && candidate.is_named);
    });
    if (other != programs.end()) return warn(config, place, *one, *other, diagnostics);
  }
}

}  // namespace

void warn_of_same_places(const config::Config& config, const ObjectFacts& object,
                         const Alternatives& alternatives, config::Diagnostics& diagnostics) {
  Places places;
  for (const kernel::ProgramInfo& info : object.programs) {
    const auto hook = info.section_attaches ? kernel::hook_of(info.section) : std::nullopt;
    const auto named = std::find_if(
        config.programs.begin(), config.programs.end(),
        [&](const config::ProgramConfig& program) { return program.name.value == info.name; });
    const bool is_named = named != config.programs.end();
    const auto alternative = alternatives.of(info.name);
    const bool is_wanted = is_named ? named->load : info.autoload || alternative;
    const bool is_elsewhere = is_named && named->has_attach;
    if (!hook || !is_wanted || is_elsewhere) continue;
    places[hook->place].push_back({&info, alternative, is_named});
  }
  for (const auto& [place, programs] : places) {
    warn_of_place(config, place, programs, diagnostics);
  }
}

}  // namespace bpfmap::decode
