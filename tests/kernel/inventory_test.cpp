// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "inventory_fixture.h"
#include "kernel/inventory/entry_counts.h"
#include "kernel/inventory/map_list.h"
#include "kernel/libbpf/fd_info.h"
#include "kernel/system_inventory.h"
#include "support/said_without_rights.h"

// Programs and maps of the running system, held against what bpftool says of the same objects.
namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string joined(const std::vector<std::uint32_t>& ids) {
  std::string text;
  for (const std::uint32_t id : ids) text += (text.empty() ? "" : ",") + std::to_string(id);
  return text;
}

TEST_F(InventoryTest, KnowsOfProgramsWhatBpftoolKnows) {
  if (test::lacks(test::why_no_program("bpftool"))) return;
  const Object object = start_test_object("inventory");
  const Inventory inventory = SystemInventory().read();
  ASSERT_TRUE(inventory.programs) << inventory.programs.error().message();
  expect_ordered(*inventory.programs);
  for (const ProgramStatus& status : object.program_statuses()) {
    const ProgramRecord* record = find(inventory.programs, status.id);
    ASSERT_NE(record, nullptr) << status.name;
    const std::string shown = bpftool_show("prog", status.id);
    EXPECT_EQ(record->name, status.name);
    EXPECT_EQ(record->type, json_value(shown, "type"));
    EXPECT_EQ(record->tag, json_value(shown, "tag"));
    EXPECT_EQ(std::to_string(record->memory_bytes.value_or(0)), json_value(shown, "bytes_memlock"));
    EXPECT_EQ(joined(record->map_ids), json_value(shown, "map_ids"));
    EXPECT_EQ(record->map_ids, std::vector{map_id(object, "hits")});
    if (test::lacks(record->verified_instructions ? "" : "verified_insns (Linux 5.16)")) return;
    EXPECT_GT(*record->verified_instructions, 0U);
    const double loaded =
        inventory.boot_time_seconds + static_cast<double>(record->load_time_ns) / 1e9;
    EXPECT_NEAR(loaded, std::stod(json_value(shown, "loaded_at")), 2);
  }
}

TEST_F(InventoryTest, NamesAreWholeTheSecondTimeToo) {
  const Object object = start_test_object("inventory");
  const std::uint32_t id = status_of(object, kLongName).id;
  SystemInventory system;
  for (int i = 0; i < 2; ++i) {
    const Inventory inventory = system.read();
    const ProgramRecord* record = find(inventory.programs, id);
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->name, kLongName);
    EXPECT_EQ(record->map_ids.size(), 1U);
    EXPECT_GT(record->memory_bytes.value_or(0), 0U);
  }
}

TEST_F(InventoryTest, KnowsOfMapsWhatBpftoolKnows) {
  if (test::lacks(test::why_no_program("bpftool"))) return;
  Object object = open_test_object("kinds");
  ASSERT_TRUE(object.load({}));
  const Inventory inventory = SystemInventory().read();
  ASSERT_TRUE(inventory.maps) << inventory.maps.error().message();
  expect_ordered(*inventory.maps);
  EXPECT_GE(object.maps().size(), 10U);
  for (const MapInfo& map : object.maps()) {
    const std::uint32_t id = map_id(object, map.name);
    const MapRecord* record = find(inventory.maps, id);
    ASSERT_NE(record, nullptr) << map.name;
    const std::string shown = bpftool_show("map", id);
    EXPECT_EQ(record->name, json_value(shown, "name"));
    EXPECT_EQ(record->type, json_value(shown, "type"));
    EXPECT_EQ(std::to_string(record->key_bytes), json_value(shown, "bytes_key"));
    EXPECT_EQ(std::to_string(record->value_bytes), json_value(shown, "bytes_value"));
    EXPECT_EQ(std::to_string(record->max_entries), json_value(shown, "max_entries"));
    EXPECT_EQ(std::to_string(record->memory_bytes.value_or(0)), json_value(shown, "bytes_memlock"));
    EXPECT_EQ(record->frozen, std::optional(false));
  }
}

TEST_F(InventoryTest, SeesThatAMapIsFrozen) {
  Object object = open_test_object("kinds");
  ASSERT_TRUE(object.load({}));
  ASSERT_EQ(bpf_map_freeze(object.map_fd("array")), 0);
  const auto maps = list_maps({});
  ASSERT_TRUE(maps);
  EXPECT_EQ(find(maps, map_id(object, "array"))->frozen, std::optional(true));
}

