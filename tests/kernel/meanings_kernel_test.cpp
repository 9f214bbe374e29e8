// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "kernel/loaded_maps.h"
#include "support/bpf_requirements.h"

// Real maps whose types say how bytes are to be read: tests/objects/meanings.bpf.c, whose structs
// are repeated here.
namespace bpfmap::test {
namespace {

using ::testing::UnorderedElementsAreArray;

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

in_addr ipv4(const char* text) {
  in_addr address{};
  EXPECT_EQ(inet_pton(AF_INET, text, &address), 1) << text;
  return address;
}
in6_addr ipv6(const char* text) {
  in6_addr address{};
  EXPECT_EQ(inet_pton(AF_INET6, text, &address), 1) << text;
  return address;
}

class MeaningsTest : public BpfTest {
 protected:
  bool cannot_run() const { return IsSkipped() || HasFatalFailure(); }

  template <typename Key, typename Value>
  void put(const char* map, const Key& key, const Value& value) {
    maps().update(map, &key, &value);
  }
  void expect(const std::string& yaml, const Samples& expected) {
    EXPECT_THAT(maps().samples(yaml), UnorderedElementsAreArray(expected)) << yaml;
  }
  LoadedMaps& maps() {
    if (!maps_) maps_.emplace("meanings");
    return *maps_;
  }

