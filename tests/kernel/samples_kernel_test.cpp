// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "kernel/loaded_maps.h"
#include "support/bpf_requirements.h"

// Real maps with known contents: every exposed sample against what bpftool reads from the same map.
// The structs here repeat those of tests/objects in the host's own C++, so that no layout of the
// exporter takes part.
namespace bpfmap::test {
namespace {

using ::testing::UnorderedElementsAreArray;

template <typename T>
T read(const Bytes& bytes) {
  T value{};
  EXPECT_EQ(bytes.size(), sizeof(T));
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(T)));
  return value;
}

template <typename T>
std::string text(T number) {
  return std::to_string(number);
}

class SamplesTest : public BpfTest {
 protected:
  static void expect(const LoadedMaps& maps, const std::string& yaml, const Samples& expected) {
    EXPECT_FALSE(expected.empty());
    EXPECT_THAT(maps.samples(yaml), UnorderedElementsAreArray(expected)) << yaml;
  }
  bool cannot_run() const { return IsSkipped() || HasFatalFailure(); }
};

struct Ints {
  std::uint64_t u64;
  std::int64_t s64;
  std::uint32_t u32;
  std::int32_t s32;
  std::uint16_t u16;
  std::int16_t s16;
  std::uint8_t u8;
  std::int8_t s8;
  bool flag;
  char letter;
};
static_assert(sizeof(Ints) == 32);

TEST_F(SamplesTest, IntegersOfEverySizeAndSign) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  const Ints rows[] = {
      {0, 0, 0, 0, 0, 0, 0, 0, false, 'a'},
      {UINT64_MAX, INT64_MIN, UINT32_MAX, INT32_MIN, UINT16_MAX, INT16_MIN, UINT8_MAX, INT8_MIN,
       true, 'z'},
      {1, -1, 2, -2, 3, -3, 4, -4, true, 'b'},
  };
  std::uint64_t value = UINT64_MAX;
  for (const Ints& row : rows) maps.update("ints", &row, &value), value -= 7;
  Samples expected;
  for (const DumpedRow& row : maps.dump("ints")) {
    const Ints key = read<Ints>(row.key);
    expected["ints_total{u64=\"" + text(key.u64) + "\",s64=\"" + text(key.s64) + "\",u32=\"" +
             text(key.u32) + "\",s32=\"" + text(key.s32) + "\",u16=\"" + text(key.u16) +
             "\",s16=\"" + text(key.s16) + "\",u8=\"" + text(key.u8) + "\",s8=\"" + text(key.s8) +
             "\",flag=\"" + (key.flag ? "true" : "false") + "\"}"] =
        text(read<std::uint64_t>(row.values.at(0)));
  }
  EXPECT_EQ(expected.size(), 3U);
  expect(maps,
         "maps: [{map: ints, labels: {u64: , s64: , u32: , s32: , u16: , s16: , u8: , s8: , "
         "flag: }, metrics: [{counter: ints_total}]}]",
         expected);
}

struct Strings {
  char comm[16];
  char letter[1];
  unsigned char bytes[7];
  std::uint8_t mac[6];
  char tail[2];
};

TEST_F(SamplesTest, TextIsCutAtNulEscapedAndValidAndEqualTextIsMerged) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  const auto put = [&](const char(&comm)[17], std::uint64_t value) {
    Strings key{};
    std::memcpy(key.comm, comm, 16);
    maps.update("strings", &key, &value);
  };
  put("nginx\0garbage!!!", 1);
  put("nginx\0\0\0\0\0\0\0\0\0\0\0", 10);
  put("a\"b\\c\nd\0\0\0\0\0\0\0\0\0", 100);
  put("bad\xff\0\0\0\0\0\0\0\0\0\0\0\0", 1000);
  put("bad\xfe\0\0\0\0\0\0\0\0\0\0\0\0", 10000);
  put("sixteen letters!", 100000);
  EXPECT_EQ(maps.dump("strings").size(), 6U);
  expect(maps, "maps: [{map: strings, labels: {comm: }, metrics: [{counter: strings_total}]}]",
         {{"strings_total{comm=\"nginx\"}", "11"},
          {"strings_total{comm=\"a\\\"b\\\\c\\nd\"}", "100"},
          {"strings_total{comm=\"bad\xEF\xBF\xBD\"}", "11000"},
          {"strings_total{comm=\"sixteen letters!\"}", "100000"}});
}

struct Enums {
  std::uint32_t color;
  std::int32_t direction;
  std::int32_t other_direction;
  std::uint8_t tiny;
  std::uint8_t tinies[3];
};

