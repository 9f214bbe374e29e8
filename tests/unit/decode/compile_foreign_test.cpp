// SPDX-License-Identifier: Apache-2.0
#include "decode/compile_foreign.h"

#include <linux/bpf.h>

#include "support/rendering.h"
#include "unit/decode/plan_fixture.h"

// Maps that others have loaded, and maps of maps, as what they look like when they are found.
namespace bpfmap::decode {
namespace {

class CompileForeign : public PlanTest {
 protected:
  // Compiles a file whose only map is this entry of `maps`, which begins in line 1, column 11.
  std::optional<RowsPlan> compile_found(const std::string& entry, const kernel::MapInfo& info,
                                        const std::vector<std::string>& labels = {"x", "y"}) {
    const auto source = source_of("maps: [ { " + entry + " } ]\n");
    config::Diagnostics diagnostics(source);
    const auto no_variables = [](const std::string&) { return std::optional<std::string>(); };
    const config::Config config = config::parse_config(source, no_variables, diagnostics);
    std::optional<RowsPlan> plan;
    if (config.maps.size() == 1 && !diagnostics.has_errors()) {
      plan = compile_foreign(config, config.maps[0], info, labels, diagnostics);
    }
    messages_ = lines_of(diagnostics);
    return plan;
  }

  std::string render(const std::optional<RowsPlan>& plan, const test::RowBuilder& rows) {
    if (!plan) {
      ADD_FAILURE() << ::testing::PrintToString(messages_);
      return {};
    }
    return test::render(plan->samples, rows.rows(), host_).body.to_string();
  }
};

// Rows as a reader of several maps returns them.
struct KeyAndMap {
  std::uint32_t key;
  std::uint32_t map;
};

kernel::MapShape suffixed(kernel::MapShape shape) {
  shape.key_size += 4;
  return shape;
}

const kernel::MapInfo kCounts = hash_map(number("u32"), number("u64"), "counts");

TEST_F(CompileForeign, OneMapIsCompiledAsItIs) {
  const auto plan = compile_found("pinned: /p/x, metrics: [ { counter: c_total } ]", kCounts);
  test::RowBuilder rows(kCounts.shape);
  rows.add(std::uint32_t{7}, std::uint64_t{70});
  EXPECT_EQ(render(plan, rows), "# TYPE c_total counter\nc_total{key=\"7\"} 70\n");
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(CompileForeign, SeveralAreToldApartByALabel) {
  test::RowBuilder rows(suffixed(kCounts.shape));
  rows.add(KeyAndMap{7, 0}, std::uint64_t{70});
  rows.add(KeyAndMap{7, 1}, std::uint64_t{71});
  const std::string metrics = ", metrics: [ { counter: c_total } ]";
  EXPECT_EQ(render(compile_found("pinned: \"/p/*\"" + metrics, kCounts), rows),
            "# TYPE c_total counter\nc_total{key=\"7\",map=\"x\"} 70\n"
            "c_total{key=\"7\",map=\"y\"} 71\n");
  EXPECT_EQ(render(compile_found("pinned: \"/p/*\", map_label: app" + metrics, kCounts), rows),
            "# TYPE c_total counter\nc_total{key=\"7\",app=\"x\"} 70\n"
            "c_total{key=\"7\",app=\"y\"} 71\n");
  EXPECT_EQ(render(compile_found("loaded: { name: n }, map_label: id" + metrics, kCounts), rows),
            "# TYPE c_total counter\nc_total{key=\"7\",id=\"x\"} 70\n"
            "c_total{key=\"7\",id=\"y\"} 71\n");
  EXPECT_EQ(render(compile_found("pinned: \"/p/*\", labels: {}" + metrics, kCounts), rows),
            "# TYPE c_total counter\nc_total{map=\"x\"} 70\nc_total{map=\"y\"} 71\n");
}

TEST_F(CompileForeign, SeveralAreAddedUpWithoutALabelAndWithoutANotice) {
  test::RowBuilder rows(suffixed(kCounts.shape));
  rows.add(KeyAndMap{7, 0}, std::uint64_t{70});
  rows.add(KeyAndMap{7, 1}, std::uint64_t{71});
  for (const std::string origin : {"pinned: \"/p/*\", map_label: false", "loaded: { name: n }"}) {
    for (const std::string labels : {"", ", labels: { key: }"}) {
      const auto plan =
          compile_found(origin + labels + ", metrics: [ { counter: c_total } ]", kCounts);
      EXPECT_EQ(render(plan, rows), "# TYPE c_total counter\nc_total{key=\"7\"} 141\n");
      EXPECT_THAT(messages_, IsEmpty());
    }
  }
}

TEST_F(CompileForeign, WhatIsSummedAwayOfTheKeyIsMentionedAndNothingElse) {
  const auto key = structure("k", {{"a", number("u32")}, {"b", number("u32")}});
  const auto info = hash_map(key, number("u64"), "counts");
  compile_found("loaded: { name: n }, labels: { a: }, metrics: [ { counter: c_total } ]", info);
  EXPECT_THAT(messages_, ElementsAre("notice 1:27 key of map 'n': 'b' is summed away"));
}

TEST_F(CompileForeign, SeveralArraysOfOneEntryKeepTheirLabel) {
  const auto info = array_map(number("u64"), 1);
  test::RowBuilder rows(suffixed(info.shape));
  rows.add(KeyAndMap{0, 0}, std::uint64_t{1});
  rows.add(KeyAndMap{0, 1}, std::uint64_t{2});
  EXPECT_EQ(
      render(compile_found("pinned: \"/p/*\", metrics: [ { counter: c_total } ]", info), rows),
      "# TYPE c_total counter\nc_total{map=\"x\"} 1\nc_total{map=\"y\"} 2\n");
}

TEST_F(CompileForeign, ALabelThatIsAFieldOfTheKeyIsRefused) {
  const auto key = structure("k", {{"map", number("u32")}, {"b", number("u32")}});
  const auto info = hash_map(key, number("u64"));
  for (const std::string labels : {"", ", labels: { b: }"}) {
    EXPECT_FALSE(
        compile_found("pinned: \"/p/*\"" + labels + ", metrics: [ { counter: c_total } ]", info));
    EXPECT_THAT(messages_, ElementsAre("error 1:19 label 'map', which tells the maps apart, is a "
                                       "field of their key as well; choose another 'map_label'"));
  }
  EXPECT_TRUE(
      compile_found("pinned: \"/p/*\", map_label: pin, metrics: [ { counter: c_total } ]", info));
}

TEST_F(CompileForeign, WithoutBtfFieldsAreNamedByTheirBytes) {
  const auto info = without_btf(hash_map(array(number("u8"), 6), number("u64")));
  const auto plan = compile_found(
      "pinned: /p/x, labels: { port: { offset: 4, type: u16 } }, metrics: [ { counter: c_total } ]",
      info);
  EXPECT_TRUE(plan) << ::testing::PrintToString(messages_);
  compile_found("pinned: /p/x, metrics: [ { counter: c_total } ]", info);
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("has no BTF: list its labels by offset")));
}

TEST_F(CompileForeign, WhatDoesNotFitIsReportedAtItsPlace) {
  EXPECT_FALSE(
      compile_found("pinned: /p/x, metrics: [ { counter: c_total, value: zz } ]", kCounts));
  EXPECT_THAT(messages_, ElementsAre("error 1:63 value of map '/p/x': unknown field 'zz': there "
                                     "is only one u64, called 'value'"));
  auto ring = kCounts;
  ring.shape.type = BPF_MAP_TYPE_RINGBUF;
  EXPECT_FALSE(compile_found("pinned: /p/x, metrics: [ { counter: c_total } ]", ring));
  EXPECT_THAT(messages_, ElementsAre("error 1:19 map '/p/x' is a ringbuf, which cannot be walked: "
                                     "it carries events, not counts"));
}

// A hash of maps under u16 keys.
kernel::MapInfo map_of(const kernel::MapInfo& inner) {
  kernel::MapInfo outer = hash_map(number("u16"), number("u32"), "m");
  outer.shape.type = BPF_MAP_TYPE_HASH_OF_MAPS;
  outer.inner = std::make_shared<const kernel::MapInfo>(inner);
  return outer;
}

#pragma pack(push, 1)
struct KeyAndOuter {
  std::uint32_t key;
  std::uint16_t outer;
};
struct KeyOuterAndMap {
  std::uint32_t key;
  std::uint16_t outer;
  std::uint32_t map;
};
#pragma pack(pop)

TEST_F(CompileForeign, MapsOfMapsHaveTheOuterKey) {
  auto shape = kCounts.shape;
  shape.key_size = sizeof(KeyAndOuter);
  test::RowBuilder rows(shape);
  rows.add(KeyAndOuter{7, 300}, std::uint64_t{70});
  EXPECT_EQ(
      render(compile_found("pinned: /p/x, metrics: [ { counter: c_total } ]", map_of(kCounts)),
             rows),
      "# TYPE c_total counter\nc_total{key=\"7\",outer=\"300\"} 70\n");
  shape.key_size = sizeof(KeyOuterAndMap);
  test::RowBuilder several(shape);
  several.add(KeyOuterAndMap{7, 300, 1}, std::uint64_t{70});
  EXPECT_EQ(
      render(compile_found("pinned: \"/p/*\", metrics: [ { counter: c_total } ]", map_of(kCounts)),
             several),
      "# TYPE c_total counter\nc_total{key=\"7\",outer=\"300\",map=\"y\"} 70\n");
}

TEST_F(CompileForeign, MapsOfMapsAreNeitherDrainedNorDeletedFrom) {
  EXPECT_FALSE(compile_found("pinned: /p/x, mode: drain, metrics: [ { counter: c_total } ]",
                             map_of(kCounts)));
  EXPECT_THAT(messages_, ElementsAre(StartsWith("error 1:31 mode drain takes entries out of hash "
                                                "maps")));
  EXPECT_FALSE(
      compile_found("pinned: /p/x, expire_after: 1m, delete_expired: true, metrics: [ { counter: "
                    "c_total } ]",
                    map_of(kCounts)));
  EXPECT_THAT(messages_, ElementsAre("error 1:39 delete_expired: entries of '/p/x' cannot be "
                                     "deleted, because it is a map of maps"));
}

TEST_F(CompileForeign, InnerMapsThatCannotBeWalkedAreNamed) {
  auto ring = kCounts;
  ring.shape.type = BPF_MAP_TYPE_RINGBUF;
  EXPECT_FALSE(compile_found("pinned: /p/x, metrics: [ { counter: c_total } ]", map_of(ring)));
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("ringbuf, which cannot be walked")));
}

}  // namespace
}  // namespace bpfmap::decode
