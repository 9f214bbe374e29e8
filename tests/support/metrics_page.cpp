// SPDX-License-Identifier: Apache-2.0
#include "support/metrics_page.h"

#include <gtest/gtest.h>

#include <charconv>
#include <limits>

namespace bpfmap::test {
namespace {

using Limits = std::numeric_limits<double>;

double to_number(std::string_view text) {
  if (text == "+Inf") return Limits::infinity();
  if (text == "-Inf") return -Limits::infinity();
  if (text == "NaN") return Limits::quiet_NaN();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  EXPECT_TRUE(error == std::errc() && end == text.data() + text.size()) << text;
  return number;
}

// "# TYPE name text": adds name and text.
void add_comment(std::string_view line, std::map<std::string, std::string>& to) {
  line.remove_prefix(std::string_view("# TYPE ").size());
  const std::size_t space = line.find(' ');
  const bool is_new = to.emplace(line.substr(0, space), line.substr(space + 1)).second;
  EXPECT_TRUE(is_new) << "twice: " << line;
}

}  // namespace

MetricsPage::MetricsPage(std::string_view text) {
  EXPECT_TRUE(text.empty() || text.ends_with('\n')) << "the page is cut";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.starts_with("# TYPE ")) {
      add_comment(line, types_);
    } else if (line.starts_with("# HELP ")) {
      add_comment(line, helps_);
    } else {
      add_sample(line);
    }
  }
}

void MetricsPage::add_sample(std::string_view line) {
  const std::size_t space = line.rfind(' ');
  if (space == std::string_view::npos) {
    ADD_FAILURE() << "not a sample: " << line;
    return;
  }
  const bool is_new =
      samples_.emplace(line.substr(0, space), to_number(line.substr(space + 1))).second;
  EXPECT_TRUE(is_new) << "twice: " << line;
}

double MetricsPage::value(const std::string& series) const {
  EXPECT_TRUE(has(series)) << series << " is missing";
  return value_or(series, 0);
}

double MetricsPage::value_or(const std::string& series, double otherwise) const {
  const auto found = samples_.find(series);
  return found == samples_.end() ? otherwise : found->second;
}

std::map<std::string, double> MetricsPage::samples_of(std::string_view prefix) const {
  std::map<std::string, double> found;
  for (const auto& [series, value] : samples_) {
    if (series.starts_with(prefix)) found.emplace(series, value);
  }
  return found;
}

double MetricsPage::sum_of(std::string_view prefix) const {
  double sum = 0;
  for (const auto& [series, value] : samples_of(prefix)) sum += value;
  return sum;
}

std::set<std::string> MetricsPage::names() const {
  std::set<std::string> names;
  for (const auto& [series, value] : samples_) names.insert(series.substr(0, series.find('{')));
  return names;
}

std::string label_of(const std::string& series, const std::string& label) {
  for (const char before : {'{', ','}) {
    const std::string begin = before + label + "=\"";
    const std::size_t at = series.find(begin);
    if (at == std::string::npos) continue;
    const std::size_t from = at + begin.size();
    return series.substr(from, series.find('"', from) - from);
  }
  return {};
}

}  // namespace bpfmap::test