TEST_F(SamplesTest, EnumsByNameAndUnknownOnesByNumber) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  const std::map<std::uint32_t, std::string> colors{
      {0, "RED"}, {7, "GREEN"}, {0x80000001, "BRIGHT"}, {5, "5"}};
  const std::map<std::int32_t, std::string> directions{
      {-1, "BACKWARD"}, {0, "STILL"}, {1, "FORWARD"}};
  std::uint64_t value = 1;
  for (const auto& [color, color_name] : colors) {
    for (const auto& [direction, direction_name] : directions) {
      const Enums key{color, direction, 0, 255, {1, 1, 255}};
      maps.update("enums", &key, &value);
      ++value;
    }
  }
  Samples expected;
  for (const DumpedRow& row : maps.dump("enums")) {
    const Enums key = read<Enums>(row.key);
    expected["enums_total{color=\"" + colors.at(key.color) + "\",direction=\"" +
             directions.at(key.direction) + "\",tiny=\"TINY_LAST\"}"] =
        text(read<std::uint64_t>(row.values.at(0)));
  }
  EXPECT_EQ(expected.size(), 12U);
  expect(maps,
         "maps: [{map: enums, labels: {color: , direction: , tiny: }, "
         "metrics: [{counter: enums_total}]}]",
         expected);
}

struct Endpoint {
  std::uint32_t address;
  std::uint16_t port;
  std::uint16_t zone;
};
struct Nested {
  Endpoint source;
  Endpoint destination;
  std::uint32_t anonymous_low;
  std::uint32_t anonymous_deep;
  Endpoint hops[2];
};

TEST_F(SamplesTest, NestedStructsByPathAndWhatIsLeftOutIsSummedAway) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  for (std::uint32_t i = 0; i < 12; ++i) {
    Nested key{};
    key.source = {i % 2, static_cast<std::uint16_t>(80 + i % 3), 0};
    key.anonymous_deep = 5;
    key.hops[1].port = static_cast<std::uint16_t>(i);
    const std::uint64_t value = 1ULL << i;
    maps.update("nested", &key, &value);
  }
  std::map<std::string, std::uint64_t> sums;
  for (const DumpedRow& row : maps.dump("nested")) {
    const Nested key = read<Nested>(row.key);
    sums["nested_total{port=\"" + text(key.source.port) + "\",deep=\"" + text(key.anonymous_deep) +
         "\",hop=\"" + text(key.hops[0].port) + "\"}"] += read<std::uint64_t>(row.values.at(0));
  }
  Samples expected;
  for (const auto& [series, sum] : sums) expected[series] = text(sum);
  EXPECT_EQ(expected.size(), 3U);
  expect(maps,
         "maps: [{map: nested, labels: {port: {field: source.port}, deep: {field: anonymous_deep}, "
         "hop: {field: \"hops[0].port\"}}, metrics: [{counter: nested_total}]}]",
         expected);
}

struct Unions {
  std::uint32_t family;
  union {
    std::uint32_t v4;
    std::uint8_t v6[16];
  };
  union {
    std::uint32_t number;
    Endpoint endpoint;
  } named;
};

TEST_F(SamplesTest, ChosenMembersOfUnions) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  Unions key{};
  key.family = 2;
  const std::uint8_t address[4] = {192, 0, 2, 1};
  std::memcpy(&key.v4, address, 4);
  key.named.endpoint = {9, 443, 0};
  const std::uint64_t value = 3;
  maps.update("unions", &key, &value);
  EXPECT_EQ(maps.dump("unions").size(), 1U);
  expect(
      maps,
      "maps: [{map: unions, labels: {family: , v4: {decode: ipv4}, v6: {decode: ipv6}, "
      "number: {field: named.number}, port: {field: named.endpoint.port}}, "
      "metrics: [{counter: unions_total}]}]",
      {{"unions_total{family=\"2\",v4=\"192.0.2.1\",v6=\"c000:201::\",number=\"9\",port=\"443\"}",
        "3"}});
}

struct Bitfields {
  std::uint8_t plain;
  std::uint8_t first : 1;
  std::uint8_t rest : 7;
  std::uint16_t whole;
  std::uint32_t three : 3;
  std::int32_t signed_five : 5;
  std::uint32_t across : 13;
  bool flag : 1;
  std::uint32_t filler : 10;
  std::uint64_t wide : 40;
  std::int64_t signed_wide : 24;
};

TEST_F(SamplesTest, Bitfields) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  Bitfields key{};
  key.plain = 200;
  key.first = 1;
  key.rest = 77;
  key.whole = 60000;
  key.three = 6;
  key.signed_five = -9;
  key.across = 8000;
  key.flag = true;
  key.filler = 1000;
  key.wide = 0xfedcba9876;
  key.signed_wide = -8000000;
  const std::uint64_t value = 1;
  maps.update("bitfields", &key, &value);
  const Bitfields seen = read<Bitfields>(maps.dump("bitfields").at(0).key);
  expect(maps, "maps: [{map: bitfields, metrics: [{counter: bits_total}]}]",
         {{"bits_total{plain=\"" + text(seen.plain) + "\",first=\"" + text(seen.first) +
               "\",rest=\"" + text(seen.rest) + "\",whole=\"" + text(seen.whole) + "\",three=\"" +
               text(seen.three) + "\",signed_five=\"" + text(seen.signed_five) + "\",across=\"" +
               text(seen.across) + "\",flag=\"true\",filler=\"" + text(seen.filler) + "\",wide=\"" +
               text(seen.wide) + "\",signed_wide=\"" + text(seen.signed_wide) + "\"}",
           "1"}});
}

