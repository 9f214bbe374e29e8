// SPDX-License-Identifier: Apache-2.0
// Files in ebpf_exporter's format: what becomes of them, and what is said about mistakes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "config/load.h"
#include "config/write_yaml.h"

namespace bpfmap::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct ParsedPeer {
  Config config;
  std::string said;
  bool failed = false;
};

ParsedPeer parse_peer(const std::string& text) {
  auto source = std::make_shared<Source>(Source{"dir/things.yaml", text});
  Diagnostics diagnostics(source);
  Config config = parse_config(
      source, [](const std::string&) { return std::nullopt; }, diagnostics);
  return {std::move(config), diagnostics.render(), diagnostics.has_errors()};
}

std::string counter_with(const std::string& decoders, const std::string& size = "4") {
  return "metrics:\n  counters:\n    - name: c\n      labels:\n        - name: l\n          "
         "size: " +
         size + "\n          decoders: " + decoders + "\n";
}

TEST(PeerFile, IsRecognisedByMetricsWithoutMaps) {
  EXPECT_EQ(parse_peer("metrics: {}").config.dialect, Dialect::kEbpfExporter);
  EXPECT_EQ(parse_peer("object: x\nmaps: []\nmetrics: {}").config.dialect, Dialect::kOwn);
  EXPECT_EQ(parse_peer("object: x").config.dialect, Dialect::kOwn);
  EXPECT_EQ(parse_peer("tracing: { spans: [] }").config.dialect, Dialect::kEbpfExporter);
  EXPECT_EQ(parse_peer("kaddrs: [a]").config.dialect, Dialect::kEbpfExporter);
  EXPECT_EQ(parse_peer("object: x\nmaps: []\ntracing: {}").config.dialect, Dialect::kOwn);
}

TEST(PeerFile, WithSpansOnlyAttachesItsPrograms) {
  const ParsedPeer parsed = parse_peer("tracing: { spans: [ { ringbuf: r, name: n } ] }");
  EXPECT_FALSE(parsed.failed);
  EXPECT_THAT(parsed.said, HasSubstr("things.yaml:1:1: warning: spans are not exported"));
  EXPECT_THAT(parsed.config.maps, IsEmpty());
  EXPECT_EQ(parsed.config.object->value, "dir/things.bpf.o");
  const std::string written = write_yaml(parsed.config, {});
  const ParsedPeer again = parse_peer(written);
  EXPECT_FALSE(again.failed) << again.said << written;
  EXPECT_THAT(again.said, HasSubstr("warning: 'maps' is empty"));
}

TEST(PeerFile, IsForSomething) {
  for (const char* nothing : {"metrics:", "metrics: {}", "metrics: { counters: }",
                              "tracing:", "tracing: {}", "tracing: { spans: }", "kaddrs: [a]",
                              "metrics:\ntracing:", "metrics: { help: x }", "metrics: []"}) {
    const ParsedPeer parsed = parse_peer(nothing);
    EXPECT_TRUE(parsed.failed) << nothing;
    EXPECT_THAT(parsed.said, HasSubstr("things.yaml:1:")) << nothing;
  }
  for (const char* something : {"metrics: { counters: [] }", "metrics: { histograms: [] }",
                                "tracing: { spans: [] }", "metrics:\ntracing: { spans: [] }"}) {
    EXPECT_FALSE(parse_peer(something).failed) << something;
  }
}

TEST(PeerFile, HasItsObjectBesideItAndItsOwnPrefix) {
  const ParsedPeer parsed = parse_peer("metrics: { counters: [] }");
  EXPECT_EQ(parsed.said, "");
  EXPECT_EQ(parsed.config.object->value, "dir/things.bpf.o");
  EXPECT_EQ(parsed.config.prefix.value, "ebpf_exporter_");
  EXPECT_FALSE(parsed.config.programs_required);
}

