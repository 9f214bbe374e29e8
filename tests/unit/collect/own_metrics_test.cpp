// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>

#include "collect/lost_updates.h"
#include "collect/self/program_metrics.h"
#include "collect/self/write_registry.h"
#include "unit/collect/collect_fixture.h"

// Metrics of the exporter that are read when a scrape asks for them.
namespace bpfmap::collect {
namespace {

std::string page_of(const std::vector<prometheus::MetricFamily>& families) {
  return write_registry(families, exposition::Format::kText).to_string();
}

kernel::ProgramStatus status_of(const std::string& name, bool loaded, bool attached,
                                const std::string& problem = {}) {
  return {
      name, "xdp", "xdp", loaded, attached, problem, {}, loaded ? 42U : 0U, loaded ? "abc" : ""};
}

TEST(ProgramMetrics, EveryProgramThatWasWanted) {
  ProgramMetrics metrics;
  const auto runs = [](const std::string& program) {
    return program == "runs" ? std::optional(kernel::ProgramRuns{7, 1500000000, 3}) : std::nullopt;
  };
  const auto is_attached = [](const std::string& program) {
    return program == "runs"    ? ProgramMetrics::Attached{true, 3}
           : program == "loose" ? ProgramMetrics::Attached{false, 2}
                                : ProgramMetrics::Attached{};
  };
  metrics.add_program("cfg", status_of("runs", true, true), runs, is_attached);
  metrics.add_program("cfg", status_of("loose", true, false, "no such interface"), runs,
                      is_attached);
  metrics.add_program("cfg", status_of("refused", false, false, "too complex"), runs, is_attached);
  metrics.add_program("cfg", status_of("left_out", false, false), runs, is_attached);
  EXPECT_EQ(page_of(metrics.Collect()),
            "# HELP bpfmap_exporter_program_info The program as the kernel knows it.\n"
            "# TYPE bpfmap_exporter_program_info gauge\n"
            "bpfmap_exporter_program_info{config=\"cfg\",program=\"runs\",section=\"xdp\","
            "type=\"xdp\",tag=\"abc\",id=\"42\"} 1\n"
            "bpfmap_exporter_program_info{config=\"cfg\",program=\"loose\",section=\"xdp\","
            "type=\"xdp\",tag=\"abc\",id=\"42\"} 1\n"
            "# HELP bpfmap_exporter_program_attached Whether the program is attached everywhere it"
            " was meant to be.\n"
            "# TYPE bpfmap_exporter_program_attached gauge\n"
            "bpfmap_exporter_program_attached{config=\"cfg\",program=\"runs\"} 1\n"
            "bpfmap_exporter_program_attached{config=\"cfg\",program=\"loose\"} 0\n"
            "bpfmap_exporter_program_attached{config=\"cfg\",program=\"refused\"} 0\n"
            "# HELP bpfmap_exporter_program_links Places that the program is attached to.\n"
            "# TYPE bpfmap_exporter_program_links gauge\n"
            "bpfmap_exporter_program_links{config=\"cfg\",program=\"runs\"} 3\n"
            "bpfmap_exporter_program_links{config=\"cfg\",program=\"loose\"} 2\n"
            "bpfmap_exporter_program_links{config=\"cfg\",program=\"refused\"} 0\n"
            "# HELP bpfmap_exporter_program_runs_total Runs of the program while the kernel's BPF"
            " statistics were on.\n"
            "# TYPE bpfmap_exporter_program_runs_total counter\n"
            "bpfmap_exporter_program_runs_total{config=\"cfg\",program=\"runs\"} 7\n"
            "# HELP bpfmap_exporter_program_run_seconds_total Time spent in the program while the"
            " kernel's BPF statistics were on.\n"
            "# TYPE bpfmap_exporter_program_run_seconds_total counter\n"
            "bpfmap_exporter_program_run_seconds_total{config=\"cfg\",program=\"runs\"} 1.5\n"
            "# HELP bpfmap_exporter_program_recursion_misses_total Runs that the kernel left out"
            " because the program was running on that CPU already.\n"
            "# TYPE bpfmap_exporter_program_recursion_misses_total counter\n"
            "bpfmap_exporter_program_recursion_misses_total{config=\"cfg\",program=\"runs\"} 3\n");
}

TEST(ProgramMetrics, KernelsThatCountNoMissesHaveNone) {
  ProgramMetrics metrics;
  metrics.add_program(
      "cfg", status_of("runs", true, true),
      [](const std::string&) {
        return std::optional(kernel::ProgramRuns{7, 1500000000, std::nullopt});
      },
      [](const std::string&) {
        return ProgramMetrics::Attached{true, 1};
      });
  const std::string page = page_of(metrics.Collect());
  EXPECT_EQ(page.find("misses"), std::string::npos) << page;
  EXPECT_NE(page.find("runs_total{"), std::string::npos) << page;
}

TEST(ProgramMetrics, NoProgramsAreNothing) { EXPECT_EQ(page_of(ProgramMetrics().Collect()), ""); }

struct LostMap {
  explicit LostMap(std::uint32_t cpus)
      : info(test::per_cpu_map(test::number("u32"), test::number("u64"), cpus)) {
    info.shape.max_entries = 1;
    map = std::make_shared<FakeMap>(info.shape);
  }
  std::unique_ptr<kernel::MapReader> reader() const {
    return std::make_unique<test::FakeMapReader>(map);
  }

