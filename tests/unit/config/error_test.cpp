// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_cases.h"
#include "parse_text.h"

// Every mistake the language knows, with its place and its words: of files, programs and maps.
namespace bpfmap::config {
namespace {

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
        ErrorCase{"MisspeltObject",
                  "objct: x\n" + one_map,
                  {"1:1 unknown key 'objct' in the file (did you mean 'object'?)"}},
        ErrorCase{"MisspeltMaps",
                  "object: x\nmps: []\n",
                  {"2:1 unknown key 'mps' in the file (did you mean 'maps'?)"}},
        ErrorCase{"MisspeltOrigin",
                  "object: x\nmaps: [{mp: m, metrics: [{counter: c}]}, {pined: /a, metrics: "
                  "[{counter: c}]}]\n",
                  {"2:9 unknown key 'mp' in a map (did you mean 'map'?)",
                   "2:43 unknown key 'pined' in a map (did you mean 'pinned'?)"}},
        ErrorCase{"MisspeltMetrics",
                  "object: x\nmaps: [{map: m, metric: [{counter: c}]}]\n",
                  {"2:17 unknown key 'metric' in a map (did you mean 'metrics'?)"}},
        ErrorCase{"MisspeltNameOfLoaded",
                  "maps: [{loaded: { nam: m }, metrics: [{counter: c}]}]\n",
                  {"1:19 unknown key 'nam' in 'loaded' (did you mean 'name'?)"}},
        ErrorCase{"MisspeltKindOfMetric",
                  metric("{ countr: c }"),
                  {"5:5 unknown key 'countr' in a metric (did you mean 'counter'?)"}},
        ErrorCase{"MisspeltBuckets",
                  metric("{ histogram: h, bucket: b, bukets: {} }"),
                  {"5:30 unknown key 'bukets' in a metric (did you mean 'buckets'?)"}},
        ErrorCase{"MisspeltInterfaces",
                  file("programs: { p: { attach: { xdp: { interface: lo } } } }"),
                  {"3:35 unknown key 'interface' in 'xdp' (did you mean 'interfaces'?)"}},
        ErrorCase{"MisspeltSymbol",
                  file("programs: { p: { attach: { uprobe: { binary: /a, symbl: f } } } }"),
                  {"3:50 unknown key 'symbl' in 'uprobe' (did you mean 'symbol'?)"}},
        ErrorCase{"MisspeltFrequency",
                  file("programs: { p: { attach: { perf_event: { type: software, event: cpu-clock, "
                       "frequncy: 9 } } } }"),
                  {"3:76 unknown key 'frequncy' in 'perf_event' (did you mean 'frequency'?)"}},
        ErrorCase{"MisspeltExpiry",
                  map("delete_expired: true\n  expire_aftr: 1s"),
                  {"5:3 unknown key 'expire_aftr' in a map (did you mean 'expire_after'?)"}},
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
        ErrorCase{"PinAndDrain",
                  "object: a\npin: true\nmaps: [{map: m, mode: drain, metrics: [{counter: c}]}]\n",
                  {"notice 3:23 totals of 'mode: drain' are in the exporter's memory, where 'pin' "
                   "does not keep "
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
            "LabelsOfAKey",
            map("key: 3\n  labels: { a: { field: key } }"),
            {"5:3 a map with 'key' has no 'labels' but of its value: it is one entry, whose key "
             "the file says already (constant labels go into 'labels' of the file)"}},
        ErrorCase{"LabelsOfTheValueOfAKey", map("key: 3\n  labels: { a: { value: comm } }"), {}},
        ErrorCase{"NoLabelsOfAKey", map("key: 3\n  labels: {}"), {}},
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
        ErrorCase{
            "IntervalWithoutAPause",
            file("interval: 1ns"),
            {"3:11 interval: expected an interval of at least 1ms, found '1ns': the map would "
             "be walked without a pause"}},
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
        ErrorCase{"LoadedIdOfAProgram",
                  "maps: [{loaded: {id: 1, program: p}, metrics: [{counter: c}]}]\n",
                  {"1:25 'program' chooses among maps of one 'name'; an 'id' is one map"}},
        ErrorCase{"LoadedByTwoUsers",
                  "maps: [{loaded: {name: m, owner: o, program: p}, metrics: [{counter: c}]}]\n",
                  {"1:27 expected either 'program' or 'owner'"}},
        ErrorCase{"LoadedPattern",
                  "maps: [{loaded: {name: \"m*\"}, metrics: [{counter: c}]}]\n",
                  {"1:24 name: expected the name of a map (letters, digits, '_' and '.'; patterns "
                   "are for 'pinned'), found 'm*'"}},
        ErrorCase{"VariableOfTwo",
                  "maps: [{pinned: /a, loaded: {id: 1}, variable: v, metrics: [{counter: c}]}]\n",
                  {"1:21 a map has one of 'map', 'variable', 'pinned' and 'loaded', not several"}},
        ErrorCase{
            "VariableTwice",
            "maps:\n- {pinned: /a, variable: v, metrics: [{counter: c}]}\n"
            "- {pinned: /a, variable: v, metrics: [{counter: d}]}\n",
            {"3:12 map '/a variable v' is listed twice, first at line 2; put its metrics under one "
             "entry"}},
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
