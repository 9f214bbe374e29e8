// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "error_cases.h"
#include "parse_text.h"

// Every mistake in labels, metrics and buckets, with its place and its words.
namespace bpfmap::config {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Label, FileError,
    testing::Values(
        ErrorCase{"Text",
                  label("ifindex"),
                  {"4:16 label 'a': expected a mapping such as { field: a.b } or { constant: text "
                   "}, found "
                   "'ifindex'"}},
        ErrorCase{"UnknownKey",
                  label("{ feild: b }"),
                  {"4:18 unknown key 'feild' in a label (did you mean 'field'?)"}},
        ErrorCase{"FieldEmpty", label("{ field: '' }"), {"4:25 field: must not be empty"}},
        ErrorCase{"FieldMapping",
                  label("{ field: { offset: 1 } }"),
                  {"4:25 field: expected text, found a mapping"}},
        ErrorCase{"ConstantList",
                  label("{ constant: [] }"),
                  {"4:28 constant: expected text, found a list"}},
        ErrorCase{"ConstantAndField",
                  label("{ field: b, constant: c }"),
                  {"4:28 a label with 'constant' takes no other key"}},
        ErrorCase{"ConstantAndValue",
                  label("{ value: b, constant: c }"),
                  {"4:28 a label with 'constant' takes no other key"}},
        ErrorCase{"ConstantAndDecode",
                  label("{ constant: c, decode: hex }"),
                  {"4:18 a label with 'constant' takes no other key"}},
        ErrorCase{"ConstantAndOffset",
                  label("{ constant: c, offset: 1, type: u8 }"),
                  {"4:18 a label with 'constant' takes no other key"}},
        ErrorCase{"ValueList",
                  label("{ value: [] }"),
                  {"4:25 value: expected a field's path or { offset: ..., type: ... }, found a "
                   "list"}},
        ErrorCase{"ValueNull",
                  label("{ value: }"),
                  {"4:18 value: expected a field's path or { offset: ..., type: ... }, found "
                   "nothing"}},
        ErrorCase{"ValueEmpty", label("{ value: '' }"), {"4:25 value: must not be empty"}},
        ErrorCase{
            "ValueWithoutType", label("{ value: { offset: 1 } }"), {"4:25 'value' needs 'type'"}},
        ErrorCase{"ValueAndField",
                  label("{ field: b, value: c }"),
                  {"4:28 a label has 'field', a part of the key, or 'value', a part of the value, "
                   "not both"}},
        ErrorCase{"ValueAndOffset",
                  label("{ value: c, offset: 1, type: u8 }"),
                  {"4:18 which bytes of the value a label is made of is said inside: value: { "
                   "offset: ..., size: ..., type: ... }"}},
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
                  map("labels: { a: , b: { constant: c } }") + "labels: { b: d }\n",
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
        ErrorCase{"ClockOfCounter",
                  metric("{ counter: c, clock: boot }"),
                  {"5:17 only a gauge has a 'clock': a point in time is no count"}},
        ErrorCase{"ClockOfHistogram",
                  metric("{ histogram: h, buckets: [1], clock: boot }"),
                  {"5:33 only a gauge has a 'clock': a point in time is no count"}},
        ErrorCase{"ClockUnknown",
                  metric("{ gauge: g, clock: bot }"),
                  {"5:22 clock: unknown value 'bot' (did you mean 'boot'?)"}},
        ErrorCase{"ClockAndUnit",
                  metric("{ gauge: g, clock: boot, unit: 1us }"),
                  {"5:28 the value of a metric with 'clock' is in nanoseconds; leave 'unit' out"}},
        ErrorCase{"ClockAndUnitOfNanoseconds", metric("{ gauge: g, clock: boot, unit: 1ns }"), {}},
        ErrorCase{"ClockAndScale",
                  metric("{ gauge: g, clock: boot, scale: 2 }"),
                  {"5:28 a metric with 'clock' has no 'scale': it is a Unix time in seconds"}},
        ErrorCase{"ClockAndSum",
                  metric("{ gauge: g, clock: boot, aggregate: sum }"),
                  {"5:39 aggregate: points in time do not add up: expected max (the latest, which "
                   "is what happens without 'aggregate') or min (the earliest)"}},
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

}  // namespace
}  // namespace bpfmap::config