TEST_F(InventoryTest, EntriesAreThoseOfTheMaps) {
  if (const auto counts = EntryCounts::open(); !counts) {
    test::lacks(counts.error().message());
    return;
  }
  Object object = open_test_object("inventory");
  ASSERT_TRUE(object.load({}));
  const std::vector<std::uint64_t> values(
      static_cast<std::size_t>(std::max(1, libbpf_num_possible_cpus())), 7);
  const auto fill = [&](const std::string& map, std::uint32_t count) {
    for (std::uint32_t key = 0; key < count; ++key) {
      ASSERT_EQ(bpf_map_update_elem(object.map_fd(map), &key, values.data(), BPF_ANY), 0) << map;
    }
  };
  fill("hash", 5);
  fill("lru", 6);
  fill("percpu", 7);
  fill("sparse", 300);
  fill("array", 3);
  SystemInventory system;
  const auto entries_of = [&, inventory = system.read()](const std::string& map) {
    return find(inventory.maps, map_id(object, map))->entries;
  };
  EXPECT_EQ(entries_of("hash"), std::optional<std::uint64_t>(5));
  EXPECT_EQ(entries_of("lru"), std::optional<std::uint64_t>(6));
  EXPECT_EQ(entries_of("percpu"), std::optional<std::uint64_t>(7));
  EXPECT_EQ(entries_of("sparse"), std::optional<std::uint64_t>(300));
  EXPECT_EQ(entries_of("array"), std::nullopt);
  const std::uint32_t key = 2;
  ASSERT_EQ(bpf_map_delete_elem(object.map_fd("hash"), &key), 0);
  const Inventory later = system.read();
  EXPECT_EQ(find(later.maps, map_id(object, "hash"))->entries, std::optional<std::uint64_t>(4));
}

TEST_F(InventoryTest, EntriesOfMoreMapsThanOneReadingHolds) {
  const auto counts = EntryCounts::open();
  if (!counts) {
    test::lacks(counts.error().message());
    return;
  }
  std::vector<UniqueFd> maps;
  for (int i = 0; i < 600; ++i) {
    maps.emplace_back(bpf_map_create(BPF_MAP_TYPE_HASH, "many", 4, 4, 8, nullptr));
    ASSERT_TRUE(maps.back());
    ASSERT_EQ(bpf_map_update_elem(maps.back().get(), &i, &i, BPF_ANY), 0);
  }
  const auto numbers = counts->read();
  ASSERT_TRUE(numbers) << numbers.error().message();
  for (const UniqueFd& map : maps) {
    const auto id = fd_info_number(read_own_fd_info(map.get()), "map_id");
    const auto number = numbers->find(static_cast<std::uint32_t>(id.value_or(0)));
    ASSERT_NE(number, numbers->end());
    EXPECT_EQ(number->second, 1U);
  }
}

TEST_F(InventoryTest, IsWholeWhileObjectsComeAndGo) {
  std::atomic<bool> stop = false;
  std::thread churn([&] {
    while (!stop) {
      std::vector<UniqueFd> maps;
      for (int i = 0; i < 20; ++i) {
        maps.emplace_back(bpf_map_create(BPF_MAP_TYPE_ARRAY, "short_lived", 4, 4, 1, nullptr));
      }
    }
  });
  std::vector<MapRecord> seen;
  // The lists may all be made before the thread has had its turn.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (int i = 0; i < 300 || (seen.empty() && std::chrono::steady_clock::now() < deadline); ++i) {
    const auto maps = list_maps({});
    EXPECT_TRUE(maps) << maps.error().message();
    if (!maps) break;
    expect_ordered(*maps);
    for (const MapRecord& map : *maps) {
      if (map.name == "short_lived") seen.push_back(map);
    }
  }
  stop = true;
  churn.join();
  EXPECT_FALSE(seen.empty());
  for (const MapRecord& map : seen) EXPECT_EQ(map.max_entries, 1U);
}

TEST_F(InventoryTest, TellsTheUnprivilegedWhatTheyLack) {
  const std::string message = test::said_without_rights([] {
    const Inventory inventory = SystemInventory().read();
    if (inventory.programs || inventory.maps || inventory.links) return std::string("it may list");
    return inventory.programs.error().message() + "\n" + inventory.maps.error().message() + "\n" +
           inventory.links.error().message();
  });
  EXPECT_THAT(message, AllOf(HasSubstr("list BPF programs: Operation not permitted (EPERM)"),
                             HasSubstr("list BPF maps: "), HasSubstr("list BPF links: "),
                             HasSubstr("needs CAP_SYS_ADMIN")));
}

}  // namespace
}  // namespace bpfmap::kernel