  kernel::MapInfo info;
  std::shared_ptr<FakeMap> map;
};

constexpr const char* kLostHeader =
    "# HELP bpfmap_exporter_lost_updates_total Updates that the object's programs could not make in"
    " full maps.\n"
    "# TYPE bpfmap_exporter_lost_updates_total counter\n";

TEST(LostUpdates, AreSummedOverCpusForEachConfiguration) {
  LostMap one(1);
  LostMap three(3);
  one.map->set(std::uint32_t{0}, std::uint64_t{5});
  three.map->set(std::uint32_t{0}, std::array<std::uint64_t, 3>{1, 0, 20});
  LostUpdates lost;
  lost.add_map("a", one.info.shape, one.reader());
  lost.add_map("b", three.info.shape, three.reader());
  EXPECT_EQ(page_of(lost.Collect()), std::string(kLostHeader) +
                                         "bpfmap_exporter_lost_updates_total{config=\"a\"} 5\n"
                                         "bpfmap_exporter_lost_updates_total{config=\"b\"} 21\n");
  one.map->set(std::uint32_t{0}, std::uint64_t{6});
  EXPECT_THAT(page_of(lost.Collect()), ::testing::HasSubstr("{config=\"a\"} 6\n"));
}

TEST(LostUpdates, WhatCannotBeReadIsLeftOut) {
  LostMap map(1);
  map.map->set(std::uint32_t{0}, std::uint64_t{5});
  map.map->fail_with(EPERM);
  LostUpdates lost;
  lost.add_map("a", map.info.shape, map.reader());
  EXPECT_EQ(page_of(lost.Collect()), "");
  map.map->fail_with(0);
  EXPECT_EQ(page_of(lost.Collect()),
            std::string(kLostHeader) + "bpfmap_exporter_lost_updates_total{config=\"a\"} 5\n");
}

TEST(LostUpdates, MapsOfAnotherShapeAreIgnored) {
  LostMap map(1);
  map.map->set(std::uint32_t{0}, std::uint64_t{5});
  LostUpdates lost;
  kernel::MapShape many = map.info.shape;
  many.max_entries = 2;
  lost.add_map("a", many, map.reader());
  kernel::MapShape narrow = map.info.shape;
  narrow.value_size = 4;
  lost.add_map("b", narrow, map.reader());
  EXPECT_EQ(page_of(lost.Collect()), "");
  EXPECT_EQ(map.map->walks(), 0);
}

}  // namespace
}  // namespace bpfmap::collect
