// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "parse_text.h"

// Every mistake the language knows, with its place and its words.
namespace bpfmap::config {
namespace {

struct ErrorCase {
  std::string name;
  std::string text;
  std::vector<std::string> messages;
};

// Test runners list what a case prints; its texts would be too much.
void PrintTo(const ErrorCase& one, std::ostream* out) { *out << one.name; }

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

class FileError : public testing::TestWithParam<ErrorCase> {};

TEST_P(FileError, IsReported) {
  EXPECT_EQ(parse_text(GetParam().text).messages, GetParam().messages) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    File, FileError,
    testing::Values(
        ErrorCase{"List", "- a\n", {"1:1 the file: expected a mapping, found a list"}},
        ErrorCase{"Text", "a\n", {"1:1 the file: expected a mapping, found 'a'"}},
        ErrorCase{"NoMapping",
                  "{}\n",
                  {"0:0 the file needs 'maps', the list of maps to export",
                   "0:0 the file needs 'object' (a path) or 'builtin' (a name)"}},
        ErrorCase{"UnknownKey",
                  file("prefx: a"),
                  {"3:1 unknown key 'prefx' in the file (did you mean 'prefix'?)"}},
        ErrorCase{
            "UnknownKeyFarOff",
            file("something: a"),
            {"3:1 unknown key 'something' in the file (one of: object, builtin, prefix, labels, "
             "interval, max_age, globals, kernel_addresses, programs, cgroup_ids, maps, inventory, "
             "pin)"}},
        ErrorCase{"Pin", file("pin: []"), {"3:6 pin: expected true or false, found a list"}},
        ErrorCase{"NoObjectButPin",
                  "inventory: true\npin: true\n",
                  {"2:1 'pin' needs 'object' or 'builtin'"}},
        ErrorCase{
            "PinAndDrain",
            "object: a\npin: true\nmaps: [{map: m, mode: drain, metrics: [{counter: c}]}]\n",
            {"3:23 totals of 'mode: drain' are in the exporter's memory, where 'pin' does not keep "
             "them: they begin from 0 when it is restarted"}},
        ErrorCase{"Inventory",
                  file("inventory: {}"),
                  {"3:12 inventory: expected true or false, found a mapping"}},
        ErrorCase{"NoObjectButGlobals",
                  "globals: { a: 1 }\nmaps: [{pinned: /a, metrics: [{counter: c}]}]\n",
                  {"1:1 'globals' needs 'object' or 'builtin'"}},
        ErrorCase{"NoObjectButPrograms",
                  "inventory: true\nprograms: { a: }\n",
                  {"2:1 'programs' needs 'object' or 'builtin'"}},
        ErrorCase{
            "NoObjectForOneOfTheMaps",
            "maps: [{pinned: /a, metrics: [{counter: c}]}, {variable: v, metrics: [{gauge: g}]}]\n",
            {"0:0 the file needs 'object' (a path) or 'builtin' (a name)"}},
        ErrorCase{
            "NoObject", one_map, {"0:0 the file needs 'object' (a path) or 'builtin' (a name)"}},
        ErrorCase{"ObjectAndBuiltin",
                  file("builtin: y"),
                  {"3:1 a file has 'object' or 'builtin', not both"}},
        ErrorCase{"EmptyObject", "object: ''\n" + one_map, {"1:9 object: must not be empty"}},
        ErrorCase{
            "ObjectList", "object: [a]\n" + one_map, {"1:9 object: expected text, found a list"}},
        ErrorCase{
            "ObjectNull", "object:\n" + one_map, {"1:1 object: expected text, found nothing"}},
        ErrorCase{"BuiltinMapping",
                  "builtin: {a: b}\n" + one_map,
                  {"1:10 builtin: expected text, found a mapping"}},
        ErrorCase{"PrefixList", file("prefix: []"), {"3:9 prefix: expected text, found a list"}},
        ErrorCase{
            "LabelsList", file("labels: [a]"), {"3:9 labels: expected a mapping, found a list"}},
        ErrorCase{"LabelsNull", file("labels:"), {"3:1 labels: expected a mapping, found nothing"}},
        ErrorCase{"LabelMapping",
                  file("labels: { a: {} }"),
                  {"3:14 label 'a': expected text, found a mapping"}},
        ErrorCase{
            "LabelNull", file("labels: { a: }"), {"3:11 label 'a': expected text, found nothing"}},
        ErrorCase{
            "IntervalNumber",
            file("interval: 5"),
            {"3:11 interval: expected a duration such as 500ms, 5s or 1m30s, found '5' (write the "
             "unit: 5s or 5ms)"}},
        ErrorCase{"IntervalText",
                  file("interval: soon"),
                  {"3:11 interval: expected a duration such as 500ms, 5s or 1m30s, found 'soon'"}},
        ErrorCase{"IntervalZero",
                  file("interval: 0s"),
                  {"3:11 interval: expected a duration of more than zero, found '0s'"}},
        ErrorCase{"IntervalList",
                  file("interval: []"),
                  {"3:11 interval: expected a duration, found a list"}},
        ErrorCase{"MaxAgeZero",
                  file("max_age: 0ms"),
                  {"3:10 max_age: expected a duration of more than zero, found '0ms'"}},
        ErrorCase{
            "GlobalsText", file("globals: a"), {"3:10 globals: expected a mapping, found 'a'"}},
        ErrorCase{"GlobalNull",
                  file("globals: { a: }"),
                  {"3:12 global 'a': expected a value, found nothing"}},
        ErrorCase{"ProgramsList",
                  file("programs: [a]"),
                  {"3:11 programs: expected a mapping, found a list"}},
        ErrorCase{
            "NoMaps", "object: x\n", {"0:0 the file needs 'maps', the list of maps to export"}},
        ErrorCase{"MapsMapping",
                  "object: x\nmaps: {a: b}\n",
                  {"2:7 maps: expected a list, found a mapping"}},
        ErrorCase{"MapsEmpty", "object: x\nmaps: []\n", {"2:7 maps: must not be empty"}},
        ErrorCase{"MapsNull", "object: x\nmaps:\n", {"2:1 maps: expected a list, found nothing"}}),
    name_of<ErrorCase>);

INSTANTIATE_TEST_SUITE_P(
    Program, FileError,
    testing::Values(ErrorCase{"Text",
                              file("programs: { p: no }"),
                              {"3:16 program 'p': expected a mapping, found 'no'"}},
                    ErrorCase{"UnknownKey",
                              file("programs: { p: { atach: {} } }"),
                              {"3:18 unknown key 'atach' in a program (did you mean 'attach'?)"}},
                    ErrorCase{"LoadText",
                              file("programs: { p: { load: no } }"),
                              {"3:24 load: expected true or false, found 'no'"}},
                    ErrorCase{"LoadNull",
                              file("programs: { p: { load: } }"),
                              {"3:18 load: expected true or false, found nothing"}},
                    ErrorCase{"RequiredList",
                              file("programs: { p: { required: [true] } }"),
                              {"3:28 required: expected true or false, found a list"}}),
    name_of<ErrorCase>);

INSTANTIATE_TEST_SUITE_P(
    Map, FileError,
    testing::Values(
        ErrorCase{"Text", "object: x\nmaps: [m]\n", {"2:8 map: expected a mapping, found 'm'"}},
        ErrorCase{"Null", "object: x\nmaps:\n-\n", {"3:1 map: expected a mapping, found nothing"}},
        ErrorCase{"UnknownKey",
                  map("skipzero: true"),
                  {"4:3 unknown key 'skipzero' in a map (did you mean 'skip_zero'?)"}},
        ErrorCase{"Event", map("event: ''"), {"4:10 event: must not be empty"}},
        ErrorCase{"Buffer",
                  map("buffer: 64"),
                  {"4:11 buffer: expected a size such as 4096B, 64KiB or 1MiB, found '64'"}},
        ErrorCase{"MaxSeries",
                  map("max_series: 0"),
                  {"4:15 max_series: expected a whole number from 1 to 100000000, found '0'"}},
        ErrorCase{
            "TopAndMaxSeries",
            map("top: { n: 1 }\n  max_series: 5"),
            {"4:8 'top' and 'max_series' both say which series are exported; with 'mode: read' a "
             "map has one of them"}},
        ErrorCase{"DeleteExpiredAlone",
                  map("delete_expired: true"),
                  {"4:3 'delete_expired' needs 'expire_after'"}},
        ErrorCase{"TopByAnother",
                  map("top: { n: 1, by: d }"),
                  {"4:20 no metric 'd' on this map (did you mean 'c'?)"}},
        ErrorCase{"GaugeOfTotals",
                  "object: x\nmaps:\n- map: m\n  mode: drain\n  metrics: [{gauge: g}]\n",
                  {"5:21 a gauge needs 'mode: read': totals of what a gauge shows mean nothing"}},
        ErrorCase{
            "NoName", "object: x\nmaps: [{metrics: [{counter: c}]}]\n", {"2:8 a map needs 'map'"}},
        ErrorCase{"EmptyName",
                  "object: x\nmaps: [{map: '', metrics: [{counter: c}]}]\n",
                  {"2:14 map: must not be empty"}},
        ErrorCase{"NoMetrics", "object: x\nmaps: [{map: m}]\n", {"2:8 a map needs 'metrics'"}},
        ErrorCase{"EmptyMetrics",
                  "object: x\nmaps: [{map: m, metrics: []}]\n",
                  {"2:26 metrics: must not be empty"}},
        ErrorCase{"MetricsMapping",
                  "object: x\nmaps: [{map: m, metrics: {counter: c}}]\n",
                  {"2:26 metrics: expected a list, found a mapping"}},
        ErrorCase{
            "Twice",
            "object: x\nmaps:\n- {map: m, metrics: [{counter: c}]}\n"
            "- {map: m, metrics: [{counter: d}]}\n",
            {"4:9 map 'm' is listed twice, first at line 3; put its metrics under one entry"}},
        ErrorCase{"Mode",
                  map("mode: keep"),
                  {"4:9 mode: unknown value 'keep' (one of: read, accumulate, drain)"}},
        ErrorCase{"ModeMisspelt",
                  map("mode: raed"),
                  {"4:9 mode: unknown value 'raed' (did you mean 'read'?)"}},
        ErrorCase{"TwoOrigins",
                  map("pinned: /sys/fs/bpf/m"),
                  {"4:3 a map has one of 'map', 'variable', 'pinned' and 'loaded', not several"}},
        ErrorCase{
            "PinnedRelative",
            "maps: [{pinned: m, metrics: [{counter: c}]}]\n",
            {"1:17 pinned: expected an absolute path below a bpf file system, or a glob, found "
             "'m'"}},
        ErrorCase{"PinnedNothing",
                  "maps: [{pinned: , metrics: [{counter: c}]}]\n",
                  {"1:9 pinned: expected text, found nothing"}},
        ErrorCase{"LoadedText",
                  "maps: [{loaded: m, metrics: [{counter: c}]}]\n",
                  {"1:17 loaded: expected a mapping, found 'm'"}},
        ErrorCase{"LoadedBoth",
                  "maps: [{loaded: {name: m, id: 1}, metrics: [{counter: c}]}]\n",
                  {"1:17 loaded: expected either 'name' or 'id'"}},
        ErrorCase{"LoadedNeither",
                  "maps: [{loaded: {}, metrics: [{counter: c}]}]\n",
                  {"1:17 loaded: expected either 'name' or 'id'"}},
        ErrorCase{"LoadedIdZero",
                  "maps: [{loaded: {id: 0}, metrics: [{counter: c}]}]\n",
                  {"1:22 id: expected a whole number from 1 to 4294967295, found '0'"}},
        ErrorCase{
            "MapLabelOfOne",
            "maps: [{pinned: /a, map_label: b, metrics: [{counter: c}]}]\n",
            {"1:21 only 'pinned' with a wildcard and 'loaded' by name can match several maps"}},
        ErrorCase{
            "MapLabelOfOwn",
            map("map_label: b"),
            {"4:3 only 'pinned' with a wildcard and 'loaded' by name can match several maps"}},
        ErrorCase{"MapLabelTwice",
                  "maps: [{pinned: '/*', labels: {map: {field: key}}, metrics: [{counter: c}]}]\n",
                  {"1:17 label 'map' is used twice in this map, first at line 1"}},
        ErrorCase{"Reader",
                  map("reader: bacth"),
                  {"4:11 reader: unknown value 'bacth' (did you mean 'batch'?)"}},
        ErrorCase{
            "ReaderIter",
            map("reader: iterate"),
            {"4:11 reader: unknown value 'iterate' (one of: auto, batch, next_key, mmap, iter)"}},
        ErrorCase{
            "Interval",
            map("interval: 1"),
            {"4:13 interval: expected a duration such as 500ms, 5s or 1m30s, found '1' (write the "
             "unit: 1s or 1ms)"}},
        ErrorCase{"MaxAge",
                  map("max_age: 0s"),
                  {"4:12 max_age: expected a duration of more than zero, found '0s'"}},
        ErrorCase{"CpuList",
                  map("cpu: [a]"),
                  {"4:8 cpu: expected true, false or the name of a label, found a list"}},
        ErrorCase{"CpuEmpty", map("cpu: ''"), {"4:8 cpu: must not be empty"}},
        ErrorCase{
            "SkipZero", map("skip_zero: 1"), {"4:14 skip_zero: expected true or false, found '1'"}},
        ErrorCase{
            "LabelsList", map("labels: [a]"), {"4:11 labels: expected a mapping, found a list"}},
        ErrorCase{
            "LabelsNull",
            map("labels:"),
            {"4:3 labels: has no value (leave the key out for a label of every key field, or write "
             "{} for none)"}}),
    name_of<ErrorCase>);

INSTANTIATE_TEST_SUITE_P(
    Label, FileError,
    testing::Values(
        ErrorCase{
            "Text",
            label("ifindex"),
            {"4:16 label 'a': expected a mapping such as { field: a.b } or { value: text }, found "
             "'ifindex'"}},
        ErrorCase{"UnknownKey",
                  label("{ feild: b }"),
                  {"4:18 unknown key 'feild' in a label (did you mean 'field'?)"}},
        ErrorCase{"FieldEmpty", label("{ field: '' }"), {"4:25 field: must not be empty"}},
        ErrorCase{"FieldMapping",
                  label("{ field: { offset: 1 } }"),
                  {"4:25 field: expected text, found a mapping"}},
        ErrorCase{"ValueList", label("{ value: [] }"), {"4:25 value: expected text, found a list"}},
        ErrorCase{"ValueAndField",
                  label("{ field: b, value: c }"),
                  {"4:28 a label with 'value' is constant and takes no other key"}},
        ErrorCase{"ValueAndDecode",
                  label("{ value: c, decode: hex }"),
                  {"4:18 a label with 'value' is constant and takes no other key"}},
        ErrorCase{"ValueAndOffset",
                  label("{ value: c, offset: 1, type: u8 }"),
                  {"4:18 a label with 'value' is constant and takes no other key"}},
        ErrorCase{"FieldAndOffset",
                  label("{ offset: 1, type: u8, field: b }"),
                  {"4:39 a label has 'field' or 'offset', 'size' and 'type', not both"}},
        ErrorCase{"DecodeEmpty", label("{ decode: '' }"), {"4:26 decode: must not be empty"}},
        ErrorCase{
            "DecodeNull",
            label("{ decode: }"),
            {"4:18 decode: expected the name of a decoder or { name: arguments }, found nothing"}},
        ErrorCase{"DecodeEmptyList", label("{ decode: [] }"), {"4:26 decode: must not be empty"}},
        ErrorCase{
            "DecodeListInList",
            label("{ decode: [[hex]] }"),
            {"4:27 decode: expected the name of a decoder or { name: arguments }, found a list"}},
        ErrorCase{
            "DecodeEmptyMapping",
            label("{ decode: {} }"),
            {"4:26 decode: expected one decoder and its arguments, found 0 keys (write a list for "
             "several decoders)"}},
        ErrorCase{
            "DecodeTwoKeys",
            label("{ decode: [{ hex: , map: {} }] }"),
            {"4:27 decode: expected one decoder and its arguments, found 2 keys (write a list for "
             "several decoders)"}},
        ErrorCase{"NoOffset", label("{ type: u8 }"), {"4:16 a label needs 'offset'"}},
        ErrorCase{"NoType", label("{ offset: 1 }"), {"4:16 a label needs 'type'"}},
        ErrorCase{"Type",
                  label("{ offset: 1, type: u23 }"),
                  {"4:35 type: unknown value 'u23' (did you mean 'u32'?)"}},
        ErrorCase{"OffsetNegative",
                  label("{ offset: -1, type: u8 }"),
                  {"4:26 offset: expected a whole number from 0 to 4294967295, found '-1'"}},
        ErrorCase{"OffsetText",
                  label("{ offset: one, type: u8 }"),
                  {"4:26 offset: expected a whole number from 0 to 4294967295, found 'one'"}},
        ErrorCase{"OffsetList",
                  label("{ offset: [1], type: u8 }"),
                  {"4:26 offset: expected a whole number, found a list"}},
        ErrorCase{"SizeZero",
                  label("{ offset: 1, type: char, size: 0 }"),
                  {"4:47 size: expected a whole number from 1 to 4294967295, found '0'"}},
        ErrorCase{"SizeMissing",
                  label("{ offset: 1, type: bytes }"),
                  {"4:16 a field of type 'bytes' needs 'size', its length in bytes"}},
        ErrorCase{"SizeUneven",
                  label("{ offset: 1, type: be32, size: 6 }"),
                  {"4:47 size: expected a multiple of 4, the size of one be32, found '6'"}},
        ErrorCase{"BeyondAddresses",
                  label("{ offset: 0xffffffff, type: u32 }"),
                  {"4:16 the field ends beyond 4 GiB"}},
        ErrorCase{"TwiceInTheMapping",
                  map("labels: { a: , b: , a: }"),
                  {"4:23 key 'a' is set twice, first at line 4"}},
        ErrorCase{"TwiceWithTheFile",
                  map("labels: { a: , b: { value: c } }") + "labels: { b: d }\n",
                  {"4:18 label 'b' is also a constant label of the file, at line 6"}},
        ErrorCase{"TwiceWithTheCpu",
                  map("labels: { cpu: }\n  cpu: true"),
                  {"5:8 label 'cpu' is used twice in this map, first at line 4"}},
        ErrorCase{"CpuTwiceWithTheFile",
                  map("cpu: core") + "labels: { core: d }\n",
                  {"4:8 label 'core' is also a constant label of the file, at line 6"}}),
    name_of<ErrorCase>);

const std::string expected_field = "expected a field's path or { offset: ..., type: ... }, found ";

INSTANTIATE_TEST_SUITE_P(
    Metric, FileError,
    testing::Values(
        ErrorCase{"Text", metric("c"), {"5:3 metric: expected a mapping, found 'c'"}},
        ErrorCase{"UnknownKey",
                  metric("{ conter: c }"),
                  {"5:3 a metric needs 'counter', 'gauge' or 'histogram' with its name",
                   "5:5 unknown key 'conter' in a metric (did you mean 'counter'?)"}},
        ErrorCase{"NoKind",
                  metric("{ help: h }"),
                  {"5:3 a metric needs 'counter', 'gauge' or 'histogram' with its name"}},
        ErrorCase{"TwoKinds",
                  metric("{ gauge: g, counter: c }"),
                  {"5:5 a metric is one of counter, gauge and histogram, not several"}},
        ErrorCase{"EmptyName", metric("{ counter: '' }"), {"5:14 counter: must not be empty"}},
        ErrorCase{"NoName", metric("{ counter: }"), {"5:5 counter: expected text, found nothing"}},
        ErrorCase{"HelpList",
                  metric("{ counter: c, help: [] }"),
                  {"5:23 help: expected text, found a list"}},
        ErrorCase{"ValueList",
                  metric("{ counter: c, value: [] }"),
                  {"5:24 value: " + expected_field + "a list"}},
        ErrorCase{"ValueNull",
                  metric("{ counter: c, value: }"),
                  {"5:17 value: " + expected_field + "nothing"}},
        ErrorCase{
            "ValueEmpty", metric("{ counter: c, value: '' }"), {"5:24 value: must not be empty"}},
        ErrorCase{"ValueUnknownKey",
                  metric("{ counter: c, value: { offset: 0, typ: u8, type: u8 } }"),
                  {"5:37 unknown key 'typ' in 'value' (did you mean 'type'?)"}},
        ErrorCase{"ValueWithoutOffset",
                  metric("{ counter: c, value: { type: u8 } }"),
                  {"5:24 'value' needs 'offset'"}},
        ErrorCase{"BucketOfCounter",
                  metric("{ counter: c, bucket: b }"),
                  {"5:17 only a histogram has 'bucket'"}},
        ErrorCase{"BucketsOfGauge",
                  metric("{ gauge: g, buckets: [1] }"),
                  {"5:15 only a histogram has 'buckets'"}},
        ErrorCase{"ScaleZero",
                  metric("{ gauge: g, scale: 0 }"),
                  {"5:22 scale: expected a number other than zero, found '0'"}},
        ErrorCase{"ScaleInfinite",
                  metric("{ gauge: g, scale: inf }"),
                  {"5:22 scale: expected a finite number, found 'inf'"}},
        ErrorCase{"ScaleText",
                  metric("{ gauge: g, scale: 1us }"),
                  {"5:22 scale: expected a number, found '1us'"}},
        ErrorCase{"ScaleList",
                  metric("{ gauge: g, scale: [1] }"),
                  {"5:22 scale: expected a number, found a list"}},
        ErrorCase{
            "Unit",
            metric("{ gauge: g, unit: 1usec }"),
            {"5:21 unit: expected a unit such as 1us, 1ms, 1s, 1B or 64KiB, found '1usec' (units: "
             "ns us ms s m h B KB MB GB TB KiB MiB GiB TiB)"}},
        ErrorCase{"ScaleAndUnit",
                  metric("{ gauge: g, scale: 2, unit: 1us }"),
                  {"5:25 a metric has 'scale' or 'unit', not both"}},
        ErrorCase{"Aggregate",
                  metric("{ gauge: g, aggregate: avg }"),
                  {"5:26 aggregate: unknown value 'avg' (one of: sum, max, min)"}},
        ErrorCase{
            "AggregateOfCounter",
            metric("{ counter: c, aggregate: max }"),
            {"5:28 aggregate: only a gauge can have the largest or the smallest: counts add up, "
             "and "
             "of no other combination could Prometheus take a rate"}},
        ErrorCase{
            "AggregateOfHistogram",
            metric("{ histogram: h, buckets: [1], aggregate: min }"),
            {"5:44 aggregate: only a gauge can have the largest or the smallest: counts add up, "
             "and "
             "of no other combination could Prometheus take a rate"}},
        ErrorCase{"HistogramWithoutBuckets",
                  metric("{ histogram: h, bucket: b }"),
                  {"5:16 a histogram needs 'buckets'"}},
        ErrorCase{"HistogramScale",
                  metric("{ histogram: h, buckets: [1], scale: 2 }"),
                  {"5:33 a histogram has no 'scale'; what a 1 means is 'unit' in 'buckets'"}},
        ErrorCase{"HistogramUnit",
                  metric("{ histogram: h, buckets: [1], unit: 1us }"),
                  {"5:33 the 'unit' of a histogram belongs into 'buckets'"}},
        ErrorCase{"BucketList",
                  metric("{ histogram: h, buckets: [1], bucket: [] }"),
                  {"5:41 bucket: " + expected_field + "a list"}}),
    name_of<ErrorCase>);

INSTANTIATE_TEST_SUITE_P(
    MetricNames, FileError,
    testing::Values(
        ErrorCase{"Twice",
                  metric("{ counter: c },\n  { gauge: c }"),
                  {"6:12 metric 'c' is defined twice, first at line 5"}},
        ErrorCase{"TwiceInTwoMaps",
                  "object: x\nprefix: p_\nmaps:\n- { map: m, metrics: [{ counter: c }] }\n"
                  "- { map: n, metrics: [{ counter: c }] }\n",
                  {"5:34 metric 'p_c' is defined twice, first at line 4"}},
        ErrorCase{
            "HistogramAndItsCount",
            metric("{ histogram: h, buckets: [1] },\n  { gauge: h_count }"),
            {"6:12 metric 'h_count' clashes with 'h' at line 5: both would export 'h_count'"}},
        ErrorCase{"CountAndItsHistogram",
                  metric("{ counter: h_sum },\n  { histogram: h, buckets: [1] }"),
                  {"6:16 metric 'h' clashes with 'h_sum' at line 5: both would export 'h_sum'"}},
        ErrorCase{"CounterAndItsFamily",
                  metric("{ counter: c_total },\n  { gauge: c }"),
                  {"6:12 metric 'c' clashes with 'c_total' at line 5: both would export 'c'"}},
        ErrorCase{
            "TwoCountersOfAFamily",
            metric("{ counter: c },\n  { counter: c_total }"),
            {"6:14 metric 'c_total' clashes with 'c' at line 5: both would export 'c_total'"}}),
    name_of<ErrorCase>);

INSTANTIATE_TEST_SUITE_P(
    Buckets, FileError,
    testing::Values(
        ErrorCase{"Text",
                  buckets("exp2"),
                  {"5:28 buckets: expected a mapping such as { scale: exp2, max: 26 } or a list of "
                   "bounds, found 'exp2'"}},
        ErrorCase{"Null",
                  metric("{ histogram: h, buckets: }"),
                  {"5:19 buckets: expected a mapping such as { scale: exp2, max: 26 } or a list of "
                   "bounds, found nothing"}},
        ErrorCase{
            "UnknownKey",
            buckets("{ native: true }"),
            {"5:30 unknown key 'native' in 'buckets' (one of: scale, min, max, step, bounds, unit, "
             "sum)"}},
        ErrorCase{"Scale",
                  buckets("{ scale: exp3 }"),
                  {"5:37 scale: unknown value 'exp3' (did you mean 'exp2'?)"}},
        ErrorCase{
            "MinText",
            buckets("{ min: low }"),
            {"5:35 min: expected a whole number from -2147483647 to 2147483647, found 'low'"}},
        ErrorCase{"MaxLarge",
                  buckets("{ max: 9223372036854775807 }"),
                  {"5:35 max: expected a whole number from -2147483647 to 2147483647, found "
                   "'9223372036854775807'"}},
        ErrorCase{"MaxBelowMin",
                  buckets("{ min: 3, max: 2 }"),
                  {"5:43 max: expected at least 'min', which is 3, found '2'"}},
        ErrorCase{"StepOfExp2", buckets("{ step: 2 }"), {"5:30 only 'scale: linear' has 'step'"}},
        ErrorCase{"StepZero",
                  buckets("{ scale: linear, step: 0 }"),
                  {"5:51 step: expected a number above zero, found '0'"}},
        ErrorCase{"StepText",
                  buckets("{ scale: linear, step: wide }"),
                  {"5:51 step: expected a number, found 'wide'"}},
        ErrorCase{"BoundsOfLinear",
                  buckets("{ scale: linear, bounds: [1] }"),
                  {"5:45 only 'scale: explicit' and 'scale: fixed' have 'bounds'"}},
        ErrorCase{"ExplicitWithoutBounds",
                  buckets("{ scale: explicit }"),
                  {"5:28 'buckets' needs 'bounds'"}},
        ErrorCase{"ExplicitMinMax",
                  buckets("{ bounds: [1], min: 1, max: 2 }"),
                  {"5:43 'scale: explicit' has no 'min': 'bounds' says which buckets there are",
                   "5:51 'scale: explicit' has no 'max': 'bounds' says which buckets there are"}},
        ErrorCase{
            "BoundsText", buckets("{ bounds: 1 }"), {"5:38 bounds: expected a list, found '1'"}},
        ErrorCase{"BoundsEmpty", buckets("[]"), {"5:28 buckets: must not be empty"}},
        ErrorCase{"BoundText", buckets("[1, a]"), {"5:32 bound: expected a number, found 'a'"}},
        ErrorCase{"BoundInfinite",
                  buckets("[1, inf]"),
                  {"5:32 bound: expected a finite number, found 'inf'"}},
        ErrorCase{"BoundNull", buckets("[1, ~]"), {"5:32 bound: expected a number, found nothing"}},
        ErrorCase{"BoundsFall",
                  buckets("[1, 3, 2, 3, 4]"),
                  {"5:35 bound: expected more than the bound before it, found '2'",
                   "5:38 bound: expected more than the bound before it, found '3'"}},
        ErrorCase{
            "Unit",
            buckets("{ unit: us }"),
            {"5:36 unit: expected a unit such as 1us, 1ms, 1s, 1B or 64KiB, found 'us' (units: ns "
             "us ms s m h B KB MB GB TB KiB MiB GiB TiB)"}},
        ErrorCase{
            "UnitList", buckets("{ unit: [] }"), {"5:36 unit: expected a unit, found a list"}},
        ErrorCase{"SumList", buckets("{ sum: [] }"), {"5:35 sum: " + expected_field + "a list"}},
        ErrorCase{
            "SumKeyText",
            buckets("{ sum: { key: last } }"),
            {"5:42 key: expected a whole number from 0 to 18446744073709551615, found 'last'"}},
        ErrorCase{"SumKeyAndMore",
                  buckets("{ sum: { key: 27, offset: 0 } }"),
                  {"5:46 unknown key 'offset' in 'sum' with 'key' (one of: key)"}}),
    name_of<ErrorCase>);

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
  EXPECT_EQ(parse_text(file("? " + word + "\n: 1")).messages,
            std::vector<std::string>{"3:3 unknown key '" + std::string(60, 'w') +
                                     "...' in the file (one of: object, builtin, prefix, labels, "
                                     "interval, max_age, globals, kernel_addresses, programs, "
                                     "cgroup_ids, maps, inventory, pin)"});
}

}  // namespace
}  // namespace bpfmap::config
