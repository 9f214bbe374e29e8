// SPDX-License-Identifier: Apache-2.0
#include "integration/dashboard.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "integration/exporter_process.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

using Expressions = std::vector<std::pair<std::string, std::string>>;

YAML::Node load(const std::string& path) {
  return YAML::Load(read_text(source_path(path)));  // JSON is YAML
}

void add_panels(const YAML::Node& panels, Expressions& expressions) {
  for (const YAML::Node& panel : panels) {
    const std::string title = panel["title"].as<std::string>();
    for (const YAML::Node& target : panel["targets"]) {
      expressions.emplace_back(title, target["expr"].as<std::string>());
    }
    if (panel["panels"]) add_panels(panel["panels"], expressions);  // a row that is folded
  }
}

}  // namespace

Expressions dashboard_expressions(const std::string& path) {
  Expressions expressions;
  add_panels(load(path)["panels"], expressions);
  EXPECT_FALSE(expressions.empty());
  return expressions;
}

std::vector<std::string> dashboard_variable_selectors(const std::string& path) {
  std::vector<std::string> selectors;
  const std::string begin = "label_values(";
  for (const YAML::Node& variable : load(path)["templating"]["list"]) {
    if (variable["type"].as<std::string>() != "query") continue;
    const std::string query = variable["query"]["query"].as<std::string>();
    EXPECT_TRUE(query.starts_with(begin)) << query;
    selectors.push_back(query.substr(begin.size(), query.rfind(',') - begin.size()));
  }
  EXPECT_FALSE(selectors.empty());
  return selectors;
}

std::string substitute(std::string text,
                       const std::vector<std::pair<std::string, std::string>>& values) {
  for (const auto& [name, value] : values) {
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size()) {
      text.replace(at, name.size(), value);
    }
  }
  return text;
}

}  // namespace bpfmap::test
