// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "config/language/parts.h"

namespace bpfmap::config {
namespace {

constexpr auto kProgramKeys = std::to_array<std::string_view>({"load", "required", "attach"});

ProgramConfig parse_program(const Located<std::string>& name, const Field& value) {
  ProgramConfig program;
  program.name = name;
  if (value.tree().is_null()) return program;
  const Mapping mapping(value, "a program", kProgramKeys);
  program.load = mapping.read("load", &Field::boolean).value_or(program.load);
  program.required = mapping.read("required", &Field::boolean).value_or(program.required);
  if (const auto attach = mapping.find("attach")) program.attach = parse_attach(*attach);
  program.has_attach = mapping.has("attach");
  return program;
}

}  // namespace

// A list under the name `one_of` is no program's, whose entry is a mapping: a program of that name
// can be listed like any other, where a file has no alternatives.
void parse_programs(const Field& programs, Config& config) {
  const auto* pairs = programs.pairs();
  if (pairs == nullptr) return;
  for (const auto& [name, value] : *pairs) {
    if (name.value == "one_of" && value.is_sequence()) {
      config.alternatives = parse_alternatives(Field(value, "one_of", programs.diagnostics()));
      continue;
    }
    const Field field(value, "program " + in_quotes(name.value), programs.diagnostics());
    config.programs.push_back(parse_program(name, field));
  }
}

}  // namespace bpfmap::config