struct Padded {
  std::uint8_t first;
  std::uint32_t second;
  std::uint16_t third;
  std::uint64_t fourth;
  std::uint8_t last;
};

TEST_F(SamplesTest, KeysThatDifferInPaddingOnlyAreOneSeries) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  for (std::uint8_t garbage = 0; garbage < 3; ++garbage) {
    unsigned char bytes[sizeof(Padded)];
    std::memset(bytes, garbage, sizeof(bytes));
    Padded key{};
    key.second = 2;
    std::memcpy(bytes, &key.first, 1);
    std::memcpy(bytes + offsetof(Padded, second), &key.second, sizeof(key.second));
    std::memcpy(bytes + offsetof(Padded, third), &key.third, sizeof(key.third));
    std::memcpy(bytes + offsetof(Padded, fourth), &key.fourth, sizeof(key.fourth));
    std::memcpy(bytes + offsetof(Padded, last), &key.last, 1);
    const std::uint64_t value = 5;
    maps.update("padded", bytes, &value);
  }
  EXPECT_EQ(maps.dump("padded").size(), 3U);
  expect(maps, "maps: [{map: padded, metrics: [{counter: padded_total}]}]",
         {{"padded_total{first=\"0\",second=\"2\",third=\"0\",fourth=\"0\",last=\"0\"}", "15"}});
}

TEST_F(SamplesTest, ValuesOfEveryKind) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  const std::uint32_t key = 1;
  const std::int64_t negative = INT64_MIN;
  maps.update("signed_number", &key, &negative);
  const double real = 0.1;
  maps.update("double_number", &key, &real);
  const bool yes = true;
  maps.update("bool_number", &key, &yes);
  const std::uint8_t byte = 255;
  maps.update("byte_number", &key, &byte);
  struct {
    double seconds;
    float ratio;
    std::uint32_t count;
  } const floats{1e300, 0.5F, 3};
  maps.update("floats", &key, &floats);
#pragma pack(push, 1)
  struct {
    std::uint8_t first;
    std::uint64_t second;
    std::int16_t third;
  } const packed{1, UINT64_MAX, -2};
#pragma pack(pop)
  maps.update("packed", &key, &packed);

  const auto gauge = [&](const std::string& map, const std::string& value,
                         const std::string& expected) {
    expect(maps,
           "maps: [{map: " + map + ", metrics: [{gauge: g" +
               (value.empty() ? "" : ", value: \"" + value + "\"") + "}]}]",
           {{"g{key=\"1\"}", expected}});
  };
  gauge("signed_number", "", "-9223372036854775808");
  gauge("double_number", "", "0.1");
  gauge("bool_number", "", "1");
  gauge("byte_number", "", "255");
  gauge("floats", "seconds", "1e+300");
  gauge("floats", "ratio", "0.5");
  gauge("floats", "count", "3");
  gauge("packed", "second", "18446744073709551615");
  gauge("packed", "third", "-2");
}

TEST_F(SamplesTest, PerCpuValuesAreSummedOrLabelled) {
  if (cannot_run()) return;
  LoadedMaps maps("kinds");
  const std::uint32_t cpus = maps.info("percpu_hash").shape.cpus;
  for (std::uint32_t key = 0; key < 5; ++key) {
    std::vector<Bytes> values;
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
      const std::uint64_t value = (1ULL << 60) + key * 1000 + cpu;
      const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
      values.emplace_back(from, from + sizeof(value));
    }
    maps.update_cpus("percpu_hash", &key, values);
  }
  Samples summed;
  Samples labelled;
  for (const DumpedRow& row : maps.dump("percpu_hash")) {
    const std::string key = text(read<std::uint32_t>(row.key));
    std::uint64_t sum = 0;
    for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
      const auto value = read<std::uint64_t>(row.values.at(cpu));
      sum += value;
      labelled["c_total{key=\"" + key + "\",core=\"" + text(cpu) + "\"}"] = text(value);
    }
    summed["c_total{key=\"" + key + "\"}"] = text(sum);
  }
  const std::string metrics = "metrics: [{counter: c_total}]}]";
  expect(maps, "maps: [{map: percpu_hash, " + metrics, summed);
  expect(maps, "maps: [{map: percpu_hash, cpu: core, " + metrics, labelled);
}

