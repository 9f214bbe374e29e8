// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <array>
#include <cstring>

#include "config/load.h"
#include "kernel/feed_test.h"
#include "kernel/map_syscalls.h"
#include "kernel/readers/variable_reader.h"
#include "support/rendering.h"
#include "support/test_objects.h"

// Global variables of a loaded object, while its program counts in them.
namespace bpfmap::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class VariablesTest : public FeedTest {
 protected:
  void SetUp() override {
    FeedTest::SetUp();
    if (cannot_run()) return;
    auto opened = kernel::Object::open_file(test_object("variables"));
    ASSERT_TRUE(opened) << opened.error().message();
    object_.emplace(*std::move(opened));
    const kernel::ProgramRequest request{"count", true, false, {}};
    const auto loaded = object_->load({&request, 1});
    ASSERT_TRUE(loaded) << loaded.error().message();
  }
  void run(std::uint8_t queue, int times) {
    const UniqueFd program(::bpf_prog_get_fd_by_id(object_->program_statuses().at(0).id));
    std::array<std::uint8_t, 64> packet{queue};
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = packet.data();
    options.data_size_in = packet.size();
    options.repeat = times;
    ASSERT_EQ(::bpf_prog_test_run_opts(program.get(), &options), 0) << errno;
  }

  // Where variable `name` of another process is: in a section of the object that this
  // test alone has.
  std::string foreign(const std::string& section, const std::string& name) const {
    return "loaded: { id: " + std::to_string(id_of(object_->section(section).fd)) +
           " }, variable: " + name;
  }

  // The plan of a file whose only map is this entry of `maps`.
  decode::MapPlan plan(const std::string& entry) const {
    const auto source = std::make_shared<const config::Source>(config::Source{
        "test.yaml",
        "object: x\nprograms: { count: { required: false } }\nmaps: [ { " + entry + " } ]\n"});
    config::Diagnostics diagnostics(source);
    const config::Config config =
        config::parse_config(source, config::process_environment(), diagnostics);
    decode::MetricNames names;
    decode::ObjectPlan plan = decode::compile_object(
        config, {"variables", object_->programs(), object_->maps(), object_->globals()}, names,
        diagnostics);
    if (plan.maps.size() != 1) throw std::runtime_error(diagnostics.render());
    return std::move(plan.maps[0]);
  }

  std::unique_ptr<kernel::MapReader> reader(const decode::MapPlan& plan) const {
    const kernel::Object::Section section = object_->section(plan.variable->section);
    auto opened = kernel::VariableReader::open(
        plan.info.name, section.fd, section.size,
        {plan.variable->offset, plan.info.shape.max_entries, plan.info.shape.value_size});
    if (!opened) throw std::runtime_error(opened.error().message());
    return *std::move(opened);
  }

  std::string page(const std::string& entry, std::uint32_t rows_per_batch = 64) const {
    const decode::MapPlan plan = this->plan(entry);
    const auto reader = this->reader(plan);
    EXPECT_EQ(reader->name(), "mmap");
    std::vector<kernel::RowBlock> rows;
    for (bool more = true; more;) {
      kernel::RowBlock block(reader->shape(), rows_per_batch);
      more = reader->next_batch(block).value();
      rows.push_back(std::move(block));
    }
    host::HostNames host{std::make_shared<host::Host>()};
    const std::string text = test::render(plan.samples, rows, host).body.to_string();
    return text.substr(text.find('\n') + 1);
  }

  std::optional<kernel::Object> object_;
};

constexpr const char* kGauge = ", metrics: [ { gauge: g } ]";

TEST_F(VariablesTest, HoldWhatTheProgramCounted) {
  if (cannot_run()) return;
  run(0, 3);
  run(2, 4);
  EXPECT_EQ(page(std::string("variable: packets") + kGauge), "g 7\n");
  EXPECT_EQ(page(std::string("variable: per_queue") + kGauge),
            "g{key=\"0\"} 3\ng{key=\"1\"} 0\ng{key=\"2\"} 4\n");
  EXPECT_EQ(page("variable: last, metrics: [ { gauge: g, value: packets } ]"), "g 7\n");
  EXPECT_EQ(page("variable: queues, skip_zero: true, labels: { queue: { field: key } }, metrics: [ "
                 "{ gauge: g, value: bytes } ]"),
            "g{queue=\"0\"} 192\ng{queue=\"2\"} 256\n");
}

TEST_F(VariablesTest, OfEverySection) {
  if (cannot_run()) return;
  run(1, 2);
  EXPECT_EQ(page(std::string("variable: limit") + kGauge), "g 4096\n");      // .rodata
  EXPECT_EQ(page(std::string("variable: balance") + kGauge), "g -3\n");      // .data
  EXPECT_EQ(page(std::string("variable: hidden") + kGauge), "g 4\n");        // static, in .bss
  EXPECT_EQ(page(std::string("variable: custom") + kGauge), "g 1002\n");     // .data.custom
  EXPECT_EQ(page(std::string("variable: other_custom") + kGauge), "g 9\n");  // .data.other
}

TEST_F(VariablesTest, AreReadInBatchesOfAnySize) {
  if (cannot_run()) return;
  run(0, 1);
  run(2, 2);
  for (const std::uint32_t rows : {1U, 2U, 3U, 64U}) {
    EXPECT_EQ(page(std::string("variable: per_queue") + kGauge, rows),
              "g{key=\"0\"} 1\ng{key=\"1\"} 0\ng{key=\"2\"} 2\n");
  }
}

