// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

// What the documentation says, for tests that hold it against the truth. Paths are relative
// to the sources.
namespace bpfmap::test {

// The cells of all tables of a Markdown file, without their heads; backquotes are taken off.
std::vector<std::vector<std::string>> table_rows(const std::string& path);

// The tables of docs/metrics.md: name, type, labels, meaning.
struct DocumentedMetric {
  std::string type;
  std::set<std::string> labels;
};
std::map<std::string, DocumentedMetric> documented_metrics();

// The names of the labels of a series. Knows no escapes.
std::set<std::string> label_names_of(const std::string& series);

// A fenced block that a comment before it marks as part of a test: <!-- test: GROUP.FILE -->. FILE
// may have dots, GROUP has none.
struct TestBlock {
  std::string group;
  std::string file;
  std::string text;
};
std::vector<TestBlock> test_blocks(const std::string& path);

}  // namespace bpfmap::test