 private:
  std::optional<LoadedMaps> maps_;
};

struct ServiceKey {
  in_addr address;
  std::uint32_t number;
  std::uint16_t port, other_port, ports[2];
  std::uint64_t cookie;
};
static_assert(sizeof(ServiceKey) == 24);

ServiceKey service() {
  return {ipv4("192.0.2.7"), htonl(70000),           htons(443),
          htons(8080),       {htons(80), htons(81)}, __builtin_bswap64(0x0102030405060708)};
}

TEST_F(MeaningsTest, TypedefsSayTheOrderOfBytesAndStructsThatTheyAreAddresses) {
  if (cannot_run()) return;
  put("services", service(), std::uint64_t{5});
  expect("maps: [{map: services, metrics: [{counter: s_total}]}]",
         {{"s_total{address=\"192.0.2.7\",number=\"70000\",port=\"443\",other_port=\"8080\","
           "ports=\"80,81\",cookie=\"72623859790382856\"}",
           "5"}});
}

TEST_F(MeaningsTest, DecodersOfNetworkOrderReadTheBytesOfMemory) {
  if (cannot_run()) return;
  put("services", service(), std::uint64_t{5});
  expect(
      "maps: [{map: services, labels: {address: {decode: ipv4}, number: {decode: ipv4}, "
      "port: {decode: port}, other: {field: other_port, decode: hex}, "
      "eth: {field: port, decode: ethertype}, "
      "first: {field: 'ports[0]', decode: {map: {table: {80: http}}}}}, "
      "metrics: [{counter: s_total}]}]",
      {{"s_total{address=\"192.0.2.7\",number=\"0.1.17.112\",port=\"443\",other=\"0x1f90\","
        "eth=\"0x1bb\",first=\"http\"}",
        "5"}});
}

TEST_F(MeaningsTest, KeysThatAreAddressesAsAWhole) {
  if (cannot_run()) return;
  put("clients", ipv6("2001:db8::1"), std::uint64_t{1});
  expect("maps: [{map: clients, metrics: [{counter: c_total}]}]",
         {{"c_total{key=\"2001:db8::1\"}", "1"}});
  expect("maps: [{map: clients, labels: {client: {field: key}}, metrics: [{counter: c_total}]}]",
         {{"c_total{client=\"2001:db8::1\"}", "1"}});
}

struct PeerKey {
  in6_addr local, remote, via;
};

TEST_F(MeaningsTest, UnionsOfAddresses) {
  if (cannot_run()) return;
  PeerKey key{ipv6("fe80::1"), {}, ipv6("2001:db8::2")};
  const in_addr remote = ipv4("10.0.0.9");
  std::memcpy(&key.remote, &remote, sizeof(remote));
  put("peers", key, std::uint64_t{1});
  key.remote = ipv6("2001:db8::3");
  put("peers", key, std::uint64_t{2});
  expect("maps: [{map: peers, metrics: [{counter: p_total}]}]",
         {{"p_total{local=\"fe80::1\",remote=\"10.0.0.9\",via8=\"2001:db8::2\"}", "1"},
          {"p_total{local=\"fe80::1\",remote=\"2001:db8::3\",via8=\"2001:db8::2\"}", "2"}});
}

TEST_F(MeaningsTest, KeysAndValuesInNetworkOrder) {
  if (cannot_run()) return;
  put("queues", htons(53), htonl(7));
  put("queues", htons(54), htonl(8));
  expect("maps: [{map: queues, metrics: [{gauge: q}]}]",
         {{"q{key=\"53\"}", "7"}, {"q{key=\"54\"}", "8"}});
  expect("maps: [{map: queues, key: 53, metrics: [{gauge: q}]}]", {{"q", "7"}});
  expect("maps: [{map: queues, labels: {}, metrics: [{gauge: q, aggregate: max}]}]", {{"q", "8"}});
}

struct WideKey {
  Uint128 id;
  Int128 shift;
};
struct WideValue {
  Uint128 total;
  Int128 balance;
  std::uint64_t calls;
};

TEST_F(MeaningsTest, NumbersOf128Bits) {
  if (cannot_run()) return;
  put("wide", WideKey{~Uint128{0}, -(Int128{1} << 100)},
      WideValue{~Uint128{0} - 1, -(Int128{1} << 90), 3});
  expect(
      "maps: [{map: wide, metrics: [{counter: w_total, value: total}, {gauge: b, value: "
      "balance}]}]",
      {{"w_total{id=\"340282366920938463463374607431768211455\","
        "shift=\"-1267650600228229401496703205376\"}",
        "340282366920938463463374607431768211454"},
       {"b{id=\"340282366920938463463374607431768211455\","
        "shift=\"-1267650600228229401496703205376\"}",
        "-1237940039285380274899124224"}});
  expect("maps: [{map: wide, labels: {id: {decode: hex}}, metrics: [{gauge: c, value: calls}]}]",
         {{"c{id=\"0xffffffffffffffffffffffffffffffff\"}", "3"}});
}

TEST_F(MeaningsTest, ANegativeValueIsNoCounter) {
  if (cannot_run()) return;
  put("balances", std::uint32_t{1}, std::int64_t{-4});
  put("balances", std::uint32_t{2}, std::int64_t{9});
  expect("maps: [{map: balances, metrics: [{counter: b_total}, {gauge: level}]}]",
         {{"b_total{key=\"2\"}", "9"}, {"level{key=\"1\"}", "-4"}, {"level{key=\"2\"}", "9"}});
  // What counts is the sum that is exported.
  expect("maps: [{map: balances, labels: {}, metrics: [{counter: b_total}]}]", {{"b_total", "5"}});
}

struct Route {
  std::uint32_t length;
  in_addr address;
};
struct Route6 {
  std::uint32_t length;
  in6_addr address;
};
struct InterfaceRoute {
  std::uint32_t length, ifindex;
  in_addr address;
};

TEST_F(MeaningsTest, PrefixesOfTries) {
  if (cannot_run()) return;
  put("routes", Route{8, ipv4("10.1.2.3")}, std::uint64_t{1});
  put("routes", Route{0, ipv4("0.0.0.0")}, std::uint64_t{2});
  put("routes", Route{32, ipv4("192.0.2.1")}, std::uint64_t{3});
  expect("maps: [{map: routes, metrics: [{counter: r_total}]}]",
         {{"r_total{prefix=\"10.0.0.0/8\"}", "1"},
          {"r_total{prefix=\"0.0.0.0/0\"}", "2"},
          {"r_total{prefix=\"192.0.2.1/32\"}", "3"}});
  expect(
      "maps: [{map: routes, labels: {net: {field: key, decode: prefix}}, "
      "metrics: [{counter: r_total}]}]",
      {{"r_total{net=\"10.0.0.0/8\"}", "1"},
       {"r_total{net=\"0.0.0.0/0\"}", "2"},
       {"r_total{net=\"192.0.2.1/32\"}", "3"}});
  put("routes6", Route6{32, ipv6("2001:db8:1::1")}, std::uint64_t{1});
  put("routes6", Route6{127, ipv6("fe80::ff")}, std::uint64_t{2});
  expect("maps: [{map: routes6, metrics: [{counter: r_total}]}]",
         {{"r_total{prefix=\"2001:db8::/32\"}", "1"}, {"r_total{prefix=\"fe80::fe/127\"}", "2"}});
}

TEST_F(MeaningsTest, PrefixesBehindSomethingElseAndWithoutBtf) {
  if (cannot_run()) return;
  put("by_interface", InterfaceRoute{32 + 12, 7, ipv4("172.31.2.3")}, std::uint64_t{4});
  expect(
      "maps: [{map: by_interface, labels: {ifindex: , net: {field: addr, decode: prefix}}, "
      "metrics: [{counter: r_total}]}]",
      {{"r_total{ifindex=\"7\",net=\"172.16.0.0/12\"}", "4"}});
  put("bare_routes", Route{16, ipv4("198.51.7.7")}, std::uint64_t{1});
  expect("maps: [{map: bare_routes, metrics: [{counter: r_total}]}]",
         {{"r_total{prefix=\"198.51.0.0/16\"}", "1"}});
  struct {
    std::uint32_t length = 32;
    char path[16] = "/var";
  } path;
  put("paths", path, std::uint64_t{1});
  expect("maps: [{map: paths, metrics: [{counter: r_total}]}]",
         {{"r_total{prefixlen=\"32\",path=\"/var\"}", "1"}});
}

struct BpftraceKey {
  std::uint64_t pid, slot;
};

TEST_F(MeaningsTest, HistogramsOfBpftrace) {
  if (cannot_run()) return;
  const auto bytes = [](std::int64_t count) {
    Bytes value(sizeof(count));
    std::memcpy(value.data(), &count, sizeof(count));
    return value;
  };
  const auto count = [&](BpftraceKey key, std::int64_t counted) {
    std::vector<Bytes> values(maps().info("AT_us").shape.cpus, bytes(0));
    values.front() = bytes(counted);
    if (values.size() > 1) values.back() = bytes(1);
    maps().update_cpus("AT_us", &key, values);
    return counted + (values.size() > 1 ? 1 : 0);
  };
  // hist(us): 0 in slot 1, 1 in slot 2, 2 and 3 in slot 3, 4 to 7 in slot 4.
  const auto zero = count({5, 1}, 10);
  const auto some = count({5, 3}, 20);
  const auto more = count({5, 9}, 30);
  const auto text = [](std::int64_t number) { return std::to_string(number); };
  expect(
      "maps: [{map: AT_us, labels: {pid: {offset: 0, type: u64}}, metrics: [{histogram: us, "
      "buckets: {scale: bpftrace_hist, min: 1, max: 4}}]}]",
      {{"us_bucket{pid=\"5\",le=\"0\"}", text(zero)},
       {"us_bucket{pid=\"5\",le=\"1\"}", text(zero)},
       {"us_bucket{pid=\"5\",le=\"3\"}", text(zero + some)},
       {"us_bucket{pid=\"5\",le=\"7\"}", text(zero + some)},
       {"us_bucket{pid=\"5\",le=\"+Inf\"}", text(zero + some + more)},
       {"us_count{pid=\"5\"}", text(zero + some + more)}});
}

}  // namespace
}  // namespace bpfmap::test
