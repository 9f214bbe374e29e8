// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bpf_test.h"
#include "kernel/inventory.h"
#include "support/child_process.h"

// What the tests of the inventory share.
namespace bpfmap::kernel {

// What stands behind "key": in a line of bpftool's JSON, without quotes; empty where it is missing.
inline std::string json_value(const std::string& json, const std::string& key) {
  const std::size_t at = json.find("\"" + key + "\":");
  if (at == std::string::npos) return {};
  const std::string rest = json.substr(at + key.size() + 3);
  if (rest.starts_with('"')) return rest.substr(1, rest.find('"', 1) - 1);
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find_first_of(",}"));
}

inline std::string bpftool_show(const std::string& kind, std::uint32_t id) {
  return test::run_program({"bpftool", "-j", kind, "show", "id", std::to_string(id)}).out;
}

template <typename Record>
const Record* find(const Result<std::vector<Record>>& records, std::uint32_t id) {
  for (const Record& record : *records) {
    if (record.id == id) return &record;
  }
  return nullptr;
}

template <typename Record>
void expect_ordered(const std::vector<Record>& records) {
  for (std::size_t i = 1; i < records.size(); ++i) {
    ASSERT_LT(records[i - 1].id, records[i].id);
  }
}

// The long name of a program of objects/inventory.bpf.c.
inline constexpr const char* kLongName = "count_system_calls_of_all_processes";

class InventoryTest : public test::BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (!IsSkipped()) test::lacks(test::mount_tracefs());
  }

  static std::uint32_t map_id(const Object& object, const std::string& map) {
    bpf_map_info info{};
    std::uint32_t size = sizeof(info);
    EXPECT_EQ(bpf_obj_get_info_by_fd(object.map_fd(map), &info, &size), 0) << map;
    return info.id;
  }
};

}  // namespace bpfmap::kernel