TEST_F(SamplesTest, MapsWithoutBtfTakeExplicitFields) {
  if (cannot_run()) return;
  LoadedMaps maps("kinds");
  for (std::uint32_t key = 0; key < 4; ++key) {
    const std::uint64_t value = (std::uint64_t{key} << 32) + 9;
    maps.update("untyped", &key, &value);
  }
  Samples expected;
  for (const DumpedRow& row : maps.dump("untyped")) {
    std::uint16_t low = 0;
    std::uint32_t high = 0;
    std::memcpy(&low, row.key.data(), sizeof(low));
    std::memcpy(&high, row.values.at(0).data() + 4, sizeof(high));
    expected["u{low=\"" + text(low) + "\",bytes=\"" + (low == 0 ? "00" : "0" + text(low)) + "\"}"] =
        text(high);
  }
  expect(maps,
         "maps: [{map: untyped, labels: {low: {offset: 0, type: u16}, bytes: {offset: 0, size: 1, "
         "type: bytes}}, metrics: [{gauge: u, value: {offset: 4, type: u32}}]}]",
         expected);
}

struct Latency {
  std::uint64_t total_us;
  std::uint64_t slots[27];
};

TEST_F(SamplesTest, HistogramFromAnArrayAndFromKeysAgreeWithBpftool) {
  if (cannot_run()) return;
  LoadedMaps maps("histograms");
  for (std::uint32_t device = 0; device < 2; ++device) {
    Latency latency{};
    for (std::uint32_t slot = 0; slot < 27; ++slot) {
      const std::uint64_t count = slot * 10 + device;
      latency.slots[slot] = count;
      const struct { std::uint32_t device, slot; } key{device, slot};
      maps.update("slot_per_key", &key, &count);
    }
    latency.total_us = 123456789 + device;
    maps.update("array_in_value", &device, &latency);
  }
  Samples expected;
  Samples expected_by_key;
  for (const DumpedRow& row : maps.dump("array_in_value")) {
    const std::string device = text(read<std::uint32_t>(row.key));
    const auto latency = read<Latency>(row.values.at(0));
    std::uint64_t cumulated = 0;
    for (std::uint32_t slot = 0; slot < 27; ++slot) {
      cumulated += latency.slots[slot];
      // Slot i ends at 2^i; the last one holds what is above.
      const std::string le = slot == 26 ? "+Inf" : text(1U << slot);
      expected["h_bucket{device=\"" + device + "\",le=\"" + le + "\"}"] = text(cumulated);
      expected_by_key["k_bucket{device=\"" + device + "\",le=\"" + le + "\"}"] = text(cumulated);
    }
    expected["h_sum{device=\"" + device + "\"}"] = text(latency.total_us);
    expected["h_count{device=\"" + device + "\"}"] = text(cumulated);
    expected_by_key["k_count{device=\"" + device + "\"}"] = text(cumulated);
  }
  // `le` as Prometheus spells it: from 2^21 on with an exponent.
  const auto spelled = [](const Samples& plain) {
    const std::map<std::string, std::string> large{
        {"2097152", "2.097152e+06"},   {"4194304", "4.194304e+06"},   {"8388608", "8.388608e+06"},
        {"16777216", "1.6777216e+07"}, {"33554432", "3.3554432e+07"}, {"1048576", "1.048576e+06"}};
    Samples out;
    for (const auto& [written, value] : plain) {
      std::string series = written;
      for (const auto& [from, to] : large) {
        const std::size_t at = series.find("le=\"" + from + "\"");
        if (at != std::string::npos) series.replace(at + 4, from.size(), to);
      }
      out[series] = value;
    }
    return out;
  };
  expect(maps,
         "maps: [{map: array_in_value, labels: {device: {field: key}}, metrics: [{histogram: h, "
         "value: slots, buckets: {scale: exp2, sum: total_us}}]}]",
         spelled(expected));
  expect(maps,
         "maps: [{map: slot_per_key, metrics: [{histogram: k, bucket: slot, "
         "buckets: {scale: exp2, max: 25}}]}]",
         spelled(expected_by_key));
}

TEST_F(SamplesTest, SpinLockIsHiddenAndValuesAreRead) {
  if (cannot_run()) return;
  LoadedMaps maps("kinds");
  struct {
    std::uint32_t lock, flags;
    std::uint64_t packets, bytes;
  } const value{0, 1, 17, 18};
  const std::uint32_t key = 4;
  maps.update("locked", &key, &value);
  expect(maps,
         "maps: [{map: locked, metrics: [{counter: p_total, value: packets}, "
         "{counter: b_total, value: bytes}]}]",
         {{"p_total{key=\"4\"}", "17"}, {"b_total{key=\"4\"}", "18"}});
}

}  // namespace
}  // namespace bpfmap::test