TEST(EbpfExporterLabels, FollowEachOtherInTheKey) {
  const ParsedPeer parsed = parse_peer(R"(
metrics:
  counters:
    - name: c
      help: Help
      labels:
        - { name: a, size: 1, padding: 3, decoders: [ { name: uint } ] }
        - { name: b, size: 8, decoders: [ { name: uint } ] }
        - { name: t, size: 16, padding: 4, decoders: [ { name: string } ] }
)");
  EXPECT_EQ(parsed.said, "");
  const MapConfig& map = parsed.config.maps.at(0);
  EXPECT_EQ(map.map.value, "c");
  EXPECT_EQ(map.metrics.at(0).name.value, "c");
  EXPECT_EQ(map.metrics.at(0).help, "Help");
  EXPECT_EQ(map.layout->bytes, 32U);
  const auto& labels = *map.labels;
  EXPECT_EQ(labels.at(0).field.bytes->type, "u8");
  EXPECT_EQ(labels.at(0).field.bytes->offset, 0U);
  EXPECT_THAT(labels.at(0).decode, IsEmpty());
  EXPECT_EQ(labels.at(1).field.bytes->type, "u64");
  EXPECT_EQ(labels.at(1).field.bytes->offset, 4U);
  EXPECT_EQ(labels.at(2).field.bytes->type, "char");
  EXPECT_EQ(labels.at(2).field.bytes->offset, 12U);
  EXPECT_EQ(labels.at(2).field.bytes->size, 16U);
}

TEST(EbpfExporterLabels, BytesAreNoNumbers) {
  const auto type_of = [](const std::string& decoder, const std::string& size) {
    const ParsedPeer parsed = parse_peer(counter_with("[ { name: " + decoder + " } ]", size));
    EXPECT_EQ(parsed.said, "");
    return parsed.config.maps.at(0).labels->at(0).field.bytes->type;
  };
  EXPECT_EQ(type_of("inet_ip", "4"), "bytes");
  EXPECT_EQ(type_of("hex", "8"), "bytes");
  EXPECT_EQ(type_of("kstack", "128"), "u64");
  EXPECT_EQ(type_of("dname", "32"), "bytes");
  EXPECT_EQ(type_of("ksym", "8"), "u64");
  EXPECT_EQ(type_of("string", "3"), "char");
  EXPECT_EQ(type_of("majorminor", "4"), "u32");
  EXPECT_EQ(type_of("majorminor", "8"), "u32") << "the first four bytes";
  EXPECT_EQ(type_of("ifname", "16"), "u32");
}

TEST(PeerDecoders, StaticMapBecomesOurs) {
  const ParsedPeer parsed =
      parse_peer(counter_with("[ { name: uint }, { name: static_map, static_map: { 1: read }, "
                              "allow_unknown: true } ]"));
  EXPECT_EQ(parsed.said, "");
  const DecoderConfig& decoder = parsed.config.maps.at(0).labels->at(0).decode.at(0);
  EXPECT_EQ(decoder.name.value, "map");
  EXPECT_EQ(decoder.arguments.find("table")->find("1")->scalar, "read");
  EXPECT_EQ(decoder.arguments.find("keep_unknown")->scalar, "true");
}

TEST(PeerDecoders, NamesOfDnsReadTheTextOrTheBytes) {
  const auto chain_of = [](const char* decoders) {
    const ParsedPeer parsed = parse_peer(counter_with(decoders, "16"));
    EXPECT_EQ(parsed.said, "");
    std::string chain;
    for (const DecoderConfig& one : parsed.config.maps.at(0).labels->at(0).decode) {
      chain += one.name.value + " ";
    }
    return chain;
  };
  EXPECT_EQ(chain_of("[ { name: dname } ]"), "dname ");
  EXPECT_EQ(chain_of("[ { name: string }, { name: dname } ]"), "string dname ");
}

TEST(PeerDecoders, DollarsAreThoseOfExpressions) {
  const ParsedPeer good = parse_peer(counter_with(
      "[ { name: string }, { name: regexp, regexps: [ '^a${HOME}', 'b$$' ] } ]", "16"));
  EXPECT_EQ(good.said, "");
  const DecoderConfig& decoder = good.config.maps.at(0).labels->at(0).decode.at(0);
  EXPECT_EQ(decoder.arguments.find("patterns")->items.at(1).scalar, "b$$");
  EXPECT_EQ(decoder.arguments.find("keep")->scalar, "match");
}

