// SPDX-License-Identifier: Apache-2.0
#include "integration/map_dump.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "integration/exporter_process.h"
#include "support/child_process.h"

namespace bpfmap::test {
namespace {

// JSON is YAML.
YAML::Node bpftool(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bpftool");
  const Finished result = run_program(std::move(arguments));
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  return YAML::Load(result.out);
}

std::string id_of_map(pid_t pid, const std::string& name) {
  for (const std::uint32_t id : kernel_ids_of(pid).maps) {
    const std::string text = std::to_string(id);
    if (bpftool({"-j", "map", "show", "id", text})["name"].as<std::string>() == name) return text;
  }
  ADD_FAILURE() << "the process has no map " << name;
  return {};
}

}  // namespace

std::map<std::uint64_t, std::uint64_t> dump_map(pid_t pid, const std::string& map,
                                                const std::string& field) {
  std::map<std::uint64_t, std::uint64_t> sums;
  for (const YAML::Node& entry : bpftool({"map", "dump", "id", id_of_map(pid, map)})) {
    std::uint64_t& sum = sums[entry["key"].as<std::uint64_t>()];
    for (const YAML::Node& cpu : entry["values"]) {
      sum += cpu["value"][field].as<std::uint64_t>();
    }
  }
  return sums;
}

}  // namespace bpfmap::test
