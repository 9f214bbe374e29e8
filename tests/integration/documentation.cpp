// SPDX-License-Identifier: Apache-2.0
#include "integration/documentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string_view>

#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

constexpr std::string_view kMark = "<!-- test: ";
constexpr std::string_view kMarkEnd = " -->";
constexpr std::string_view kFence = "```";

std::vector<std::string> lines_of(const std::string& path) {
  std::istringstream text(read_text(std::string(BPFMAP_SOURCES) + "/" + path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::string trimmed(std::string text) {
  std::erase(text, '`');
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// "| a | b |" -> {a, b}
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream text(line.substr(1));
  for (std::string cell; std::getline(text, cell, '|');) cells.push_back(trimmed(cell));
  return cells;
}

std::string block_at(const std::vector<std::string>& lines, std::size_t fence) {
  std::string text;
  for (std::size_t i = fence + 1; i < lines.size() && !lines[i].starts_with(kFence); ++i) {
    text += lines[i] + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::vector<std::string>> table_rows(const std::string& path) {
  const std::vector<std::string> lines = lines_of(path);
  std::vector<std::vector<std::string>> rows;
  bool in_body = false;
  for (const std::string& line : lines) {
    if (!line.starts_with("|")) {
      in_body = false;
    } else if (line.starts_with("|-")) {
      in_body = true;
    } else if (in_body) {
      rows.push_back(cells_of(line));
    }
  }
  EXPECT_FALSE(rows.empty()) << path << " has no tables";
  return rows;
}

std::map<std::string, DocumentedMetric> documented_metrics() {
  std::map<std::string, DocumentedMetric> metrics;
  for (const std::vector<std::string>& row : table_rows("docs/metrics.md")) {
    if (row.size() != 4) continue;
    DocumentedMetric metric{row[1], {}};
    std::istringstream labels(row[2]);
    for (std::string label; std::getline(labels, label, ',');) {
      metric.labels.insert(trimmed(label));
    }
    metric.labels.erase("");
    EXPECT_TRUE(metrics.emplace(row[0], metric).second) << "twice: " << row[0];
  }
  return metrics;
}

std::set<std::string> label_names_of(const std::string& series) {
  std::set<std::string> names;
  std::size_t at = series.find('{');
  while (at != std::string::npos && series[at] != '}') {
    const std::size_t equals = series.find('=', at);
    names.insert(series.substr(at + 1, equals - at - 1));
    at = series.find('"', equals + 2) + 1;  // behind the value: a comma or the end
  }
  return names;
}

std::vector<TestBlock> test_blocks(const std::string& path) {
  const std::vector<std::string> lines = lines_of(path);
  std::vector<TestBlock> blocks;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with(kMark)) continue;
    const std::string name = lines[i].substr(kMark.size(), lines[i].find(kMarkEnd) - kMark.size());
    const std::size_t dot = name.find('.');
    const bool is_fenced = i + 1 < lines.size() && lines[i + 1].starts_with(kFence);
    EXPECT_TRUE(is_fenced) << path << ": nothing follows " << lines[i];
    blocks.push_back({name.substr(0, dot), name.substr(dot + 1), block_at(lines, i + 1)});
  }
  return blocks;
}

}  // namespace bpfmap::test