TEST(PeerDecoders, WhatIsNeverFoundIsOnlyWarnedOf) {
  const ParsedPeer parsed = parse_peer(
      counter_with("[ { name: uint }, { name: static_map, static_map: { 1: a, x: b } } ]"));
  EXPECT_FALSE(parsed.failed);
  EXPECT_THAT(parsed.said, HasSubstr("warning: 'x' is never found"));
}

TEST(PeerMistakes, HaveTheirPlaces) {
  const auto said = [](const std::string& text) {
    const ParsedPeer parsed = parse_peer(text);
    EXPECT_TRUE(parsed.failed);
    return parsed.said;
  };
  EXPECT_THAT(said(counter_with("[]")), HasSubstr("things.yaml:7:21: error"));
  EXPECT_THAT(said(counter_with("[ { name: uint } ]", "3")),
              HasSubstr("'uint' reads 1, 2, 4 or 8 bytes, found 3"));
  EXPECT_THAT(said(counter_with("[ { name: string }, { name: uint } ]")),
              HasSubstr("must be the first decoder"));
  EXPECT_THAT(said(counter_with("[ { name: uint }, { name: static_map } ]")),
              HasSubstr("a decoder needs 'static_map'"));
  EXPECT_THAT(said("metrics: { counters: [ { help: x } ] }"), HasSubstr("a counter needs 'name'"));
  EXPECT_THAT(said("metrics: { histograms: [ { name: h, bucket_type: exp2, bucket_max: 3 } ] }"),
              HasSubstr("a histogram needs 'labels'"));
  EXPECT_THAT(said("metrics: { counters: [ { name: c }, { name: c } ] }"),
              HasSubstr("metric 'ebpf_exporter_c' is defined twice"));
  EXPECT_THAT(said("metrics: { counters: [ { name: c, help: a, help: b, labels: [ { name: l, size: "
                   "4, decoders: [ { name: uint } ] } ] } ] }"),
              HasSubstr("error: key 'help' is set twice"));
  EXPECT_THAT(said("metrics: { counters: [ { name: c, perf_event_array: true } ] }"),
              HasSubstr("needs 'labels'"));
}

TEST(PeerMistakes, UnknownKeysAreWarningsWithSuggestions) {
  const ParsedPeer parsed = parse_peer("metrics:\n  counters:\n    - name: c\n      hlep: x\n");
  EXPECT_FALSE(parsed.failed);
  EXPECT_THAT(parsed.said, HasSubstr("things.yaml:4:7: warning: unknown key 'hlep' in a counter"));
  EXPECT_THAT(parsed.said, HasSubstr("did you mean 'help'?"));
}

const char* const kPeerSlot = "labels: [ { name: b, size: 4, decoders: [ { name: uint } ] } ]";

TEST(PeerBuckets, SumIsBehindTheLast) {
  const ParsedPeer parsed = parse_peer(
      std::string("metrics: { histograms: [ { name: h, bucket_type: linear, bucket_min: 1, "
                  "bucket_max: 9, bucket_multiplier: 0.5, ") +
      kPeerSlot + " } ] }");
  EXPECT_EQ(parsed.said, "");
  const BucketsConfig& buckets = *parsed.config.maps.at(0).metrics.at(0).buckets;
  EXPECT_EQ(buckets.scale, BucketScale::kLinear);
  EXPECT_EQ(buckets.sum_key->value, 10U);
  EXPECT_EQ(buckets.unit.numerator / buckets.unit.denominator, 0.5);
  EXPECT_THAT(*parsed.config.maps.at(0).labels, IsEmpty());
}

TEST(PeerBuckets, FixedKeysAreSorted) {
  const ParsedPeer parsed =
      parse_peer(std::string("metrics: { histograms: [ { name: h, bucket_type: fixed, bucket_keys: "
                             "[9, 2, 2], ") +
                 kPeerSlot + " } ] }");
  EXPECT_EQ(parsed.said, "");
  const BucketsConfig& buckets = *parsed.config.maps.at(0).metrics.at(0).buckets;
  ASSERT_EQ(buckets.bounds.size(), 2U);
  EXPECT_EQ(buckets.bounds[0].value, 2);
  EXPECT_EQ(buckets.sum_key->value, 10U);
}

