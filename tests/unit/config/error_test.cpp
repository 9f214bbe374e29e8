// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "parse_text.h"

// Every mistake the language knows, with its place and its words.
namespace bpfmap::config {
namespace {

struct Case {
  std::string name;
  std::string text;
  std::vector<std::string> messages;
};

// Test runners list what a case prints; its texts would be too much.
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

const std::string one_map = "maps: [{map: m, metrics: [{counter: c}]}]\n";

// `text` stands at the beginning of line 3.
std::string file(const std::string& text) { return "object: x\n" + one_map + text + "\n"; }
// Keys of a map, from line 3 on, in column 3.
std::string map(const std::string& keys) {
  return "object: x\nmaps:\n- map: m\n  " + keys + "\n  metrics: [{counter: c}]\n";
}
// `text` is line 5, from column 3 on.
std::string metric(const std::string& text) {
  return "object: x\nmaps:\n- map: m\n  metrics: [\n  " + text + "\n  ]\n";
}
std::string label(const std::string& text) { return map("labels: { a: " + text + " }"); }
std::string buckets(const std::string& text) {
  return metric("{ histogram: h, buckets: " + text + " }");
}

class FileError : public testing::TestWithParam<Case> {};

TEST_P(FileError, IsReported) {
  EXPECT_EQ(parse_text(GetParam().text).messages, GetParam().messages) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    File, FileError,
    testing::Values(
        Case{"List", "- a\n", {"1:1 the file: expected a mapping, found a list"}},
        Case{"Text", "a\n", {"1:1 the file: expected a mapping, found 'a'"}},
        Case{"NoMapping",
             "{}\n",
             {"0:0 the file needs 'maps', the list of maps to export",
              "0:0 the file needs 'object' (a path) or 'builtin' (a name)"}},
        Case{"UnknownKey",
             file("prefx: a"),
             {"3:1 unknown key 'prefx' in the file (did you mean 'prefix'?)"}},
        Case{"UnknownKeyFarOff",
             file("something: a"),
             {"3:1 unknown key 'something' in the file (one of: object, builtin, prefix, labels, "
              "interval, max_age, globals, kernel_addresses, programs, cgroup_ids, maps, "
              "inventory)"}},
        // Not in the language yet, hence an error and not ignored.
        Case{"Pin",
             file("pin: true"),
             {"3:1 unknown key 'pin' in the file (one of: object, builtin, prefix, labels, "
              "interval, max_age, globals, kernel_addresses, programs, cgroup_ids, maps, "
              "inventory)"}},
        Case{"Inventory",
             file("inventory: {}"),
             {"3:12 inventory: expected true or false, found a mapping"}},
        Case{"NoObjectButGlobals",
             "globals: { a: 1 }\nmaps: [{pinned: /a, metrics: [{counter: c}]}]\n",
             {"1:1 'globals' needs 'object' or 'builtin'"}},
        Case{"NoObjectButPrograms",
             "inventory: true\nprograms: { a: }\n",
             {"2:1 'programs' needs 'object' or 'builtin'"}},
        Case{
            "NoObjectForOneOfTheMaps",
            "maps: [{pinned: /a, metrics: [{counter: c}]}, {variable: v, metrics: [{gauge: g}]}]\n",
            {"0:0 the file needs 'object' (a path) or 'builtin' (a name)"}},
        Case{"NoObject", one_map, {"0:0 the file needs 'object' (a path) or 'builtin' (a name)"}},
        Case{"ObjectAndBuiltin",
             file("builtin: y"),
             {"3:1 a file has 'object' or 'builtin', not both"}},
        Case{"EmptyObject", "object: ''\n" + one_map, {"1:9 object: must not be empty"}},
        Case{"ObjectList", "object: [a]\n" + one_map, {"1:9 object: expected text, found a list"}},
        Case{"ObjectNull", "object:\n" + one_map, {"1:1 object: expected text, found nothing"}},
        Case{"BuiltinMapping",
             "builtin: {a: b}\n" + one_map,
             {"1:10 builtin: expected text, found a mapping"}},
        Case{"PrefixList", file("prefix: []"), {"3:9 prefix: expected text, found a list"}},
        Case{"LabelsList", file("labels: [a]"), {"3:9 labels: expected a mapping, found a list"}},
        Case{"LabelsNull", file("labels:"), {"3:1 labels: expected a mapping, found nothing"}},
        Case{"LabelMapping",
             file("labels: { a: {} }"),
             {"3:14 label 'a': expected text, found a mapping"}},
        Case{"LabelNull", file("labels: { a: }"), {"3:11 label 'a': expected text, found nothing"}},
        Case{"IntervalNumber",
             file("interval: 5"),
             {"3:11 interval: expected a duration such as 500ms, 5s or 1m30s, found '5' (write the "
              "unit: 5s or 5ms)"}},
        Case{"IntervalText",
             file("interval: soon"),
             {"3:11 interval: expected a duration such as 500ms, 5s or 1m30s, found 'soon'"}},
        Case{"IntervalZero",
             file("interval: 0s"),
             {"3:11 interval: expected a duration of more than zero, found '0s'"}},
        Case{"IntervalList",
             file("interval: []"),
             {"3:11 interval: expected a duration, found a list"}},
        Case{"MaxAgeZero",
             file("max_age: 0ms"),
             {"3:10 max_age: expected a duration of more than zero, found '0ms'"}},
        Case{"GlobalsText", file("globals: a"), {"3:10 globals: expected a mapping, found 'a'"}},
        Case{"GlobalNull",
             file("globals: { a: }"),
             {"3:12 global 'a': expected a value, found nothing"}},
        Case{"ProgramsList",
             file("programs: [a]"),
             {"3:11 programs: expected a mapping, found a list"}},
        Case{"NoMaps", "object: x\n", {"0:0 the file needs 'maps', the list of maps to export"}},
        Case{"MapsMapping",
             "object: x\nmaps: {a: b}\n",
             {"2:7 maps: expected a list, found a mapping"}},
        Case{"MapsEmpty", "object: x\nmaps: []\n", {"2:7 maps: must not be empty"}},
        Case{"MapsNull", "object: x\nmaps:\n", {"2:1 maps: expected a list, found nothing"}}),
    name_of<Case>);

INSTANTIATE_TEST_SUITE_P(
    Program, FileError,
    testing::Values(Case{"Text",
                         file("programs: { p: no }"),
                         {"3:16 program 'p': expected a mapping, found 'no'"}},
                    Case{"UnknownKey",
                         file("programs: { p: { atach: {} } }"),
                         {"3:18 unknown key 'atach' in a program (did you mean 'attach'?)"}},
                    Case{"LoadText",
                         file("programs: { p: { load: no } }"),
                         {"3:24 load: expected true or false, found 'no'"}},
                    Case{"LoadNull",
                         file("programs: { p: { load: } }"),
                         {"3:18 load: expected true or false, found nothing"}},
                    Case{"RequiredList",
                         file("programs: { p: { required: [true] } }"),
                         {"3:28 required: expected true or false, found a list"}}),
    name_of<Case>);

INSTANTIATE_TEST_SUITE_P(
    Map, FileError,
    testing::Values(
        Case{"Text", "object: x\nmaps: [m]\n", {"2:8 map: expected a mapping, found 'm'"}},
        Case{"Null", "object: x\nmaps:\n-\n", {"3:1 map: expected a mapping, found nothing"}},
        Case{"UnknownKey",
             map("skipzero: true"),
             {"4:3 unknown key 'skipzero' in a map (did you mean 'skip_zero'?)"}},
        Case{"Event", map("event: ''"), {"4:10 event: must not be empty"}},
        Case{"Buffer",
             map("buffer: 64"),
             {"4:11 buffer: expected a size such as 4096B, 64KiB or 1MiB, found '64'"}},
        Case{"MaxSeries",
             map("max_series: 0"),
             {"4:15 max_series: expected a whole number from 1 to 100000000, found '0'"}},
        Case{"TopAndMaxSeries",
             map("top: { n: 1 }\n  max_series: 5"),
             {"4:8 'top' and 'max_series' both say which series are exported; with 'mode: read' a "
              "map has one of them"}},
        Case{"DeleteExpiredAlone",
             map("delete_expired: true"),
             {"4:3 'delete_expired' needs 'expire_after'"}},
        Case{"TopByAnother",
             map("top: { n: 1, by: d }"),
             {"4:20 no metric 'd' on this map (did you mean 'c'?)"}},
        Case{"GaugeOfTotals",
             "object: x\nmaps:\n- map: m\n  mode: drain\n  metrics: [{gauge: g}]\n",
             {"5:21 a gauge needs 'mode: read': totals of what a gauge shows mean nothing"}},
        Case{"NoName", "object: x\nmaps: [{metrics: [{counter: c}]}]\n", {"2:8 a map needs 'map'"}},
        Case{"EmptyName",
             "object: x\nmaps: [{map: '', metrics: [{counter: c}]}]\n",
             {"2:14 map: must not be empty"}},
        Case{"NoMetrics", "object: x\nmaps: [{map: m}]\n", {"2:8 a map needs 'metrics'"}},
        Case{"EmptyMetrics",
             "object: x\nmaps: [{map: m, metrics: []}]\n",
             {"2:26 metrics: must not be empty"}},
        Case{"MetricsMapping",
             "object: x\nmaps: [{map: m, metrics: {counter: c}}]\n",
             {"2:26 metrics: expected a list, found a mapping"}},
        Case{"Twice",
             "object: x\nmaps:\n- {map: m, metrics: [{counter: c}]}\n"
             "- {map: m, metrics: [{counter: d}]}\n",
             {"4:9 map 'm' is listed twice, first at line 3; put its metrics under one entry"}},
        Case{"Mode",
             map("mode: keep"),
             {"4:9 mode: unknown value 'keep' (one of: read, accumulate, drain)"}},
        Case{"ModeMisspelt",
             map("mode: raed"),
             {"4:9 mode: unknown value 'raed' (did you mean 'read'?)"}},
        Case{"TwoOrigins",
             map("pinned: /sys/fs/bpf/m"),
             {"4:3 a map has one of 'map', 'variable', 'pinned' and 'loaded', not several"}},
        Case{"PinnedRelative",
             "maps: [{pinned: m, metrics: [{counter: c}]}]\n",
             {"1:17 pinned: expected an absolute path below a bpf file system, or a glob, found "
              "'m'"}},
        Case{"PinnedNothing",
             "maps: [{pinned: , metrics: [{counter: c}]}]\n",
             {"1:9 pinned: expected text, found nothing"}},
        Case{"LoadedText",
             "maps: [{loaded: m, metrics: [{counter: c}]}]\n",
             {"1:17 loaded: expected a mapping, found 'm'"}},
        Case{"LoadedBoth",
             "maps: [{loaded: {name: m, id: 1}, metrics: [{counter: c}]}]\n",
             {"1:17 loaded: expected either 'name' or 'id'"}},
        Case{"LoadedNeither",
             "maps: [{loaded: {}, metrics: [{counter: c}]}]\n",
             {"1:17 loaded: expected either 'name' or 'id'"}},
        Case{"LoadedIdZero",
             "maps: [{loaded: {id: 0}, metrics: [{counter: c}]}]\n",
             {"1:22 id: expected a whole number from 1 to 4294967295, found '0'"}},
        Case{"MapLabelOfOne",
             "maps: [{pinned: /a, map_label: b, metrics: [{counter: c}]}]\n",
             {"1:21 only 'pinned' with a wildcard and 'loaded' by name can match several maps"}},
        Case{"MapLabelOfOwn",
             map("map_label: b"),
             {"4:3 only 'pinned' with a wildcard and 'loaded' by name can match several maps"}},
        Case{"MapLabelTwice",
             "maps: [{pinned: '/*', labels: {map: {field: key}}, metrics: [{counter: c}]}]\n",
             {"1:17 label 'map' is used twice in this map, first at line 1"}},
        Case{"Reader",
             map("reader: bacth"),
             {"4:11 reader: unknown value 'bacth' (did you mean 'batch'?)"}},
        Case{"ReaderIter",
             map("reader: iterate"),
             {"4:11 reader: unknown value 'iterate' (one of: auto, batch, next_key, mmap, iter)"}},
        Case{"Interval",
             map("interval: 1"),
             {"4:13 interval: expected a duration such as 500ms, 5s or 1m30s, found '1' (write the "
              "unit: 1s or 1ms)"}},
        Case{"MaxAge",
             map("max_age: 0s"),
             {"4:12 max_age: expected a duration of more than zero, found '0s'"}},
        Case{"CpuList",
             map("cpu: [a]"),
             {"4:8 cpu: expected true, false or the name of a label, found a list"}},
        Case{"CpuEmpty", map("cpu: ''"), {"4:8 cpu: must not be empty"}},
        Case{
            "SkipZero", map("skip_zero: 1"), {"4:14 skip_zero: expected true or false, found '1'"}},
        Case{"LabelsList", map("labels: [a]"), {"4:11 labels: expected a mapping, found a list"}},
        Case{
            "LabelsNull",
            map("labels:"),
            {"4:3 labels: has no value (leave the key out for a label of every key field, or write "
             "{} for none)"}}),
    name_of<Case>);

INSTANTIATE_TEST_SUITE_P(
    Label, FileError,
    testing::Values(
        Case{"Text",
             label("ifindex"),
             {"4:16 label 'a': expected a mapping such as { field: a.b } or { value: text }, found "
              "'ifindex'"}},
        Case{"UnknownKey",
             label("{ feild: b }"),
             {"4:18 unknown key 'feild' in a label (did you mean 'field'?)"}},
        Case{"FieldEmpty", label("{ field: '' }"), {"4:25 field: must not be empty"}},
        Case{"FieldMapping",
             label("{ field: { offset: 1 } }"),
             {"4:25 field: expected text, found a mapping"}},
        Case{"ValueList", label("{ value: [] }"), {"4:25 value: expected text, found a list"}},
        Case{"ValueAndField",
             label("{ field: b, value: c }"),
             {"4:28 a label with 'value' is constant and takes no other key"}},
        Case{"ValueAndDecode",
             label("{ value: c, decode: hex }"),
             {"4:18 a label with 'value' is constant and takes no other key"}},
        Case{"ValueAndOffset",
             label("{ value: c, offset: 1, type: u8 }"),
             {"4:18 a label with 'value' is constant and takes no other key"}},
        Case{"FieldAndOffset",
             label("{ offset: 1, type: u8, field: b }"),
             {"4:39 a label has 'field' or 'offset', 'size' and 'type', not both"}},
        Case{"DecodeEmpty", label("{ decode: '' }"), {"4:26 decode: must not be empty"}},
        Case{"DecodeNull",
             label("{ decode: }"),
             {"4:18 decode: expected the name of a decoder or { name: arguments }, found nothing"}},
        Case{"DecodeEmptyList", label("{ decode: [] }"), {"4:26 decode: must not be empty"}},
        Case{"DecodeListInList",
             label("{ decode: [[hex]] }"),
             {"4:27 decode: expected the name of a decoder or { name: arguments }, found a list"}},
        Case{"DecodeEmptyMapping",
             label("{ decode: {} }"),
             {"4:26 decode: expected one decoder and its arguments, found 0 keys (write a list for "
              "several decoders)"}},
        Case{"DecodeTwoKeys",
             label("{ decode: [{ hex: , map: {} }] }"),
             {"4:27 decode: expected one decoder and its arguments, found 2 keys (write a list for "
              "several decoders)"}},
        Case{"NoOffset", label("{ type: u8 }"), {"4:16 a label needs 'offset'"}},
        Case{"NoType", label("{ offset: 1 }"), {"4:16 a label needs 'type'"}},
        Case{"Type",
             label("{ offset: 1, type: u23 }"),
             {"4:35 type: unknown value 'u23' (did you mean 'u32'?)"}},
        Case{"OffsetNegative",
             label("{ offset: -1, type: u8 }"),
             {"4:26 offset: expected a whole number from 0 to 4294967295, found '-1'"}},
        Case{"OffsetText",
             label("{ offset: one, type: u8 }"),
             {"4:26 offset: expected a whole number from 0 to 4294967295, found 'one'"}},
        Case{"OffsetList",
             label("{ offset: [1], type: u8 }"),
             {"4:26 offset: expected a whole number, found a list"}},
        Case{"SizeZero",
             label("{ offset: 1, type: char, size: 0 }"),
             {"4:47 size: expected a whole number from 1 to 4294967295, found '0'"}},
        Case{"SizeMissing",
             label("{ offset: 1, type: bytes }"),
             {"4:16 a field of type 'bytes' needs 'size', its length in bytes"}},
        Case{"SizeUneven",
             label("{ offset: 1, type: be32, size: 6 }"),
             {"4:47 size: expected a multiple of 4, the size of one be32, found '6'"}},
        Case{"BeyondAddresses",
             label("{ offset: 0xffffffff, type: u32 }"),
             {"4:16 the field ends beyond 4 GiB"}},
        Case{"TwiceInTheMapping",
             map("labels: { a: , b: , a: }"),
             {"4:23 key 'a' is set twice, first at line 4"}},
        Case{"TwiceWithTheFile",
             map("labels: { a: , b: { value: c } }") + "labels: { b: d }\n",
             {"4:18 label 'b' is also a constant label of the file, at line 6"}},
        Case{"TwiceWithTheCpu",
             map("labels: { cpu: }\n  cpu: true"),
             {"5:8 label 'cpu' is used twice in this map, first at line 4"}},
        Case{"CpuTwiceWithTheFile",
             map("cpu: core") + "labels: { core: d }\n",
             {"4:8 label 'core' is also a constant label of the file, at line 6"}}),
    name_of<Case>);

const std::string expected_field = "expected a field's path or { offset: ..., type: ... }, found ";

INSTANTIATE_TEST_SUITE_P(
    Metric, FileError,
    testing::Values(
        Case{"Text", metric("c"), {"5:3 metric: expected a mapping, found 'c'"}},
        Case{"UnknownKey",
             metric("{ conter: c }"),
             {"5:3 a metric needs 'counter', 'gauge' or 'histogram' with its name",
              "5:5 unknown key 'conter' in a metric (did you mean 'counter'?)"}},
        Case{"NoKind",
             metric("{ help: h }"),
             {"5:3 a metric needs 'counter', 'gauge' or 'histogram' with its name"}},
        Case{"TwoKinds",
             metric("{ gauge: g, counter: c }"),
             {"5:5 a metric is one of counter, gauge and histogram, not several"}},
        Case{"EmptyName", metric("{ counter: '' }"), {"5:14 counter: must not be empty"}},
        Case{"NoName", metric("{ counter: }"), {"5:5 counter: expected text, found nothing"}},
        Case{"HelpList",
             metric("{ counter: c, help: [] }"),
             {"5:23 help: expected text, found a list"}},
        Case{"ValueList",
             metric("{ counter: c, value: [] }"),
             {"5:24 value: " + expected_field + "a list"}},
        Case{"ValueNull",
             metric("{ counter: c, value: }"),
             {"5:17 value: " + expected_field + "nothing"}},
        Case{"ValueEmpty", metric("{ counter: c, value: '' }"), {"5:24 value: must not be empty"}},
        Case{"ValueUnknownKey",
             metric("{ counter: c, value: { offset: 0, typ: u8, type: u8 } }"),
             {"5:37 unknown key 'typ' in 'value' (did you mean 'type'?)"}},
        Case{"ValueWithoutOffset",
             metric("{ counter: c, value: { type: u8 } }"),
             {"5:24 'value' needs 'offset'"}},
        Case{"BucketOfCounter",
             metric("{ counter: c, bucket: b }"),
             {"5:17 only a histogram has 'bucket'"}},
        Case{"BucketsOfGauge",
             metric("{ gauge: g, buckets: [1] }"),
             {"5:15 only a histogram has 'buckets'"}},
        Case{"ScaleZero",
             metric("{ gauge: g, scale: 0 }"),
             {"5:22 scale: expected a number other than zero, found '0'"}},
        Case{"ScaleInfinite",
             metric("{ gauge: g, scale: inf }"),
             {"5:22 scale: expected a finite number, found 'inf'"}},
        Case{"ScaleText",
             metric("{ gauge: g, scale: 1us }"),
             {"5:22 scale: expected a number, found '1us'"}},
        Case{"ScaleList",
             metric("{ gauge: g, scale: [1] }"),
             {"5:22 scale: expected a number, found a list"}},
        Case{"Unit",
             metric("{ gauge: g, unit: 1usec }"),
             {"5:21 unit: expected a unit such as 1us, 1ms, 1s, 1B or 64KiB, found '1usec' (units: "
              "ns us ms s m h B KB MB GB TB KiB MiB GiB TiB)"}},
        Case{"ScaleAndUnit",
             metric("{ gauge: g, scale: 2, unit: 1us }"),
             {"5:25 a metric has 'scale' or 'unit', not both"}},
        Case{"Aggregate",
             metric("{ gauge: g, aggregate: avg }"),
             {"5:26 aggregate: unknown value 'avg' (one of: sum, max, min)"}},
        Case{"AggregateOfCounter",
             metric("{ counter: c, aggregate: max }"),
             {"5:28 aggregate: only a gauge can have the largest or the smallest: counts add up, "
              "and "
              "of no other combination could Prometheus take a rate"}},
        Case{"AggregateOfHistogram",
             metric("{ histogram: h, buckets: [1], aggregate: min }"),
             {"5:44 aggregate: only a gauge can have the largest or the smallest: counts add up, "
              "and "
              "of no other combination could Prometheus take a rate"}},
        Case{"HistogramWithoutBuckets",
             metric("{ histogram: h, bucket: b }"),
             {"5:16 a histogram needs 'buckets'"}},
        Case{"HistogramScale",
             metric("{ histogram: h, buckets: [1], scale: 2 }"),
             {"5:33 a histogram has no 'scale'; what a 1 means is 'unit' in 'buckets'"}},
        Case{"HistogramUnit",
             metric("{ histogram: h, buckets: [1], unit: 1us }"),
             {"5:33 the 'unit' of a histogram belongs into 'buckets'"}},
        Case{"BucketList",
             metric("{ histogram: h, buckets: [1], bucket: [] }"),
             {"5:41 bucket: " + expected_field + "a list"}}),
    name_of<Case>);

INSTANTIATE_TEST_SUITE_P(
    MetricNames, FileError,
    testing::Values(
        Case{"Twice",
             metric("{ counter: c },\n  { gauge: c }"),
             {"6:12 metric 'c' is defined twice, first at line 5"}},
        Case{"TwiceInTwoMaps",
             "object: x\nprefix: p_\nmaps:\n- { map: m, metrics: [{ counter: c }] }\n"
             "- { map: n, metrics: [{ counter: c }] }\n",
             {"5:34 metric 'p_c' is defined twice, first at line 4"}},
        Case{"HistogramAndItsCount",
             metric("{ histogram: h, buckets: [1] },\n  { gauge: h_count }"),
             {"6:12 metric 'h_count' clashes with 'h' at line 5: both would export 'h_count'"}},
        Case{"CountAndItsHistogram",
             metric("{ counter: h_sum },\n  { histogram: h, buckets: [1] }"),
             {"6:16 metric 'h' clashes with 'h_sum' at line 5: both would export 'h_sum'"}},
        Case{"CounterAndItsFamily",
             metric("{ counter: c_total },\n  { gauge: c }"),
             {"6:12 metric 'c' clashes with 'c_total' at line 5: both would export 'c'"}},
        Case{"TwoCountersOfAFamily",
             metric("{ counter: c },\n  { counter: c_total }"),
             {"6:14 metric 'c_total' clashes with 'c' at line 5: both would export 'c_total'"}}),
    name_of<Case>);

INSTANTIATE_TEST_SUITE_P(
    Buckets, FileError,
    testing::Values(
        Case{"Text",
             buckets("exp2"),
             {"5:28 buckets: expected a mapping such as { scale: exp2, max: 26 } or a list of "
              "bounds, found 'exp2'"}},
        Case{"Null",
             metric("{ histogram: h, buckets: }"),
             {"5:19 buckets: expected a mapping such as { scale: exp2, max: 26 } or a list of "
              "bounds, found nothing"}},
        Case{
            "UnknownKey",
            buckets("{ native: true }"),
            {"5:30 unknown key 'native' in 'buckets' (one of: scale, min, max, step, bounds, unit, "
             "sum)"}},
        Case{"Scale",
             buckets("{ scale: exp3 }"),
             {"5:37 scale: unknown value 'exp3' (did you mean 'exp2'?)"}},
        Case{"MinText",
             buckets("{ min: low }"),
             {"5:35 min: expected a whole number from -2147483647 to 2147483647, found 'low'"}},
        Case{"MaxLarge",
             buckets("{ max: 9223372036854775807 }"),
             {"5:35 max: expected a whole number from -2147483647 to 2147483647, found "
              "'9223372036854775807'"}},
        Case{"MaxBelowMin",
             buckets("{ min: 3, max: 2 }"),
             {"5:43 max: expected at least 'min', which is 3, found '2'"}},
        Case{"StepOfExp2", buckets("{ step: 2 }"), {"5:30 only 'scale: linear' has 'step'"}},
        Case{"StepZero",
             buckets("{ scale: linear, step: 0 }"),
             {"5:51 step: expected a number above zero, found '0'"}},
        Case{"StepText",
             buckets("{ scale: linear, step: wide }"),
             {"5:51 step: expected a number, found 'wide'"}},
        Case{"BoundsOfLinear",
             buckets("{ scale: linear, bounds: [1] }"),
             {"5:45 only 'scale: explicit' and 'scale: fixed' have 'bounds'"}},
        Case{"ExplicitWithoutBounds",
             buckets("{ scale: explicit }"),
             {"5:28 'buckets' needs 'bounds'"}},
        Case{"ExplicitMinMax",
             buckets("{ bounds: [1], min: 1, max: 2 }"),
             {"5:43 'scale: explicit' has no 'min': 'bounds' says which buckets there are",
              "5:51 'scale: explicit' has no 'max': 'bounds' says which buckets there are"}},
        Case{"BoundsText", buckets("{ bounds: 1 }"), {"5:38 bounds: expected a list, found '1'"}},
        Case{"BoundsEmpty", buckets("[]"), {"5:28 buckets: must not be empty"}},
        Case{"BoundText", buckets("[1, a]"), {"5:32 bound: expected a number, found 'a'"}},
        Case{"BoundInfinite",
             buckets("[1, inf]"),
             {"5:32 bound: expected a finite number, found 'inf'"}},
        Case{"BoundNull", buckets("[1, ~]"), {"5:32 bound: expected a number, found nothing"}},
        Case{"BoundsFall",
             buckets("[1, 3, 2, 3, 4]"),
             {"5:35 bound: expected more than the bound before it, found '2'",
              "5:38 bound: expected more than the bound before it, found '3'"}},
        Case{"Unit",
             buckets("{ unit: us }"),
             {"5:36 unit: expected a unit such as 1us, 1ms, 1s, 1B or 64KiB, found 'us' (units: ns "
              "us ms s m h B KB MB GB TB KiB MiB GiB TiB)"}},
        Case{"UnitList", buckets("{ unit: [] }"), {"5:36 unit: expected a unit, found a list"}},
        Case{"SumList", buckets("{ sum: [] }"), {"5:35 sum: " + expected_field + "a list"}},
        Case{"SumKeyText",
             buckets("{ sum: { key: last } }"),
             {"5:42 key: expected a whole number from 0 to 18446744073709551615, found 'last'"}},
        Case{"SumKeyAndMore",
             buckets("{ sum: { key: 27, offset: 0 } }"),
             {"5:46 unknown key 'offset' in 'sum' with 'key' (one of: key)"}}),
    name_of<Case>);

TEST(FileError, IsReportedOnceWhereAnAliasRepeatsIt) {
  EXPECT_EQ(
      parse_text("object: x\nmaps:\n- map: m\n  labels: &l { a: { feild: b } }\n"
                 "  metrics: [{counter: c}]\n- map: n\n  labels: *l\n"
                 "  metrics: [{counter: d}]\n")
          .messages,
      std::vector<std::string>{"4:21 unknown key 'feild' in a label (did you mean 'field'?)"});
}

TEST(FileError, OfAVariableIsNotFollowedByAnother) {
  EXPECT_EQ(parse_text("object: x\ninterval: ${NOPE}\n" + one_map).messages,
            std::vector<std::string>{"2:11 environment variable 'NOPE' is not set (write "
                                     "${NOPE:-default} to give a default)"});
}

TEST(FileError, LeavesTheRest) {
  const ParsedText parsed = parse_text(
      "object: x\ninterval: 1\nmaps:\n- map: m\n  metrics:\n  - { counter: c }\n  - { histogram: h "
      "}\n"
      "  - { gauge: g, scale: none }\n- metrics: [{ counter: lost }]\n- map: n\n");
  EXPECT_EQ(parsed.messages.size(), 5U);
  ASSERT_EQ(parsed.config.maps.size(), 2U);
  EXPECT_EQ(parsed.config.maps[0].interval, kDefaultInterval);
  ASSERT_EQ(parsed.config.maps[0].metrics.size(), 2U);
  EXPECT_EQ(parsed.config.maps[0].metrics[1].name.value, "g");
  EXPECT_EQ(parsed.config.maps[1].map.value, "n");
}

TEST(FileError, CutsLongWords) {
  const std::string word(100000, 'w');
  EXPECT_EQ(
      parse_text(file("? " + word + "\n: 1")).messages,
      std::vector<std::string>{
          "3:3 unknown key '" + std::string(60, 'w') +
          "...' in the file (one of: object, builtin, prefix, labels, "
          "interval, max_age, globals, kernel_addresses, programs, cgroup_ids, maps, inventory)"});
}

}  // namespace
}  // namespace bpfmap::config
