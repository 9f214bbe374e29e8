// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace bpfmap::test {

// A page in Prometheus' text format, taken apart. Series are named as they are written,
// labels included: `packets_total{interface="lo"}`.
class MetricsPage {
 public:
  // The test fails for a line that is neither a comment nor a sample, and for a series that
  // is there twice.
  explicit MetricsPage(std::string_view text);

  bool has(const std::string& series) const { return samples_.contains(series); }
  // 0 where the series is missing, and the test fails.
  double value(const std::string& series) const;
  // The same without a failure.
  double value_or(const std::string& series, double otherwise) const;

  const std::map<std::string, double>& samples() const { return samples_; }
  // Samples whose series begin so.
  std::map<std::string, double> samples_of(std::string_view prefix) const;
  double sum_of(std::string_view prefix) const;

  // By their # TYPE lines: family to type.
  const std::map<std::string, std::string>& types() const { return types_; }
  const std::map<std::string, std::string>& helps() const { return helps_; }
  // Names of samples, without labels.
  std::set<std::string> names() const;

 private:
  void add_sample(std::string_view line);

  std::map<std::string, double> samples_;
  std::map<std::string, std::string> types_;
  std::map<std::string, std::string> helps_;
};

// The value of a label of a series; empty where it has none. Knows no escapes.
std::string label_of(const std::string& series, const std::string& label);

}  // namespace bpfmap::test
