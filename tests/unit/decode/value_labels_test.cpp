// SPDX-License-Identifier: Apache-2.0
#include "decode/value_labels.h"

#include "plan_fixture.h"

namespace bpfmap::decode {
namespace {

class ValueLabelsTest : public PlanTest {
 protected:
  ValueLabelsTest() { maps_ = {hash_map(number("u32"), owner())}; }

  static kernel::TypePtr owner() {
    return structure("struct owner", {{"count", number("u64")},
                                      {"comm", text(16)},
                                      {"cpu", number("u32")},
                                      {"low", number("u8"), 3},
                                      {"high", number("u8"), 5}});
  }
  // What the labels of map m are made of, of one value.
  std::vector<int> bytes(const std::string& labels, const std::vector<test::Bytes>& values) {
    auto info = values.size() == 1 ? hash_map(number("u32"), owner())
                                   : per_cpu_map(number("u32"), owner(),
                                                 static_cast<std::uint32_t>(values.size()));
    maps_ = {info};
    names_ = {};
    const auto plan = compile("object: test.bpf.o\nmaps: [ { map: m, labels: { " + labels +
                              " }, metrics: [ { counter: c_total, value: count } ] } ]\n");
    EXPECT_FALSE(failed_) << ::testing::PrintToString(messages_);
    if (plan.maps.empty()) return {};
    test::RowBuilder rows(info.shape);
    rows.add(test::bytes_of(std::uint32_t{1}), values);
    const ValueLabels& written = plan.maps[0].value_labels;
    test::Bytes out(written.bytes());
    written.write(rows.rows().front(), 0, out.data());
    std::vector<int> numbers;
    for (const std::byte byte : out) numbers.push_back(std::to_integer<int>(byte));
    return numbers;
  }
  struct Owner {
    std::uint64_t count = 0;
    char comm[16] = {};
    std::uint32_t cpu = 0;
    std::uint8_t bits = 0;
    std::uint8_t padding[3] = {};
  };
  static test::Bytes value(const Owner& owner) { return test::bytes_of(owner); }
};

TEST_F(ValueLabelsTest, AreNothingWhereNoLabelIsMadeOfTheValue) {
  EXPECT_THAT(bytes("key: ", {value({})}), IsEmpty());
}

TEST_F(ValueLabelsTest, AreThePartsInTheOrderOfLabels) {
  EXPECT_THAT(bytes("key: , cpu_number: { value: cpu }, high: { value: high }",
                    {value({.cpu = 0x01020304, .bits = 0b1011'0101})}),
              ElementsAre(4, 3, 2, 1, 0b1011'0000));
  EXPECT_THAT(bytes("a: { value: { offset: 24, type: u16 } }", {value({.cpu = 0x01020304})}),
              ElementsAre(4, 3));
}

TEST_F(ValueLabelsTest, OfTextAreBlankBehindItsEnd) {
  const Owner dirty{.comm = {'a', 'b', 0, 'x', 'y'}};
  EXPECT_THAT(bytes("comm: { value: comm }", {value(dirty)}),
              ElementsAre('a', 'b', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  const std::vector<int> hex = bytes("comm: { value: comm, decode: hex }", {value(dirty)});
  EXPECT_EQ(hex.at(3), 'x') << "it is shown";
}

TEST_F(ValueLabelsTest, AreThoseOfTheFirstCpuThatHasSome) {
  const Owner none{.count = 7};
  EXPECT_THAT(
      bytes("a: { value: cpu }, b: { value: low }",
            {value(none), value({.bits = 0xf8}), value({.cpu = 2}), value({.cpu = 3, .bits = 1})}),
      ElementsAre(2, 0, 0, 0, 0))
      << "bits of another field are not its own";
  EXPECT_THAT(bytes("a: { value: cpu }", {value(none), value(none)}), ElementsAre(0, 0, 0, 0));
}

TEST_F(ValueLabelsTest, SayHowAConstantIsWritten) {
  EXPECT_THAT(
      check("map: m, labels: { key: , source: { value: kernel } }, "
            "metrics: [ { counter: c_total, value: count } ]"),
      ElementsAre("error 2:53 value of map 'm': unknown field 'kernel' in struct owner (one of: "
                  "count, comm, cpu, low, high); a label that always reads 'kernel' is { constant: "
                  "kernel }"));
}

TEST_F(ValueLabelsTest, WarnOfLabelsThatChangeWithEveryCount) {
  EXPECT_THAT(check("map: m, labels: { key: , kind: { value: count } }, "
                    "metrics: [ { counter: c_total, value: count } ]"),
              ElementsAre("warning 2:51 label 'kind' is made of 'count', which 'c_total' exports: "
                          "every new number begins a new series (a label that always reads 'count' "
                          "is { constant: count })"));
}

TEST_F(ValueLabelsTest, CannotBeOfOneCpu) {
  maps_ = {per_cpu_map(number("u32"), owner(), 4)};
  EXPECT_THAT(
      check("map: m, cpu: true, labels: { key: , comm: { value: comm } }, "
            "metrics: [ { counter: c_total, value: count } ]"),
      ElementsAre(HasSubstr("error 2:24 map 'm' has labels of its value, which are those of "
                            "one CPU for the whole entry; leave 'cpu' out")));
}

TEST_F(ValueLabelsTest, DoNotLetLabelsOfTheKeyReachIntoTheValue) {
  EXPECT_THAT(check("map: m, labels: { a: { offset: 4, type: u32 }, comm: { value: comm } }, "
                    "metrics: [ { counter: c_total, value: count } ]"),
              Contains(HasSubstr("bytes 4 to 7 lie beyond the 4 bytes of the key of map 'm'")));
  EXPECT_THAT(check("map: m, labels: { a: { field: comm }, b: { value: comm } }, "
                    "metrics: [ { counter: c_total, value: count } ]"),
              ElementsAre(AllOf(HasSubstr("unknown field 'comm'"), Not(HasSubstr("<value>")))));
}

TEST_F(ValueLabelsTest, MayBeAllLabelsAndSayWhatIsSummedAway) {
  EXPECT_THAT(check("map: m, labels: { comm: { value: comm } }, "
                    "metrics: [ { counter: c_total, value: count } ]"),
              ElementsAre("notice 2:16 key of map 'm': 'key' is summed away"));
}

TEST_F(ValueLabelsTest, NeedOffsetsWhereThereIsNoBtf) {
  maps_ = {without_btf(hash_map(number("u32"), owner()))};
  EXPECT_THAT(
      check("map: m, labels: { key: { offset: 0, type: u32 }, comm: { value: { offset: 8, "
            "size: 16, type: char } } }, metrics: [ { counter: c_total, value: { offset: 0, "
            "type: u64 } } ]"),
      IsEmpty());
  EXPECT_THAT(check("map: m, labels: { key: { offset: 0, type: u32 }, comm: { value: comm } }, "
                    "metrics: [ { counter: c_total, value: { offset: 0, type: u64 } } ]"),
              ElementsAre(HasSubstr("has no BTF: name its parts by offset, size and type")));
  EXPECT_THAT(check("map: m, labels: { comm: { value: { offset: 30, size: 16, type: char } } }, "
                    "metrics: [ { counter: c_total, value: { offset: 0, type: u64 } } ]"),
              Contains(HasSubstr("lie beyond the 32 bytes of the value of map 'm'")));
}

TEST_F(ValueLabelsTest, AreDecodedAsThoseOfTheKey) {
  EXPECT_THAT(check("map: m, labels: { a: { value: comm, decode: ipv4 } }, "
                    "metrics: [ { counter: c_total, value: count } ]"),
              ElementsAre(HasSubstr("'ipv4' needs 4 bytes")));
}

}  // namespace
}  // namespace bpfmap::decode
