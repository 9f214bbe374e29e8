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
  const std::string known = name.substr(0, 15);  // as much as the kernel keeps of a name
  for (const std::uint32_t id : kernel_ids_of(pid).maps) {
    const std::string text = std::to_string(id);
    if (bpftool({"-j", "map", "show", "id", text})["name"].as<std::string>() == known) return text;
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

void set_entry(pid_t pid, const std::string& map, const std::string& key,
               const std::string& value) {
  std::vector<std::string> arguments{"bpftool",           "map", "update", "id",
                                     id_of_map(pid, map), "key", "hex"};
  const auto add_bytes = [&](const std::string& digits) {
    for (std::size_t i = 0; i < digits.size(); i += 2) arguments.push_back(digits.substr(i, 2));
  };
  add_bytes(key);
  arguments.insert(arguments.end(), {"value", "hex"});
  add_bytes(value);
  const Finished result = run_program(std::move(arguments));
  EXPECT_EQ(result.exit_code, 0) << map << " " << key << ": " << result.out << result.err;
}

}  // namespace bpfmap::test
