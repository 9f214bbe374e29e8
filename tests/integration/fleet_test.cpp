// SPDX-License-Identifier: Apache-2.0
// The files of docs/scaling/: Prometheus takes all of them, and the recording rules do
// what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string fleet_path(const std::string& name) { return source_path("docs/scaling/" + name); }

std::set<std::string> fleet_files() {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(fleet_path(""))) {
    if (entry.is_regular_file()) names.insert(fs::relative(entry.path(), fleet_path("")).string());
  }
  return names;
}

// What promtool is asked about a file, by its name; nothing for what it reads along with another.
std::vector<std::string> promtool_command(const std::string& name) {
  if (name.ends_with(".rules.yml")) return {"promtool", "check", "rules"};
  if (name.ends_with(".test.yml")) return {"promtool", "test", "rules"};
  if (name.starts_with("agent-")) return {"promtool", "check", "config", "--agent"};
  if (name.ends_with(".targets.yml")) return {};
  return {"promtool", "check", "config"};
}

Finished promtool(const std::string& name, const std::string& path) {
  std::vector<std::string> command = promtool_command(name);
  command.push_back(path);
  return run_program(command);
}

// Debian builds Prometheus without the discovery of Kubernetes: what is left is checked without.
bool knows_kubernetes() {
  const TemporaryDirectory directory;
  const std::string path = directory.write(
      "least.yml",
      "scrape_configs: [ { job_name: a, kubernetes_sd_configs: [ { role: pod } ] } ]\n");
  return promtool("least.yml", path).exit_code == 0;
}

std::string without_kubernetes(const std::string& path) {
  YAML::Node config = YAML::LoadFile(path);
  for (YAML::Node&& job : config["scrape_configs"]) {
    EXPECT_TRUE(job.remove("kubernetes_sd_configs")) << path;
  }
  for (YAML::Node&& rules : config["rule_files"]) rules = fleet_path(rules.as<std::string>());
  return YAML::Dump(config) + "\n";
}

TEST(Fleet, PrometheusTakesEveryFile) {
  if (lacks(why_no_program("promtool"))) return;
  const bool kubernetes = knows_kubernetes();
  std::size_t checked = 0;
  for (const std::string& name : fleet_files()) {
    SCOPED_TRACE(name);
    if (promtool_command(name).empty()) continue;
    const TemporaryDirectory directory;
    std::string path = fleet_path(name);
    if (name == "kubernetes.yml" && !kubernetes) {
      path = directory.write(name, without_kubernetes(path));
    }
    const Finished verdict = promtool(name, path);
    EXPECT_EQ(verdict.exit_code, 0) << verdict.out << verdict.err;
    EXPECT_THAT(verdict.out + verdict.err, ::testing::Not(HasSubstr("WARNING"))) << name;
    ++checked;
  }
  EXPECT_GE(checked, 7U);
}

// Read along with these, and refused with them.
TEST(Fleet, EveryListOfTargetsAndEveryRuleIsInUse) {
  const std::set<std::string> names = fleet_files();
  std::string configurations;
  for (const std::string& name : names) {
    const std::vector<std::string> command = promtool_command(name);
    if (!command.empty() && command[2] == "config") {
      configurations += read_text(fleet_path(name));
    }
  }
  for (const std::string& name : names) {
    if (name.ends_with(".targets.yml") || name.ends_with(".rules.yml")) {
      EXPECT_THAT(configurations, HasSubstr("[" + name + "]"));
    }
  }
}

// A rule that no unit test asks for could be anything.
TEST(Fleet, EveryRuleHasATest) {
  const std::string tests = read_text(fleet_path("bpfmap.test.yml"));
  for (const auto& group : YAML::LoadFile(fleet_path("bpfmap.rules.yml"))["groups"]) {
    for (const auto& rule : group["rules"]) {
      EXPECT_THAT(tests, HasSubstr(rule["record"].as<std::string>()));
    }
  }
}

// The page names every file, and shows none that is not there.
TEST(Fleet, ThePageTellsOfEveryFile) {
  const std::string page = read_text(source_path("docs/scaling.md"));
  for (const std::string& name : fleet_files()) {
    EXPECT_THAT(page, HasSubstr("(scaling/" + name + ")"));
  }
}

}  // namespace
}  // namespace bpfmap::test
