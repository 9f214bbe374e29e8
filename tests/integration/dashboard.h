// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bpfmap::test {

// What a Grafana dashboard asks of Prometheus: the title of a panel and an expression, in the order
// of the file. The path is relative to the sources.
std::vector<std::pair<std::string, std::string>> dashboard_expressions(const std::string& path);

// The metrics from whose labels the dashboard's variables are filled:
// "x" of label_values(x, instance).
std::vector<std::string> dashboard_variable_selectors(const std::string& path);

// Text with each name replaced by its value.
std::string substitute(std::string text,
                       const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace bpfmap::test
