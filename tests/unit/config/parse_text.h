// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "config/load.h"

namespace bpfmap::config {

using Variables = std::map<std::string, std::string>;

inline Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

inline std::shared_ptr<const Source> source_of(std::string text,
                                               std::string path = "/etc/x/test.yaml") {
  return std::make_shared<const Source>(Source{std::move(path), std::move(text)});
}

// "3:7 message" of every error, "warning 3:7 message" and "notice 3:7 message" of what is less, in
// the order of the file.
inline std::vector<std::string> messages_of(const Diagnostics& diagnostics) {
  std::vector<Diagnostic> sorted = diagnostics.all();
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  std::vector<std::string> messages;
  messages.reserve(sorted.size());
  const char* const severities[] = {"notice ", "warning ", ""};
  for (const Diagnostic& diagnostic : sorted) {
    messages.push_back(severities[static_cast<int>(diagnostic.severity)] +
                       std::to_string(diagnostic.at.line) + ":" +
                       std::to_string(diagnostic.at.column) + " " + diagnostic.message);
  }
  return messages;
}

struct ParsedText {
  Config config;
  std::vector<std::string> messages;
};

inline ParsedText parse_text(const std::string& text, const Variables& variables = {},
                             const std::string& path = "/etc/x/test.yaml") {
  const auto source = source_of(text, path);
  Diagnostics diagnostics(source);
  ParsedText parsed;
  parsed.config = parse_config(source, environment_of(variables), diagnostics);
  parsed.messages = messages_of(diagnostics);
  return parsed;
}

// Names the instances of a table of cases.
template <typename Case>
std::string name_of(const testing::TestParamInfo<Case>& tested) {
  return tested.param.name;
}

}  // namespace bpfmap::config
