// SPDX-License-Identifier: Apache-2.0
#include "collect/self/inventory_families.h"

#include <fstream>
#include <regex>

#include "unit/collect/inventory_fixture.h"

// What becomes of the records of an inventory on a page.
namespace bpfmap::collect {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using InventoryFamilies = InventoryMetricsTest;

TEST_F(InventoryFamilies, OfAProgram) {
  kernel::Inventory inventory = nothing();
  inventory.programs->push_back(program());
  inventory.boot_time_seconds = 1700000000;
  set(inventory);
  const test::MetricsPage page = this->page();
  const std::string labels = "{id=\"26\",name=\"drop_some_packets\",type=\"xdp\"}";
  EXPECT_EQ(page.samples_of("bpf_program_"),
            (std::map<std::string, double>{
                {"bpf_program_info{id=\"26\",name=\"drop_some_packets\",type=\"xdp\","
                 "tag=\"0123456789abcdef\"}",
                 1},
                {"bpf_program_map_info{id=\"26\",map_id=\"25\"}", 1},
                {"bpf_program_map_info{id=\"26\",map_id=\"27\"}", 1},
                {"bpf_program_runs_total" + labels, 7},
                {"bpf_program_run_seconds_total" + labels, 1.5},
                {"bpf_program_recursion_misses_total" + labels, 2},
                {"bpf_program_memory_bytes" + labels, 4096},
                {"bpf_program_verified_instructions" + labels, 321},
                {"bpf_program_load_time_seconds" + labels, 1700000002.5},
            }));
}

TEST_F(InventoryFamilies, OfAMap) {
  kernel::Inventory inventory = nothing();
  inventory.maps->push_back(map());
  set(inventory);
  const std::string labels = "{id=\"25\",name=\"packets\",type=\"hash\"}";
  EXPECT_EQ(page().samples_of("bpf_map_"),
            (std::map<std::string, double>{
                {"bpf_map_info{id=\"25\",name=\"packets\",type=\"hash\",frozen=\"false\"}", 1},
                {"bpf_map_max_entries" + labels, 1024},
                {"bpf_map_key_bytes" + labels, 4},
                {"bpf_map_value_bytes" + labels, 8},
                {"bpf_map_memory_bytes" + labels, 9488},
                {"bpf_map_entries" + labels, 17},
            }));
}

TEST_F(InventoryFamilies, WhatTheKernelDoesNotTellIsLeftOut) {
  kernel::Inventory inventory = nothing();
  inventory.programs->emplace_back().id = 1;
  inventory.maps->emplace_back().id = 2;
  inventory.links->emplace_back().id = 3;
  set(inventory);
  const test::MetricsPage page = this->page();
  EXPECT_EQ(page.value("bpf_program_runs_total{id=\"1\",name=\"\",type=\"\"}"), 0);
  EXPECT_EQ(page.value("bpf_map_info{id=\"2\",name=\"\",type=\"\"}"), 1);
  EXPECT_EQ(page.value("bpf_link_info{id=\"3\",type=\"\"}"), 1);
  for (const char* family :
       {"bpf_program_recursion_misses_total", "bpf_program_memory_bytes",
        "bpf_program_verified_instructions", "bpf_map_memory_bytes", "bpf_map_entries"}) {
    EXPECT_THAT(page.samples_of(family), IsEmpty()) << family;
    EXPECT_FALSE(page.types().contains(family)) << family;
  }
}

TEST_F(InventoryFamilies, OfLinksTellWhatTheyHave) {
  kernel::Inventory inventory = nothing();
  kernel::LinkRecord everything{27, "tcx", 26, "tcx_ingress", "eth", 2, 4711, 4026531840, 25};
  inventory.links->push_back(everything);
  inventory.links->push_back({28, "raw_tracepoint", 29, "", "sys_enter", {}, {}, {}, {}});
  set(inventory);
  EXPECT_EQ(page().samples_of("bpf_link_"),
            (std::map<std::string, double>{
                {"bpf_link_info{id=\"27\",type=\"tcx\",program_id=\"26\",attach_type=\"tcx_"
                 "ingress\",target=\"eth\",ifindex=\"2\",cgroup_id=\"4711\",netns=\"4026531840\","
                 "map_id=\"25\"}",
                 1},
                {"bpf_link_info{id=\"28\",type=\"raw_tracepoint\",program_id=\"29\","
                 "target=\"sys_enter\"}",
                 1},
            }));
}

TEST_F(InventoryFamilies, OfOwners) {
  kernel::Inventory inventory = nothing();
  inventory.owners->owners = {{kernel::ObjectKind::kProgram, 26, 17, "agent"},
                              {kernel::ObjectKind::kMap, 25, 17, "agent"},
                              {kernel::ObjectKind::kMap, 25, 18, "other"},
                              {kernel::ObjectKind::kLink, 27, 17, "agent"}};
  inventory.owners->complete = false;
  set(inventory);
  const test::MetricsPage page = this->page();
  EXPECT_EQ(page.value("bpf_program_owner_info{id=\"26\",pid=\"17\",comm=\"agent\"}"), 1);
  EXPECT_EQ(page.value("bpf_map_owner_info{id=\"25\",pid=\"17\",comm=\"agent\"}"), 1);
  EXPECT_EQ(page.value("bpf_map_owner_info{id=\"25\",pid=\"18\",comm=\"other\"}"), 1);
  EXPECT_EQ(page.value("bpf_link_owner_info{id=\"27\",pid=\"17\",comm=\"agent\"}"), 1);
  EXPECT_EQ(page.value("bpf_inventory_owners_complete"), 0);
  set(nothing());
  EXPECT_EQ(this->page().value("bpf_inventory_owners_complete"), 1);
}

TEST_F(InventoryFamilies, LabelsAreValidUtf8WhateverTheKernelSays) {
  kernel::Inventory inventory = nothing();
  inventory.owners->owners = {{kernel::ObjectKind::kProgram, 1, 2, "a\xff\xc3\"\n\\"}};
  inventory.maps->push_back(map());
  inventory.maps->back().name = "\xe2\x82";
  set(inventory);
  const std::string page = text();
  EXPECT_THAT(page, HasSubstr("comm=\"a\xef\xbf\xbd\xef\xbf\xbd\\\"\\n\\\\\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("name=\"\xef\xbf\xbd"));
  EXPECT_THAT(page, Not(HasSubstr("\xff")));
}

TEST_F(InventoryFamilies, FamiliesAreWellFormed) {
  kernel::Inventory inventory = nothing();
  for (const std::uint32_t id : {1u, 2u}) {
    inventory.programs->push_back(program());
    inventory.programs->back().id = id;
    inventory.maps->push_back(map());
    inventory.maps->back().id = id;
  }
  set(inventory);
  const test::MetricsPage page = this->page();  // fails for a series that is there twice
  EXPECT_GT(page.types().size(), 15U);
  for (const auto& [family, type] : page.types()) {
    EXPECT_EQ(type, family.ends_with("_total") ? "counter" : "gauge") << family;
    EXPECT_TRUE(page.helps().contains(family)) << family;
    EXPECT_TRUE(family.starts_with("bpf_")) << family;
  }
}

// Names and types of the rows "| `bpf_NAME` | TYPE | ..." of the reference.
std::map<std::string, std::string> documented() {
  std::ifstream file(INVENTORY_MD);
  const std::regex row(R"(\| `(bpf_\w+)` \| (\w+) \|.*)");
  std::map<std::string, std::string> metrics;
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, match, row)) metrics[match[1]] = match[2];
  }
  return metrics;
}

TEST_F(InventoryFamilies, AreThoseThatTheReferenceLists) {
  kernel::Inventory inventory = nothing();
  inventory.programs->push_back(program());
  inventory.maps->push_back(map());
  inventory.links->emplace_back();
  for (const auto kind :
       {kernel::ObjectKind::kProgram, kernel::ObjectKind::kMap, kernel::ObjectKind::kLink}) {
    inventory.owners->owners.push_back({kind, 1, 2, "agent"});
  }
  set(inventory);
  EXPECT_EQ(page().types(), documented());
}

}  // namespace
}  // namespace bpfmap::collect
