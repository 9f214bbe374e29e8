// SPDX-License-Identifier: Apache-2.0
#include "unit/decode/plan_fixture.h"

// What is wrong with histograms, by its exact place and text.
namespace bpfmap::decode {
namespace {

class CompileHistogram : public PlanTest {
 protected:
  CompileHistogram() {
    maps_ = {
        hash_map(structure("struct key",
                           {{"slot", number("u32")}, {"ratio", number("f64")}, {"comm", text(8)}}),
                 structure("struct value", {{"count", number("u64")},
                                            {"seconds", number("f64")},
                                            {"slots", array(number("u64"), 4)}}))};
  }

  // The histogram `h` with more settings, which begin at column 53 of line 2.
  const std::vector<std::string>& histogram(const std::string& settings) {
    return check("map: m, labels: {}, metrics: [ { histogram: h, " + settings + " } ]");
  }
  // Without what is said about labels.
  std::vector<std::string> errors(const std::string& settings) {
    std::vector<std::string> lines = histogram(settings);
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("notice"); });
    return lines;
  }
  std::vector<std::string> rows(const std::string& buckets) {
    return errors("bucket: slot, value: count, buckets: " + buckets);
  }
  std::vector<std::string> array_of(std::uint32_t elements, const std::string& buckets) {
    maps_[0].value = array(number("u32"), elements);
    maps_[0].shape.value_size = maps_[0].value->size;
    return errors("buckets: " + buckets);
  }
};

TEST_F(CompileHistogram, RightOnes) {
  EXPECT_THAT(rows("{ max: 26 }"), IsEmpty());
  EXPECT_THAT(rows("{ min: 3, max: 3, sum: { key: 4 } }"), IsEmpty());
  EXPECT_THAT(rows("{ scale: linear, step: 0.5, max: 999, sum: seconds }"), IsEmpty());
  EXPECT_THAT(rows("[ 1, 2, 3 ]"), IsEmpty());
  EXPECT_THAT(errors("buckets: { sum: count }"), IsEmpty());
  EXPECT_THAT(errors("value: slots, buckets: { min: -3, max: 0 }"), IsEmpty());
  EXPECT_THAT(errors("value: { offset: 16, size: 16, type: u32 }, buckets: {}"), IsEmpty());
}

TEST_F(CompileHistogram, BucketsOfRowsNeedAMax) {
  EXPECT_THAT(rows("{ scale: exp2 }"),
              ElementsAre("error 2:95 histogram 'h': buckets need a 'max', the slot of the last"
                          " finite bucket, because a key can be any slot"));
}

TEST_F(CompileHistogram, TheSlotIsAnIntegerOfTheKey) {
  EXPECT_THAT(errors("bucket: slto, buckets: { max: 3 }"),
              ElementsAre("error 2:66 key of map 'm': unknown field 'slto' in struct key (did you"
                          " mean 'slot'?)"));
  EXPECT_THAT(errors("bucket: ratio, value: count, buckets: { max: 3 }"),
              ElementsAre("error 2:66 histogram 'h': bucket 'ratio' is f64, not an integer"));
  EXPECT_THAT(errors("bucket: comm, value: count, buckets: { max: 3 }"),
              ElementsAre("error 2:66 histogram 'h': bucket 'comm' is char[8], not an integer"));
}

TEST_F(CompileHistogram, TheCountIsAnInteger) {
  EXPECT_THAT(errors("bucket: slot, value: seconds, buckets: { max: 3 }"),
              ElementsAre("error 2:79 histogram 'h': counts of buckets are integers, not floats"));
  EXPECT_THAT(errors("bucket: slot, value: slots, buckets: { max: 3 }"),
              ElementsAre("error 2:79 'slots' of map 'm' is u64[4], not a number; name one element,"
                          " such as 'slots[0]'"));
  EXPECT_THAT(
      errors("bucket: slot, buckets: { max: 3 }"),
      ElementsAre("error 2:55 the value of map 'm' has 3 fields: say which one with 'value:'"
                  " ('count', 'seconds' and 'slots')"));
  maps_[0].value = number("f64");
  maps_[0].shape.value_size = 8;
  EXPECT_THAT(errors("bucket: slot, buckets: { max: 3 }"),
              ElementsAre("error 2:55 histogram 'h': counts of buckets are integers, not floats"));
}

