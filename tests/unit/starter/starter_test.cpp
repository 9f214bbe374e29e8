// SPDX-License-Identifier: Apache-2.0
// What `init` guesses from names and types. Whole files are in tests/integration/init_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decode/metric_kind.h"
#include "starter/events.h"
#include "starter/fields.h"
#include "starter/histograms.h"
#include "starter/labels.h"
#include "starter/metric_namer.h"
#include "starter/metrics.h"
#include "starter/words.h"
#include "starter/yaml.h"
#include "support/layouts.h"

namespace bpfmap::starter {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

kernel::MapInfo hash_of(const std::string& name, const kernel::TypePtr& key,
                        const kernel::TypePtr& value) {
  kernel::MapInfo map;
  map.name = name;
  map.key = key;
  map.value = value;
  map.shape.type = 1;
  map.shape.key_size = key->size;
  map.shape.value_size = value->size;
  map.shape.max_entries = 64;
  return map;
}

MapMetrics metrics_of(const kernel::MapInfo& map,
                      std::optional<config::BootClock> clock = std::nullopt) {
  MetricNamer namer("");
  return metrics_of_rows(map, "map", namer, {clock, nullptr});
}

// "counter x_total" of a map whose value is one number.
std::string metric_of(const std::string& map, const std::string& type) {
  const MapMetrics metrics = metrics_of(hash_of(map, test::number("u32"), test::number(type)));
  if (metrics.metrics.size() != 1) return "not one metric";
  return std::string(decode::kind_name(metrics.metrics[0].kind)) + " " + metrics.metrics[0].name;
}

std::string label_text(const std::string& field, const kernel::TypePtr& type) {
  const auto key = test::structure("struct key", {{field, type}});
  const auto labels = labels_of("map", {"map", "key", key->size, key}, "");
  return labels.size() == 1 ? labels[0].text : "not one label";
}

kernel::TypePtr renamed(const char* explicit_name, const std::string& name) {
  kernel::Type type = *test::number(explicit_name);
  type.name = name;
  return std::make_shared<const kernel::Type>(std::move(type));
}

TEST(StarterWords, TakesNamesApart) {
  EXPECT_THAT(words_of("total_us"), ElementsAre("total", "us"));
  EXPECT_THAT(words_of("source.addrV4[2]"), ElementsAre("source", "addr", "v4", "2"));
  EXPECT_THAT(words_of("__"), IsEmpty());
  EXPECT_THAT(telling_words({"disk", "latency", "us", "hist"}), ElementsAre("disk", "latency"));
  EXPECT_THAT(telling_words({"slot", "only"}), ElementsAre("slot", "only"));
  EXPECT_EQ(unit_of({"wait", "ns"})->yaml, "1ns");
  EXPECT_FALSE(unit_of({"status"}));
}

TEST(StarterMetrics, ChoosesKindsByNamesAndTypes) {
  EXPECT_EQ(metric_of("hits", "u64"), "counter hits_total");
  EXPECT_EQ(metric_of("whatever", "u64"), "counter whatever_total");
  EXPECT_EQ(metric_of("queue_depth", "u64"), "gauge queue_depth");
  EXPECT_EQ(metric_of("requests_inflight", "u32"), "gauge requests_inflight");
  EXPECT_EQ(metric_of("balance", "s64"), "gauge balance");
  EXPECT_EQ(metric_of("calls", "s64"), "counter calls_total");
  EXPECT_EQ(metric_of("load", "f64"), "gauge load");
  EXPECT_EQ(metric_of("on_cpu_ns", "u64"), "counter on_cpu_seconds_total");
  EXPECT_EQ(metric_of("sent_bytes", "u64"), "counter sent_bytes_total");
  EXPECT_EQ(metric_of("call_counts", "u64"), "counter call_total");
}

TEST(StarterMetrics, LooksIntoStructs) {
  const auto value = test::structure("struct v", {{"count", test::number("u64")},
                                                  {"max_us", test::number("u64")},
                                                  {"start_ts", test::number("u64")},
                                                  {"name", test::text(8)}});
  const MapMetrics metrics = metrics_of(hash_of("io", test::number("u32"), value));
  ASSERT_EQ(metrics.metrics.size(), 2U);
  EXPECT_EQ(metrics.metrics[0].name, "io_total");
  EXPECT_EQ(metrics.metrics[0].value, "count");
  EXPECT_EQ(metrics.metrics[1].name, "io_max_seconds");
  EXPECT_THAT(metrics.metrics[1].more, ElementsAre("unit: 1us", "aggregate: max"));
  ASSERT_EQ(metrics.left_out.size(), 2U);
  EXPECT_THAT(metrics.left_out[0], HasSubstr("start_ts: 'start' in its name"));
  EXPECT_THAT(metrics.left_out[1], HasSubstr("name: char[8] is no number"));
  EXPECT_FALSE(metrics.is_bookkeeping);
}

TEST(StarterMetrics, TimeStampsAloneAreBookkeeping) {
  const MapMetrics metrics =
      metrics_of(hash_of("started", test::number("u32"), test::number("u64")));
  EXPECT_TRUE(metrics.is_bookkeeping);
  EXPECT_EQ(metrics.metrics.size(), 1U);
}

// "gauge x_seconds clock: boot", or what was left out.
std::string time_of(const std::string& field, const kernel::TypePtr& type,
                    std::optional<config::BootClock> clock) {
  const auto value = test::structure("struct v", {{"packets", test::number("u64")}, {field, type}});
  const MapMetrics metrics = metrics_of(hash_of("flows", test::number("u32"), value), clock);
  if (metrics.metrics.size() == 1 && metrics.left_out.size() == 1) return metrics.left_out[0];
  std::string text;
  for (const MetricDraft& metric : metrics.metrics) {
    if (metric.value != field) continue;
    text += std::string(decode::kind_name(metric.kind)) + " " + metric.name;
    for (const std::string& line : metric.more) text += " " + line;
  }
  return text;
}

TEST(StarterTimes, AreTimesOfDayByTheClockThatProgramsRead) {
  using config::BootClock;
  const auto u64 = test::number("u64");
  EXPECT_EQ(time_of("last_seen", u64, BootClock::kMonotonic),
            "gauge flows_last_seen_timestamp_seconds clock: monotonic");
  EXPECT_EQ(time_of("first_seen_ns", u64, BootClock::kBoot),
            "gauge flows_first_seen_timestamp_seconds clock: boot aggregate: min");
  EXPECT_EQ(time_of("updated", test::number("s64"), BootClock::kBoot),
            "gauge flows_updated_timestamp_seconds clock: boot");
  EXPECT_EQ(time_of("last_ts", u64, BootClock::kBoot),
            "gauge flows_last_timestamp_seconds clock: boot");
  EXPECT_EQ(time_of("last_ns", u64, BootClock::kBoot),
            "gauge flows_last_timestamp_seconds clock: boot");
}

TEST(StarterTimes, AreLeftOutWhereTheyAreNotesOrOfAnUnknownClock) {
  using config::BootClock;
  const auto u64 = test::number("u64");
  for (const char* note : {"start", "ts", "start_ns", "tstamp", "enter_ts"}) {
    EXPECT_THAT(time_of(note, u64, BootClock::kBoot), HasSubstr("look like a time stamp")) << note;
  }
  EXPECT_THAT(time_of("last_seen", u64, std::nullopt), HasSubstr("clock: boot"));
  EXPECT_THAT(time_of("last_seen_ms", u64, BootClock::kBoot), HasSubstr("1ms"));
  EXPECT_THAT(time_of("start", test::number("u32"), BootClock::kBoot),
              HasSubstr("says where or when something begins"));
}

TEST(StarterTimes, AreOfTheOneClockThatIsRead) {
  using config::BootClock;
  EXPECT_EQ(clock_of({.boot = true, .monotonic = false}), BootClock::kBoot);
  EXPECT_EQ(clock_of({.boot = false, .monotonic = true}), BootClock::kMonotonic);
  EXPECT_EQ(clock_of({.boot = true, .monotonic = true}), std::nullopt);
  EXPECT_EQ(clock_of({}), std::nullopt);
}

TEST(StarterMetrics, NamesOfThingsAreNoMetrics) {
  for (const char* name : {"pid", "cgroup_id", "src_port", "uid", "netns", "ifindex", "cookie"}) {
    EXPECT_THAT(time_of(name, test::number("u64"), std::nullopt), HasSubstr("says which one it is"))
        << name;
  }
  EXPECT_THAT(time_of("cpu", test::number("u32"), std::nullopt), HasSubstr("says which one it is"));
  EXPECT_THAT(time_of("on_cpu", test::number("u64"), std::nullopt), HasSubstr("counter"));
  EXPECT_THAT(time_of("pid_count", test::number("u64"), std::nullopt), HasSubstr("counter"));
  EXPECT_THAT(time_of("comm", test::text(16), std::nullopt), HasSubstr("comm: { value: comm }"));
}

TEST(StarterHistograms, AnArrayByItsNameWithItsSum) {
  const auto value = test::structure("struct v", {{"total_us", test::number("u64")},
                                                  {"slots", test::array(test::number("u64"), 8)}});
  const MapMetrics metrics = metrics_of(hash_of("runqlat", test::number("u32"), value));
  ASSERT_EQ(metrics.metrics.size(), 1U);
  EXPECT_EQ(metrics.metrics[0].name, "runqlat_seconds");
  EXPECT_EQ(metrics.metrics[0].value, "slots");
  EXPECT_THAT(metrics.metrics[0].more,
              ElementsAre("buckets: { scale: log2, unit: 1us, sum: total_us, guessed: true }"));
}

TEST(StarterHistograms, NoSumInAnotherUnitAndNoFewNumbers) {
  const auto value = test::structure("struct v", {{"total_ns", test::number("u64")},
                                                  {"slots_us", test::array(test::number("u64"), 8)},
                                                  {"parts", test::array(test::number("u64"), 2)}});
  const MapMetrics metrics = metrics_of(hash_of("io", test::number("u32"), value));
  ASSERT_EQ(metrics.metrics.size(), 4U);
  EXPECT_THAT(metrics.metrics[0].more,
              ElementsAre("buckets: { scale: log2, unit: 1us, guessed: true }"));
  EXPECT_EQ(metrics.metrics[1].name, "io_seconds_2_total") << "io_seconds is taken";
  EXPECT_EQ(metrics.metrics[2].value, "\"parts[0]\"");
  EXPECT_EQ(metrics.metrics[3].name, "io_parts_1_total");
}

TEST(StarterHistograms, ABucketARow) {
  const auto key =
      test::structure("struct k", {{"dev", test::number("u32")}, {"slot", test::number("u32")}});
  const MapMetrics metrics = metrics_of(hash_of("latency_us", key, test::number("u64")));
  ASSERT_EQ(metrics.metrics.size(), 1U);
  EXPECT_EQ(metrics.slot, "slot");
  EXPECT_THAT(
      metrics.metrics[0].more,
      ElementsAre("bucket: slot", "buckets: { scale: log2, max: 26, unit: 1us, guessed: true }"));
  EXPECT_THAT(metrics.metrics[0].why, HasSubstr("log2 (guess): slot i holds 2^i to 2^(i+1)-1"));
  EXPECT_THAT(metrics.metrics[0].why, HasSubstr("it is exp2"));
}

TEST(StarterHistograms, LinearByAName) {
  const auto value = test::structure("struct v", {{"slots", test::array(test::number("u64"), 8)}});
  EXPECT_THAT(metrics_of(hash_of("depth_linear", test::number("u32"), value)).metrics[0].more,
              ElementsAre("buckets: { scale: linear, guessed: true }"));
}

TEST(StarterMetrics, OfNumbersOf128BitsButNotOfThoseInNetworkOrder) {
  const auto value = test::structure(
      "struct v", {{"bytes", test::number("u128")}, {"gateway", test::number("be32")}});
  const MapMetrics metrics = metrics_of(hash_of("links", test::number("u32"), value));
  ASSERT_EQ(metrics.metrics.size(), 1U);
  EXPECT_EQ(metrics.metrics[0].name, "links_bytes_total");
  EXPECT_THAT(metrics.left_out, ElementsAre(HasSubstr("gateway: in network order")));
}

TEST(StarterLabels, ChoosesDecoders) {
  const auto u32 = test::number("u32");
  EXPECT_EQ(label_text("ifindex", u32), "{ decode: ifname }");
  EXPECT_EQ(label_text("saddr", u32), "{ decode: ipv4 }");
  EXPECT_EQ(label_text("peer", renamed("u32", "__be32")), "{ decode: ipv4 }");
  EXPECT_EQ(label_text("daddr", test::array(test::number("u8"), 16)), "{ decode: ipv6 }");
  EXPECT_EQ(label_text("dport", renamed("u16", "__be16")), "{ decode: port }");
  EXPECT_EQ(label_text("dport", test::number("be16")), "{ decode: port }");
  EXPECT_EQ(label_text("h_proto", test::number("be16")), "{ decode: ethertype }");
  EXPECT_EQ(label_text("seq", test::number("be32")), "");
  EXPECT_EQ(label_text("id", test::number("be16")), "");
  EXPECT_EQ(label_text("dport", test::number("u16")), "");
  EXPECT_EQ(label_text("dev", u32), "{ decode: { majorminor: { encoding: kernel } } }");
  EXPECT_EQ(label_text("any", renamed("u32", "dev_t")), "{ decode: majorminor }");
  EXPECT_EQ(label_text("any", renamed("u64", "dev_t")),
            "{ decode: { majorminor: { encoding: kernel } } }");
  EXPECT_EQ(label_text("nr", u32), "{ decode: syscall }");
  EXPECT_EQ(label_text("sig", u32), "{ decode: signal }");
  EXPECT_THAT(label_text("ret", test::number("s32")), HasSubstr("[errno, "));
  EXPECT_EQ(label_text("comm", test::text(16)), "");
  EXPECT_EQ(label_text("comm", test::array(test::number("u8"), 16)), "{ decode: string }");
  EXPECT_EQ(label_text("mac", test::array(test::number("u8"), 6)), "");
  EXPECT_EQ(label_text("dev", test::number("u8")), "") << "too small for a device number";
  EXPECT_EQ(label_text("le", u32), "{ field: le }") << "le is for buckets";
}

TEST(StarterLabels, OfTriesArePrefixes) {
  const auto trie = [](const kernel::TypePtr& key) {
    kernel::MapInfo map = hash_of("routes", key, test::number("u64"));
    map.shape.type = 11;  // lpm_trie
    return map;
  };
  const auto u32 = test::number("u32");
  const auto address = test::array(test::number("u8"), 4);
  const auto pair =
      labels_of_trie(trie(test::structure("struct k", {{"prefixlen", u32}, {"data", address}})));
  ASSERT_EQ(pair.size(), 1U);
  EXPECT_EQ(pair[0].name, "prefix");
  EXPECT_EQ(pair[0].text, "{ field: data, decode: prefix }");
  const auto more = labels_of_trie(
      trie(test::structure("struct k", {{"prefixlen", u32}, {"ifindex", u32}, {"addr", address}})));
  ASSERT_EQ(more.size(), 2U);
  EXPECT_EQ(more[0].text, "{ decode: ifname }");
  EXPECT_EQ(more[1].text, "{ decode: prefix }");
  const auto text = labels_of_trie(
      trie(test::structure("struct k", {{"prefixlen", u32}, {"path", test::text(8)}})));
  ASSERT_EQ(text.size(), 2U);
  EXPECT_EQ(text[0].name, "prefixlen");
  EXPECT_EQ(text[1].text, "");
}

TEST(StarterLabels, ANameOfAMapTellsWhatItsKeyIs) {
  const decode::Whole key{"m", "key", 4, test::number("u32")};
  EXPECT_EQ(labels_of("calls_by_syscall", key, "")[0].name, "syscall");
  EXPECT_EQ(labels_of("calls_by_syscall", key, "")[0].text, "{ field: key, decode: syscall }");
  EXPECT_EQ(labels_of("calls", key, "")[0].name, "key");
  EXPECT_THAT(labels_of("calls", key, "key"), IsEmpty());
  EXPECT_EQ(labels_yaml({}), "    labels: {}\n");
}

TEST(StarterFields, UnionsAndArraysAreTakenApart) {
  const auto pair = test::structure("struct p", {{"x", test::number("u16")}});
  const auto choice = test::union_of(
      "union u", {{"v4", test::number("u32")}, {"v6", test::array(test::number("u8"), 16)}});
  const auto whole = test::structure("struct s", {{"pairs", test::array(pair, 6)}, {"u", choice}});
  std::vector<std::string> paths;
  const auto fields = usable_fields({"m", "key", whole->size, whole});
  for (const UsableField& usable : fields) paths.push_back(usable.field.path);
  EXPECT_THAT(paths, ElementsAre("pairs[0].x", "pairs[1].x", "pairs[2].x", "pairs[3].x", "u.v4"));
  EXPECT_EQ(fields[0].note, "the first 4 of 6 elements of pairs");
  EXPECT_EQ(fields[4].note, "a union; the other members are u.v6");
}

TEST(StarterFields, NamedPaddingIsLeftOut) {
  const auto whole = test::structure("struct s", {{"x", test::number("u8")},
                                                  {"pad", test::array(test::number("u8"), 3)},
                                                  {"_reserved", test::number("u32")},
                                                  {"__pad2", test::number("u32")},
                                                  {"tail_pad", test::number("u16")},
                                                  {"used", test::number("u32")}});
  std::vector<std::string> paths;
  for (const UsableField& usable : usable_fields({"m", "key", whole->size, whole})) {
    paths.push_back(usable.field.path);
  }
  EXPECT_THAT(paths, ElementsAre("x", "used"));
}

TEST(StarterNames, DoNotClashWithEachOtherOrTheExporters) {
  using config::MetricKind;
  MetricNamer namer("disk");
  EXPECT_EQ(namer.name({"x"}, {}, "", MetricKind::kHistogram), "disk_x");
  EXPECT_EQ(namer.name({"x"}, {}, "", MetricKind::kCounter), "disk_x_2_total");
  EXPECT_EQ(namer.name({"x"}, {}, "", MetricKind::kCounter), "disk_x_3_total");
  EXPECT_EQ(namer.name({"process", "y"}, {}, "", MetricKind::kGauge), "disk_process_y");
  EXPECT_EQ(namer.name({"packets"}, {"packets"}, "", MetricKind::kCounter), "disk_packets_total");
  EXPECT_EQ(namer.name({"count"}, {}, "", MetricKind::kCounter), "disk_count_total");
  EXPECT_EQ(namer.name({"disk", "reads"}, {}, "", MetricKind::kCounter), "disk_reads_total");
}

// So that files of several objects can be used together.
TEST(StarterNames, BeginWithTheObject) {
  using config::MetricKind;
  EXPECT_EQ(MetricNamer("run-qlat").name({"hists"}, {}, "seconds", MetricKind::kHistogram),
            "run_qlat_hists_seconds");
  EXPECT_EQ(MetricNamer("process").name({"y"}, {}, "", MetricKind::kGauge), "object_process_y");
  EXPECT_EQ(MetricNamer("").name({"count"}, {}, "", MetricKind::kCounter), "count_total");
}

TEST(StarterYaml, QuotesWhatIsNoPlainWord) {
  EXPECT_EQ(scalar("a/b-c.o"), "a/b-c.o");
  EXPECT_EQ(scalar("slots[0]"), "\"slots[0]\"");
  EXPECT_EQ(scalar("null"), "\"null\"");
  EXPECT_EQ(scalar("1e3"), "\"1e3\"");
  EXPECT_EQ(scalar("a$b\"\\"), "\"a$$b\\\"\\\\\"");
  EXPECT_EQ(scalar(""), "\"\"");
  EXPECT_EQ(scalar("a\nb\x1b"), "\"a\\nb?\"");
  EXPECT_EQ(sentence("Field a[0].b of map m."), "Field a[0].b of map m.");
  EXPECT_EQ(sentence("Value of map x: #1."), "\"Value of map x: #1.\"");
  EXPECT_EQ(comment_line("   a\n  b"), "#   a   b\n");
  EXPECT_EQ(comment("two\nlines", "  "), "  # two lines\n");
  EXPECT_EQ(commented_out("  - a\n    b\n", "  "), "  # - a\n  #   b\n");
}

}  // namespace
}  // namespace bpfmap::starter
