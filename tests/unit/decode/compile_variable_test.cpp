// SPDX-License-Identifier: Apache-2.0
#include <linux/bpf.h>

#include "support/rendering.h"
#include "unit/decode/plan_fixture.h"

// `variable:`, a global variable of the object as an array map.
namespace bpfmap::decode {
namespace {

class CompileVariable : public PlanTest {
 protected:
  CompileVariable() {
    const auto entry = structure("entry", {{"packets", number("u64")}, {"bytes", number("u32")}});
    globals_ = {{"total", ".bss", number("u64"), 8},
                {"ports", ".data", array(number("u32"), 4), 16},
                {"stats", ".bss", entry, 32},
                {"per_queue", ".bss", array(entry, 3), 64},
                {"matrix", ".bss", array(array(number("u32"), 2), 3), 128},
                {"name", ".data", text(16), 0}};
  }

  // The rows that a walk of the variable returns: elements by index.
  template <typename Value>
  std::string render_values(const std::string& entry, const std::vector<Value>& values) {
    names_ = {};
    const ObjectPlan plan = compile("object: test.bpf.o\nmaps: [ { " + entry + " } ]\n");
    if (plan.maps.size() != 1) {
      ADD_FAILURE() << ::testing::PrintToString(messages_);
      return {};
    }
    test::RowBuilder rows(plan.maps[0].info.shape);
    for (std::uint32_t i = 0; i < values.size(); ++i) rows.add(i, values[i]);
    return test::render(plan.maps[0].samples, rows.rows(), host_).body.to_string();
  }
};

struct Entry {
  std::uint64_t packets;
  std::uint64_t bytes;  // with the padding behind it
};

TEST_F(CompileVariable, ANumberHasNoLabels) {
  EXPECT_EQ(render_values<std::uint64_t>("variable: total, metrics: [ { counter: c_total } ]", {5}),
            "# TYPE c_total counter\nc_total 5\n");
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(CompileVariable, AnArrayHasItsIndexAsKey) {
  EXPECT_EQ(render_values<std::uint32_t>(
                "variable: ports, labels: { port: { field: key } }, metrics: [ { gauge: g } ]",
                {5, 6, 7, 8}),
            "# TYPE g gauge\ng{port=\"0\"} 5\ng{port=\"1\"} 6\ng{port=\"2\"} 7\ng{port=\"3\"} 8\n");
}

TEST_F(CompileVariable, FieldsOfAStructAndOfAnArrayOfThem) {
  EXPECT_EQ(render_values<Entry>("variable: stats, metrics: [ { counter: b_total, value: bytes } ]",
                                 {{1, 2}}),
            "# TYPE b_total counter\nb_total 2\n");
  EXPECT_EQ(
      render_values<Entry>("variable: per_queue, metrics: [ { counter: p_total, value: packets } ]",
                           {{1, 2}, {3, 4}, {5, 6}}),
      "# TYPE p_total counter\np_total{key=\"0\"} 1\np_total{key=\"1\"} 3\np_total{key=\"2\"} 5\n");
}

TEST_F(CompileVariable, AnArrayOfArraysIsOneOfRows) {
  EXPECT_EQ(render_values<std::uint64_t>(
                "variable: matrix, metrics: [ { gauge: g, value: \"[1]\" } ]",
                {std::uint64_t{7} << 32, std::uint64_t{8} << 32, std::uint64_t{9} << 32}),
            "# TYPE g gauge\ng{key=\"0\"} 7\ng{key=\"1\"} 8\ng{key=\"2\"} 9\n");
}

TEST_F(CompileVariable, SaysWhereItLies) {
  const ObjectPlan plan = compile(
      "object: test.bpf.o\nmaps: [ { variable: per_queue, interval: 7s, metrics: [ { gauge: g, "
      "value: bytes } ] } ]\n");
  ASSERT_EQ(plan.maps.size(), 1U);
  ASSERT_TRUE(plan.maps[0].variable);
  EXPECT_EQ(plan.maps[0].variable->section, ".bss");
  EXPECT_EQ(plan.maps[0].variable->offset, 64U);
  EXPECT_EQ(plan.maps[0].info.shape.max_entries, 3U);
  EXPECT_EQ(plan.maps[0].info.shape.value_size, 16U);
  EXPECT_EQ(plan.maps[0].interval, std::chrono::seconds(7));
}

TEST_F(CompileVariable, IsRefusedWhereItMakesNoSense) {
  EXPECT_THAT(check("variable: totl, metrics: [ { counter: c_total } ]"),
              ElementsAre("error 2:21 no global variable 'totl' in test.bpf.o (did you mean "
                          "'total'?)"));
  EXPECT_THAT(check("variable: total, reader: batch, metrics: [ { counter: c_total } ]"),
              ElementsAre("error 2:36 a variable has no 'reader': its section is mapped"));
  EXPECT_THAT(check("variable: total, mode: drain, metrics: [ { counter: c_total } ]"),
              ElementsAre(StartsWith("error 2:34 mode drain takes entries out of hash maps")));
  EXPECT_THAT(
      check("variable: total, expire_after: 1m, delete_expired: true, metrics: [ { "
            "counter: c_total } ]"),
      ElementsAre("error 2:42 delete_expired: entries of 'total' cannot be deleted, because "
                  "it is an array"));
  EXPECT_THAT(check("variable: total, cpu: true, metrics: [ { counter: c_total } ]"),
              ElementsAre(HasSubstr("not a per-CPU map")));
  EXPECT_THAT(check("variable: stats, metrics: [ { counter: c_total } ]"),
              ElementsAre(HasSubstr("value of map 'stats'")));
  EXPECT_THAT(check("variable: name, metrics: [ { gauge: g } ]"), ::testing::SizeIs(1));
}

}  // namespace
}  // namespace bpfmap::decode