TEST_F(CompileHistogram, TheKeyOfTheSumIsNoBucket) {
  EXPECT_THAT(rows("{ max: 27, sum: { key: 27 } }"),
              ElementsAre("error 2:118 histogram 'h': key 27 cannot hold the sum: it is one of the"
                          " buckets 0 to 27"));
  EXPECT_THAT(rows("{ min: 5, max: 27, sum: { key: 0 } }"), IsEmpty());
  EXPECT_THAT(rows("{ max: 27, sum: { key: 18446744073709551615 } }"), IsEmpty());
  EXPECT_THAT(rows("{ bounds: [ 1, 2 ], sum: { key: 1 } }"),
              ElementsAre("error 2:127 histogram 'h': key 1 cannot hold the sum: it is one of the"
                          " buckets 0 to 1"));
  EXPECT_THAT(errors("buckets: { sum: { key: 4 } }"),
              ElementsAre("error 2:81 histogram 'h': a sum by key needs one bucket a row"
                          " ('bucket:'); name a field of the value"));
}

TEST_F(CompileHistogram, TheSumIsANumberOfTheValue) {
  EXPECT_THAT(rows("{ max: 3, sum: totla }"),
              ElementsAre("error 2:110 value of map 'm': unknown field 'totla' in struct value (one"
                          " of: count, seconds, slots)"));
  EXPECT_THAT(
      rows("{ max: 3, sum: slots }"),
      ElementsAre("error 2:110 'slots' of map 'm' is u64[4], not a number; name one element,"
                  " such as 'slots[0]'"));
  EXPECT_THAT(rows("{ max: 3, sum: { offset: 48, type: u64 } }"),
              ElementsAre("error 2:110 bytes 48 to 55 lie beyond the 48 bytes of the value of map"
                          " 'm'"));
}

TEST_F(CompileHistogram, BucketsOfAnArray) {
  EXPECT_THAT(
      errors("value: count, buckets: {}"),
      ElementsAre("error 2:65 histogram 'h': 'count' is u64, not an array; where each key is"
                  " a bucket, name the key's field with 'bucket:'"));
  EXPECT_THAT(errors("value: slotz, buckets: {}"),
              ElementsAre("error 2:65 value of map 'm': unknown field 'slotz' in struct value (did"
                          " you mean 'slots'?)"));
  EXPECT_THAT(errors("value: slots, buckets: { min: 1, max: 5 }"),
              ElementsAre("error 2:96 histogram 'h': max is 5, but the array's last slot is 4"));
  EXPECT_THAT(errors("buckets: { max: -1 }"),
              ElementsAre("error 2:74 histogram 'h': max -1 is below min 0"));
  EXPECT_THAT(
      errors("buckets: [ 1, 2 ]"),
      ElementsAre("error 2:55 histogram 'h': the array has 4 elements for 2 bounds; expected"
                  " one an element, and at most one element more for +Inf"));
  EXPECT_THAT(
      errors("value: slots, buckets: [ 1, 2, 3, 4, 5 ]"),
      ElementsAre("error 2:65 histogram 'h': the array has 4 elements for 5 bounds; expected"
                  " one an element, and at most one element more for +Inf"));
}

TEST_F(CompileHistogram, ArraysOfTheWrongLength) {
  EXPECT_THAT(array_of(1, "{}"), ElementsAre("error 2:55 histogram 'h': an array of one element has"
                                             " no finite bucket; set 'max'"));
  EXPECT_THAT(array_of(1, "{ max: 0 }"), IsEmpty());
  EXPECT_THAT(array_of(1001, "{ scale: linear }"), IsEmpty());
  EXPECT_THAT(
      array_of(1002, "{ scale: linear }"),
      ElementsAre("error 2:55 histogram 'h': 'value' has 1002 elements, expected 1 to 1001"));
}

TEST_F(CompileHistogram, ArraysOfWhatIsNoCount) {
  maps_[0].value =
      structure("struct v", {{"a", array(number("f32"), 4)},
                             {"b", array(structure("struct p", {{"x", number("u32")}}), 2)}});
  maps_[0].shape.value_size = maps_[0].value->size;
  EXPECT_THAT(errors("value: a, buckets: {}"),
              ElementsAre("error 2:65 histogram 'h': counts of buckets are integers, not floats"));
  EXPECT_THAT(errors("value: b, buckets: {}"),
              ElementsAre("error 2:65 histogram 'h': the elements of 'b' are no numbers"));
  EXPECT_THAT(
      errors("buckets: {}"),
      ElementsAre("error 2:55 histogram 'h': the value has the arrays 'a' and 'b': name the"
                  " array of the value with 'value:', or the field of the key that says which"
                  " bucket a row is with 'bucket:'"));
}

