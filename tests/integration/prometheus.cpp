// SPDX-License-Identifier: Apache-2.0
#include "integration/prometheus.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "integration/exporter_process.h"
#include "support/http_client.h"

namespace bpfmap::test {
namespace {

ChildOptions server_options(const TemporaryDirectory& directory, const std::string& target,
                            const std::string& interval) {
  const std::string address = target.substr(std::string("http://").size());
  const std::string config = directory.write("prometheus.yml", R"(
global: { scrape_interval: )" + interval + ", scrape_timeout: " + interval +
                                                                   R"( }
scrape_configs:
  - job_name: bpfmap_exporter
    static_configs: [ { targets: [")" + address + "\"] } ]\n");
  ChildOptions options;
  options.arguments = {"prometheus", "--config.file=" + config,
                       "--storage.tsdb.path=" + (directory / "data"),
                       "--web.listen-address=127.0.0.1:0"};
  return options;
}

}  // namespace

Prometheus::Prometheus(const std::string& target, const std::string& interval)
    : process_(server_options(directory_, target, interval)) {
  // In either order: two of its threads say so.
  std::vector<std::string> addresses;
  const bool serves = process_.wait_until([&] {
    addresses = log_fields(process_.err(), "\"Listening on\"", "address");
    return !addresses.empty() &&
           process_.err().find("Server is ready to receive web requests") != std::string::npos;
  });
  EXPECT_TRUE(serves) << process_.err();
  url_ = "http://" + (addresses.empty() ? "127.0.0.1:1" : addresses.front());
}

YAML::Node Prometheus::query(const std::string& expression) const {
  const HttpResponse response = fetch(url_, "/api/v1/query?query=" + url_encoded(expression));
  EXPECT_EQ(response.status, 200) << expression << "\n" << response.body;
  if (response.status != 200) return {};
  return YAML::Load(response.body)["data"]["result"];  // JSON is YAML
}

std::vector<double> Prometheus::values(const YAML::Node& result) {
  std::vector<double> values;
  for (const YAML::Node& series : result) {
    const std::string text = series["value"][1].as<std::string>();
    const double value = std::strtod(text.c_str(), nullptr);
    if (!std::isnan(value)) values.push_back(value);
  }
  return values;
}

std::optional<double> Prometheus::await(const std::string& expression,
                                        const std::function<bool(double)>& condition) const {
  std::optional<double> met;
  eventually([&] {
    for (const double value : values(query(expression))) {
      if (condition(value)) met = value;
    }
    return met.has_value();
  });
  return met;
}

const std::string& Prometheus::log() {
  process_.read_available();
  return process_.err();
}

std::string Prometheus::complaints() {
  std::string found;
  std::istringstream lines(log());
  for (std::string line; std::getline(lines, line);) {
    const bool complains = line.find("level=warn") != std::string::npos ||
                           line.find("level=error") != std::string::npos;
    if (complains) found += line + "\n";
  }
  return found;
}

}  // namespace bpfmap::test