TEST_F(VariablesTest, AWalkSeesWhatHappenedSinceTheLast) {
  if (cannot_run()) return;
  const decode::MapPlan plan = this->plan(std::string("variable: packets") + kGauge);
  const auto reader = this->reader(plan);
  for (std::uint64_t total = 1; total < 5; ++total) {
    run(1, 1);
    const auto rows = walk(*reader, reader->shape(), 4);
    ASSERT_EQ(rows.size(), 1U);
    std::uint64_t value = 0;
    std::memcpy(&value, rows[0].values.at(0).data(), sizeof(value));
    EXPECT_EQ(value, total);
  }
}

// bpftool has the section as one value: the same bytes have to come from either.
TEST_F(VariablesTest, AreTheBytesOfTheirSection) {
  if (cannot_run()) return;
  run(1, 2);
  const decode::MapPlan plan =
      this->plan("variable: queues, metrics: [ { gauge: g, value: bytes } ]");
  const kernel::Object::Section section = object_->section(".bss");
  ASSERT_GE(section.fd, 0);
  Bytes content(section.size);
  const std::uint32_t only = 0;
  ASSERT_EQ(::bpf_map_lookup_elem(section.fd, &only, content.data()), 0);
  const auto reader = this->reader(plan);
  std::uint32_t index = 0;
  for (const DumpedRow& row : walk(*reader, reader->shape(), 2)) {
    const auto* from = content.data() + plan.variable->offset + index * std::size_t{16};
    EXPECT_EQ(row.values.at(0), Bytes(from, from + 16)) << index;
    ++index;
  }
  EXPECT_EQ(index, 3U);
}

TEST_F(VariablesTest, OfOthersAreFoundByTheTypesOfTheirMap) {
  if (cannot_run()) return;
  run(0, 3);
  run(2, 4);
  EXPECT_THAT(samples(*feed(foreign(".bss", "packets") + kGauge)), ElementsAre(Pair("g", "7")));
  EXPECT_THAT(
      samples(*feed(foreign(".bss", "per_queue") + kGauge)),
      ElementsAre(Pair("g{key=\"0\"}", "3"), Pair("g{key=\"1\"}", "0"), Pair("g{key=\"2\"}", "4")));
  EXPECT_THAT(samples(*feed(foreign(".bss", "queues") +
                            ", skip_zero: true, metrics: [ { gauge: g, value: bytes } ]")),
              ElementsAre(Pair("g{key=\"0\"}", "192"), Pair("g{key=\"2\"}", "256")));
  EXPECT_THAT(samples(*feed(foreign(".rodata", "limit") + kGauge)), ElementsAre(Pair("g", "4096")));
  EXPECT_THAT(samples(*feed(foreign(".data", "balance") + kGauge)), ElementsAre(Pair("g", "2")));
}

TEST_F(VariablesTest, OfOthersByPinByNameAndByProgram) {
  if (cannot_run()) return;
  run(1, 2);
  folder_.pin(object_->section(".bss").fd, "section");
  EXPECT_THAT(samples(*feed("pinned: " + (folder_ / "section") + ", variable: packets" + kGauge)),
              ElementsAre(Pair("g", "2")));
  // Libbpf cuts the name, and another test may have loaded the same object.
  EXPECT_THAT(
      FeedTest::page(*feed("loaded: { name: variables.bss, program: count }, map_label: map, "
                           "variable: packets" +
                           std::string(kGauge))),
      HasSubstr("g{map=\"" + std::to_string(id_of(object_->section(".bss").fd)) + "\"} 2\n"));
  EXPECT_THAT(
      FeedTest::page(*feed("loaded: { name: variables.bss, program: discount }, map_label: map, "
                           "variable: packets" +
                           std::string(kGauge))),
      HasSubstr("used by program 'discount'"));
}

TEST_F(VariablesTest, OfOthersThatAreNotThereAreNamed) {
  if (cannot_run()) return;
  EXPECT_THAT(FeedTest::page(*feed(foreign(".bss", "packet") + kGauge)),
              HasSubstr("no variable 'packet' in map 'id "));
  EXPECT_THAT(FeedTest::page(*feed(foreign(".bss", "packet") + kGauge)),
              HasSubstr("(did you mean 'packets'?)"));
  const UniqueFd other = create_map(BPF_MAP_TYPE_ARRAY, "section", 4, 24, 1);
  EXPECT_THAT(FeedTest::page(*feed("loaded: { id: " + std::to_string(id_of(other.get())) +
                                   " }, variable: packets" + kGauge)),
              HasSubstr("it is no section of variables (.bss, .data)"));
}

TEST_F(VariablesTest, ThatCannotBeMappedAreLookedUp) {
  if (cannot_run()) return;
  const UniqueFd section = create_map(BPF_MAP_TYPE_ARRAY, "section", 4, 24, 1);
  std::array<std::uint64_t, 3> numbers{5, 6, 7};
  const std::uint32_t only = 0;
  ASSERT_EQ(::bpf_map_update_elem(section.get(), &only, numbers.data(), 0), 0);
  auto reader = kernel::VariableReader::open("v", section.get(), 24, {8, 2, 8});
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->name(), "lookup");
  const auto value = [&](std::size_t row) {
    std::uint64_t read = 0;
    std::memcpy(&read, walk(**reader, (*reader)->shape(), 1).at(row).values.at(0).data(), 8);
    return read;
  };
  EXPECT_EQ(value(0), 6U);
  EXPECT_EQ(value(1), 7U);
  numbers[1] = 60;
  ASSERT_EQ(::bpf_map_update_elem(section.get(), &only, numbers.data(), 0), 0);
  EXPECT_EQ(value(0), 60U);
  const auto beyond = kernel::VariableReader::open("v", section.get(), 24, {8, 3, 8});
  ASSERT_FALSE(beyond);
  EXPECT_THAT(beyond.error().message(), HasSubstr("it ends beyond its section"));
}

}  // namespace
}  // namespace bpfmap::test