TEST_F(CompileHistogram, WithoutBucketsInTheMap) {
  maps_[0].value = number("u64");
  maps_[0].shape.value_size = 8;
  EXPECT_THAT(errors("buckets: { max: 3 }"),
              ElementsAre("error 2:55 histogram 'h': no buckets found: name the array of the value"
                          " with 'value:', or the field of the key that says which bucket a row is"
                          " with 'bucket:'"));
  maps_[0] = without_btf(maps_[0]);
  maps_[0].shape.value_size = 48;
  EXPECT_THAT(errors("buckets: { max: 3 }"),
              ElementsAre("error 2:55 histogram 'h': no buckets found: name the array of the value"
                          " with 'value:', or the field of the key that says which bucket a row is"
                          " with 'bucket:'"));
  EXPECT_THAT(errors("value: { offset: 16, size: 32, type: u64 }, buckets: {}"), IsEmpty());
  EXPECT_THAT(
      errors("value: { offset: 16, type: u64 }, buckets: {}"),
      ElementsAre("error 2:65 histogram 'h': 'bytes' is u64, not an array; where each key is"
                  " a bucket, name the key's field with 'bucket:'"));
}

TEST_F(CompileHistogram, TooManyBuckets) {
  EXPECT_THAT(rows("{ scale: linear, min: 1, max: 1000 }"), IsEmpty());
  EXPECT_THAT(rows("{ scale: linear, min: 1, max: 1001 }"),
              ElementsAre("error 2:95 histogram 'h': more than 1000 buckets"));
  EXPECT_THAT(rows("{ min: -2147483647, max: 2147483647 }"),
              ElementsAre("error 2:95 histogram 'h': more than 1000 buckets"));
}

TEST_F(CompileHistogram, BoundsThatNoNumberHolds) {
  EXPECT_THAT(rows("{ min: 1000, max: 1030 }"),
              ElementsAre("error 2:95 histogram 'h': the bound of slot 1024 is too large"));
  EXPECT_THAT(
      rows("{ min: -1080, max: -1070 }"),
      ElementsAre("error 2:95 histogram 'h': the bound of slot -1079 is not above that of the"
                  " slot before"));
  EXPECT_THAT(rows("{ scale: exp2zero, min: -1, max: 3 }"),
              ElementsAre("error 2:95 histogram 'h': the bound of slot 0 is not above that of the"
                          " slot before"));
}

// Not only the bare bounds: the unit moves them, too.
TEST_F(CompileHistogram, BoundsThatNoNumberHoldsInTheirUnit) {
  EXPECT_THAT(rows("{ min: 1000, max: 1020, unit: 1KB }"),
              ElementsAre("error 2:95 histogram 'h': the bound of slot 1015 is too large"));
  EXPECT_THAT(
      rows("{ min: -1074, max: -1060, unit: 1ns }"),
      ElementsAre("error 2:95 histogram 'h': the bound of slot -1073 is not above that of the"
                  " slot before"));
  EXPECT_THAT(rows("{ bounds: [ 1e-320, 1e-300 ], unit: 1ns }"), IsEmpty());
  EXPECT_THAT(rows("{ bounds: [ 1e-321, 1e-320 ], unit: 1ns }"),
              ElementsAre("error 2:95 histogram 'h': the bound of slot 1 is not above that of the"
                          " slot before"));
}

// The parser refuses min and max beside bounds, and compilation goes on to find more.
TEST_F(CompileHistogram, AfterAnErrorOfTheParserBoundsAreStillNumberedFromZero) {
  EXPECT_THAT(rows("{ scale: explicit, min: -5, bounds: [ 1, 2 ], sum: cuont }"),
              ElementsAre("error 2:114 '"
                          "scale: explicit' has no 'min': 'bounds' says which buckets"
                          " there are",
                          "error 2:146 value of map 'm': unknown field 'cuont' in struct value (did"
                          " you mean 'count'?)"));
}

}  // namespace
}  // namespace bpfmap::decode
