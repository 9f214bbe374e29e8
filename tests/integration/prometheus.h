// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {

// A Prometheus server of its own that scrapes one target. Everything of it is in a
// folder that goes with it.
class Prometheus {
 public:
  // `target` is a url such as "http://127.0.0.1:1234". Returns when it serves.
  explicit Prometheus(const std::string& target, const std::string& interval = "1s");

  // The result of an instant query, which is a list of series; the test fails if it is refused.
  YAML::Node query(const std::string& expression) const;
  // The values of the series of a result, without those that are not a number.
  static std::vector<double> values(const YAML::Node& result);
  // Asks until the answer has a value that meets the condition. Nothing when patience ends.
  std::optional<double> await(const std::string& expression,
                              const std::function<bool(double)>& condition) const;

  // What it has logged so far; and of that, what is a warning or an error.
  const std::string& log();
  std::string complaints();

 private:
  TemporaryDirectory directory_;
  ChildProcess process_;
  std::string url_;
};

}  // namespace bpfmap::test
