// SPDX-License-Identifier: Apache-2.0
#include "commands/inspect.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "app/named_object.h"
#include "base/exit_codes.h"
#include "base/text.h"
#include "commands/map_text.h"
#include "commands/output.h"
#include "commands/print_layout.h"
#include "kernel/section.h"

namespace bpfmap::commands {
namespace {

constexpr std::string_view kIndent = "    ";

std::string how_program_attaches(const kernel::ProgramInfo& program) {
  std::string text;
  if (program.section_attaches) {
    text = "attaches by its section";
  } else {
    const std::string how = kernel::how_to_attach(program.type, program.section);
    if (program.type == kernel::kUntyped) return kernel::kHowToType;
    text = how.empty() ? "cannot be attached by the exporter" : "does not attach by itself: " + how;
  }
  return program.autoload ? text : text + " (loaded only where `programs:` names it)";
}

// As it stands in the source: libbpf takes the question mark off.
std::string section_of(const kernel::ProgramInfo& program) {
  return std::string("SEC(\"") + (program.autoload ? "" : "?") + program.section + "\")";
}

std::string programs_text(const kernel::Object& object) {
  std::size_t name = 0;
  std::size_t section = 0;
  std::size_t type = 0;
  for (const kernel::ProgramInfo& program : object.programs()) {
    name = std::max(name, program.name.size());
    section = std::max(section, section_of(program).size());
    type = std::max(type, program.type.size());
  }
  const auto padded = [](std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  };
  std::string text;
  for (const kernel::ProgramInfo& program : object.programs()) {
    text += "  " + padded(program.name, name) + "  " + padded(section_of(program), section) + "  " +
            padded(program.type, type) + "  " + how_program_attaches(program) + "\n";
  }
  return text.empty() ? text : "\nprograms:\n" + text;
}

std::string maps_text(const kernel::Object& object) {
  std::string text;
  for (const kernel::MapInfo& map : object.maps()) {
    text += "  " + map.name + "\n" + map_text(map, kIndent);
  }
  return text.empty() ? text : "\nmaps:\n" + text;
}

std::string globals_text(const kernel::Object& object) {
  // In the order of their sections in the file, and of offsets in those.
  std::vector<std::pair<std::string, std::vector<kernel::GlobalInfo>>> sections;
  for (const kernel::GlobalInfo& global : object.globals()) {
    const auto same = std::find_if(sections.begin(), sections.end(), [&](const auto& section) {
      return section.first == global.section;
    });
    if (same != sections.end()) {
      same->second.push_back(global);
    } else {
      sections.push_back({global.section, {global}});
    }
  }
  std::string text;
  for (const auto& [name, variables] : sections) {
    text += "  " + name + "\n" + variables_text(variables, kIndent);
  }
  return text.empty() ? text : "\nglobal variables:\n" + text;
}

std::string object_text(const kernel::Object& object) {
  return "object " + object.name() + ": " + counted(object.programs().size(), "program") + ", " +
         counted(object.maps().size(), "map") + ", " +
         counted(object.globals().size(), "global variable") + "\n" + programs_text(object) +
         maps_text(object) + globals_text(object);
}

Result<std::string> loaded_maps_text(const MapSelection& selection) {
  auto maps = find_maps(selection);
  if (!maps) return unexpected(maps.error());
  std::string text;
  for (const kernel::ForeignMap& map : *maps) {
    const std::string name = map.info->name.empty() ? "(no name)" : map.info->name;
    text += text.empty() ? "" : "\n";
    text += "map " + name + ", id " + std::to_string(map.id);
    if (!selection.pinned.empty()) text += ", pinned as " + map.label;
    text += "\n" + map_text(*map.info, "  ");
    if (!map.variables->empty()) text += variables_text(*map.variables, "  ");
  }
  return text;
}

Result<std::string> text_of(const InspectOptions& options) {
  const auto checked = check_selection("inspect", options.object, options.maps);
  if (!checked) return unexpected(checked.error());
  if (options.object.empty()) return loaded_maps_text(options.maps);
  auto object = app::open_named_object(options.object);
  if (!object) return unexpected(object.error());
  return object_text(*object);
}

}  // namespace

int inspect(const InspectOptions& options) {
  auto text = text_of(options);
  if (!text) return report(text.error());
  const auto printed = print_text(without_controls(*std::move(text)));
  return printed ? kDone : report(printed.error());
}

}  // namespace bpfmap::commands