TEST(PeerBuckets, MistakesHaveTheirPlaces) {
  const auto said = [](const std::string& keys) {
    return parse_peer("metrics: { histograms: [ { name: h, " + keys + ", " + kPeerSlot + " } ] }")
        .said;
  };
  EXPECT_THAT(said("bucket_type: exp3, bucket_max: 1"), HasSubstr("did you mean 'exp2'"));
  EXPECT_THAT(said("bucket_type: exp2"), HasSubstr("needs 'bucket_max'"));
  EXPECT_THAT(said("bucket_type: exp2, bucket_min: 5, bucket_max: 1"),
              HasSubstr("expected at least 'bucket_min', which is 5"));
  EXPECT_THAT(said("bucket_type: fixed"), HasSubstr("needs 'bucket_keys'"));
  EXPECT_THAT(said("bucket_type: exp2, bucket_max: 1, bucket_multiplier: -1"),
              HasSubstr("above zero"));
}

TEST(PeerEvents, CountOneEachAndBeginAnew) {
  const ParsedPeer parsed = parse_peer(
      "metrics: { counters: [ { name: c, perf_event_array: true, flush_interval: 1h30m, labels: [ "
      "{ name: a, size: 4, padding: 4, decoders: [ { name: uint } ] } ] } ] }");
  EXPECT_EQ(parsed.said, "");
  const EventConfig& events = parsed.config.maps.at(0).events;
  EXPECT_EQ(events.size->value, 8U);
  EXPECT_EQ(events.reset_every, std::chrono::minutes(90));
}

TEST(PeerEvents, BeginAnewAfterMillisecondsToo) {
  const ParsedPeer parsed = parse_peer(
      "metrics: { counters: [ { name: c, perf_event_array: true, flush_interval: 500ms, labels: [ "
      "{ name: a, size: 4, decoders: [ { name: uint } ] } ] } ] }");
  EXPECT_EQ(parsed.said, "");
  EXPECT_EQ(parsed.config.maps.at(0).events.reset_every, std::chrono::milliseconds(500));
}

TEST(PeerFile, KnowsTheRest) {
  const ParsedPeer parsed = parse_peer(
      "metrics: {}\nkaddrs: [init_task]\ncgroup_id_map: { name: m, type: hash, regexps: "
      "['/a$'] }\ntracing: { spans: [] }\n");
  EXPECT_FALSE(parsed.failed);
  EXPECT_THAT(parsed.said, HasSubstr("things.yaml:4:1: warning: spans are not exported"));
  EXPECT_EQ(parsed.config.kernel_addresses.at(0).global.value, "kaddr_init_task");
  EXPECT_EQ(parsed.config.cgroup_ids.at(0).map.value, "m");
  EXPECT_EQ(parsed.config.cgroup_ids.at(0).paths.at(0).value, "/a$");
}

TEST(PeerWriting, IsReadBackAsTheSame) {
  const ParsedPeer parsed = parse_peer(R"(
metrics:
  counters:
    - name: c
      help: "It's 5 $ \"each\": \\"
      labels:
        - name: a
          size: 4
          decoders: [ { name: uint }, { name: static_map, static_map: { 1: "yes: no", 2: true } } ]
        - { name: t, size: 16, decoders: [ { name: string }, { name: regexp, regexps: ['^x$'] } ] }
    - name: single
    - name: events
      perf_event_array: true
      labels: [ { name: a, size: 4, decoders: [ { name: uint } ] } ]
  histograms:
    - name: h
      bucket_type: fixed
      bucket_keys: [1, 5]
      bucket_multiplier: 0.000001
      labels: [ { name: b, size: 8, decoders: [ { name: uint } ] } ]
kaddrs: [init_task]
cgroup_id_map: { name: c, type: hash, regexps: ['a$'] }
)");
  ASSERT_EQ(parsed.said, "");
  const std::string written = write_yaml(parsed.config, {{"A remark."}, {{"Another."}}});
  const ParsedPeer again = parse_peer(written);
  EXPECT_EQ(again.said, "") << written;
  EXPECT_EQ(again.config.dialect, Dialect::kOwn);
  EXPECT_EQ(write_yaml(again.config, {{"A remark."}, {{"Another."}}}), written);
  EXPECT_EQ(again.config.maps.at(0).metrics.at(0).help, "It's 5 $ \"each\": \\");
}

}  // namespace
}  // namespace bpfmap::config
