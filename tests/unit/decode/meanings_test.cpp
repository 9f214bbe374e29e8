// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>

#include "decode/row_key.h"
#include "unit/decode/plan_fixture.h"

// What types say beyond numbers: order, addresses, prefixes, signs.
namespace bpfmap::decode {
namespace {

using Octets = std::array<std::uint8_t, 4>;

kernel::MapInfo trie(const test::TypePtr& key) {
  kernel::MapInfo info = hash_map(key, number("u64"));
  info.shape.type = BPF_MAP_TYPE_LPM_TRIE;
  return info;
}

test::TypePtr prefix_key(const test::TypePtr& address, const std::string& name = "data") {
  return structure("struct bpf_lpm_trie_key", {{"prefixlen", number("u32")}, {name, address}});
}

class Meanings : public PlanTest {
 protected:
  // What a map with one row reads, labels and value, of a metric `m`.
  template <typename Key>
  std::string series(const kernel::MapInfo& map, const Key& key, const std::string& settings = {}) {
    test::RowBuilder rows(map.shape);
    test::Bytes bytes = test::bytes_of(key);
    bytes.resize(map.shape.key_size);
    rows.add(bytes, {test::bytes_of(std::uint64_t{1})});
    const std::string labels = settings.empty() ? "" : "labels: " + settings + ", ";
    const std::string page = render(map, rows, labels + "metrics: [ { counter: m_total } ]");
    const std::size_t begin = page.find("m_total{");
    return begin == std::string::npos ? page : page.substr(begin + 7, page.size() - begin - 8);
  }
  // The errors of a file with such labels.
  std::vector<std::string> errors(const kernel::MapInfo& map, const std::string& labels) {
    maps_ = {map};
    std::vector<std::string> lines =
        check("map: m, labels: " + labels + ", metrics: [ { counter: m_total } ]");
    std::erase_if(lines, [](const std::string& line) { return !line.starts_with("error"); });
    return lines;
  }
};

struct Lpm {
  std::uint32_t length;
  Octets address;
};

TEST_F(Meanings, AKeyOfATrieIsAPrefix) {
  for (const auto& type : {array(number("u8"), 4), number("u32"), number("be32")}) {
    EXPECT_EQ(series(trie(prefix_key(type)), Lpm{8, {10, 1, 2, 3}}), "{prefix=\"10.0.0.0/8\"} 1");
    EXPECT_THAT(messages_, IsEmpty());
  }
  const auto routes = trie(prefix_key(array(number("u8"), 4)));
  EXPECT_EQ(series(routes, Lpm{0, {10, 1, 2, 3}}), "{prefix=\"0.0.0.0/0\"} 1");
  EXPECT_EQ(series(routes, Lpm{1, {255, 1, 2, 3}}), "{prefix=\"128.0.0.0/1\"} 1");
  EXPECT_EQ(series(routes, Lpm{31, {10, 1, 2, 3}}), "{prefix=\"10.1.2.2/31\"} 1");
  EXPECT_EQ(series(routes, Lpm{32, {10, 1, 2, 3}}), "{prefix=\"10.1.2.3/32\"} 1");
  EXPECT_EQ(rendering_.decode_errors, 0U);
  EXPECT_EQ(series(routes, Lpm{33, {10, 1, 2, 3}}), "{prefix=\"10.1.2.3/32\"} 1");
  EXPECT_EQ(rendering_.decode_errors, 1U);
}

TEST_F(Meanings, KeysOfEqualPrefixesAreOneSeries) {
  const auto map = trie(prefix_key(array(number("u8"), 4)));
  test::RowBuilder rows(map.shape);
  rows.add(Lpm{8, {10, 1, 2, 3}}, std::uint64_t{1});
  rows.add(Lpm{8, {10, 9, 9, 9}}, std::uint64_t{2});
  EXPECT_EQ(render(map, rows, "metrics: [ { counter: m_total } ]"),
            "# TYPE m_total counter\nm_total{prefix=\"10.0.0.0/8\"} 3\n");
}

struct Lpm6 {
  std::uint32_t length;
  std::uint8_t address[16];
};

TEST_F(Meanings, PrefixesOfIpv6) {
  const Lpm6 key{33, {0x20, 0x01, 0x0d, 0xb8, 0xff, 1, 2, 3}};
  EXPECT_EQ(series(trie(prefix_key(array(number("u8"), 16))), key),
            "{prefix=\"2001:db8:8000::/33\"} 1");
  const auto in6 = structure("struct in6_addr", {{"s6_addr", array(number("u8"), 16)}});
  EXPECT_EQ(series(trie(prefix_key(in6, "x")), key), "{prefix=\"2001:db8:8000::/33\"} 1");
}

TEST_F(Meanings, TriesOfOtherThingsAreNoPrefixes) {
  EXPECT_EQ(series(trie(prefix_key(text(4), "path")), Lpm{16, {'a', 'b', 0, 0}}),
            "{prefixlen=\"16\",path=\"ab\"} 1");
  EXPECT_EQ(series(trie(prefix_key(number("u32"), "tenant")), Lpm{16, {1, 0, 0, 0}}),
            "{prefixlen=\"16\",tenant=\"1\"} 1");
  // Nor are keys of other maps, which have no such order.
  EXPECT_EQ(series(hash_map(prefix_key(number("be32")), number("u64")), Lpm{8, {0, 0, 1, 0}}),
            "{prefixlen=\"8\",data=\"256\"} 1");
}

TEST_F(Meanings, ATrieWithoutBtfIsGuessedAloud) {
  const auto map = without_btf(trie(prefix_key(array(number("u8"), 4))));
  EXPECT_EQ(series(map, Lpm{8, {10, 1, 2, 3}}), "{prefix=\"10.0.0.0/8\"} 1");
  EXPECT_THAT(messages_, ElementsAre(HasSubstr("notice 2:16 the key of map 'm' has no BTF")));
  EXPECT_EQ(series(map, Lpm{8, {10, 1, 2, 3}},
                   "{ net: { offset: 4, size: 4, type: bytes, decode: prefix } }"),
            "{net=\"10.0.0.0/8\"} 1");
  EXPECT_EQ(series(map, Lpm{8, {10, 1, 2, 3}},
                   "{ net: { offset: 0, size: 8, type: bytes, decode: prefix } }"),
            "{net=\"10.0.0.0/8\"} 1");
}

TEST_F(Meanings, TriesOfSeveralMapsHavePrefixes) {
  const auto which = choice_of({"first", "second"});
  struct Key {
    Lpm key;
    std::uint32_t map;
  };
  const auto typed = with_suffix(trie(prefix_key(number("be32"))), "map", which);
  EXPECT_EQ(series(typed, Key{{8, {10, 1, 2, 3}}, 1}), "{prefix=\"10.0.0.0/8\",map=\"second\"} 1");
  const auto bare = with_suffix(without_btf(trie(prefix_key(number("be32")))), "map", which);
  EXPECT_EQ(series(bare, Key{{8, {10, 1, 2, 3}}, 0}), "{prefix=\"10.0.0.0/8\",map=\"first\"} 1");
  const auto outer = with_suffix(trie(prefix_key(number("be32"))), kOuterKey, number("u32"));
  EXPECT_EQ(series(outer, Key{{8, {10, 1, 2, 3}}, 7}), "{prefix=\"10.0.0.0/8\",outer=\"7\"} 1");
}

TEST_F(Meanings, AnAddressBehindOtherBitsOfThePrefix) {
  const auto key = structure(
      "struct k",
      {{"prefixlen", number("u32")}, {"ifindex", number("u32")}, {"addr", number("be32")}});
  struct Key {
    std::uint32_t length, ifindex;
    Octets address;
  };
  const char* const labels = "{ ifindex: , addr: { decode: prefix } }";
  EXPECT_EQ(series(trie(key), Key{44, 7, {172, 31, 2, 3}}, labels),
            "{ifindex=\"7\",addr=\"172.16.0.0/12\"} 1");
  EXPECT_THAT(messages_, IsEmpty());  // the length is not summed away
  EXPECT_EQ(series(trie(key), Key{20, 7, {172, 31, 2, 3}}, labels),
            "{ifindex=\"7\",addr=\"0.0.0.0/0\"} 1");
  EXPECT_EQ(series(trie(key), Key{44, 7, {172, 31, 2, 3}}),
            "{prefixlen=\"44\",ifindex=\"7\",addr=\"2887713283\"} 1");
  EXPECT_THAT(errors(trie(key), "{ net: { field: key, decode: prefix } }"),
              ElementsAre(HasSubstr("needs 4 bytes of length and an address of 4 or 16 bytes, but "
                                    "field 'key' (struct k) is a struct of 12 bytes")));
}

TEST_F(Meanings, APrefixInAHashMapNeedsItsLength) {
  const auto key =
      structure("struct k", {{"addr", array(number("u8"), 4)}, {"bits", number("u8")}});
  struct Key {
    Octets address;
    std::uint8_t bits;
  };
  const auto map = hash_map(key, number("u64"));
  EXPECT_EQ(series(map, Key{{10, 1, 2, 3}, 16},
                   "{ net: { field: addr, decode: { prefix: { length: bits } } } }"),
            "{net=\"10.1.0.0/16\"} 1");
  EXPECT_THAT(messages_, IsEmpty());
  EXPECT_THAT(errors(map, "{ net: { field: addr, decode: prefix } }"),
              ElementsAre(HasSubstr("needs the field that holds the length")));
  EXPECT_THAT(errors(map, "{ net: { field: addr, decode: { prefix: { length: bitz } } } }"),
              ElementsAre(HasSubstr("unknown field 'bitz'")));
  EXPECT_THAT(errors(map, "{ net: { field: addr, decode: { prefix: { length: addr } } } }"),
              ElementsAre(HasSubstr("'length' is a field that is an integer")));
  EXPECT_THAT(errors(map, "{ net: { field: addr, decode: { prefix: { len: bits } } } }"),
              ElementsAre(HasSubstr("unknown argument 'len' of 'prefix' (one of: length)")));
  EXPECT_THAT(errors(map, "{ net: { field: bits, decode: prefix } }"),
              ElementsAre(HasSubstr("'prefix' needs an address of 4 or 16 bytes")));
  EXPECT_THAT(errors(map, "{ net: { field: addr, decode: [ hex, prefix ] } }"),
              ElementsAre(HasSubstr("must be the first decoder")));
}

TEST_F(Meanings, AStructThatBeginsWithTheLengthIsAPrefixAnywhere) {
  const auto key =
      structure("struct k", {{"id", number("u32")}, {"net", prefix_key(array(number("u8"), 4))}});
  struct Key {
    std::uint32_t id, length;
    Octets address;
  };
  const auto map = hash_map(key, number("u64"));
  EXPECT_EQ(series(map, Key{3, 24, {10, 1, 2, 3}}, "{ id: , net: { decode: prefix } }"),
            "{id=\"3\",net=\"10.1.2.0/24\"} 1");
  EXPECT_THAT(errors(map, "{ net: { decode: { prefix: { length: id } } } }"),
              ElementsAre(HasSubstr("begins with the length itself")));
}

TEST_F(Meanings, OrderOfAPortIsThatOfItsType) {
  const auto map = hash_map(structure("struct k", {{"port", number("be16")}}), number("u64"));
  const std::uint16_t key = __builtin_bswap16(443);
  EXPECT_EQ(series(map, key), "{port=\"443\"} 1");
  EXPECT_EQ(series(map, key, "{ port: { decode: port } }"), "{port=\"443\"} 1");
  EXPECT_EQ(series(map, key, "{ port: { decode: [ hex, { map: { table: { 0x1bb: https } } } ] } }"),
            "{port=\"https\"} 1");
  EXPECT_THAT(errors(map, "{ port: { decode: { port: { order: host } } } }"),
              ElementsAre(HasSubstr("'order: host' contradicts the type")));
}

TEST_F(Meanings, BitsOfANumberInNetworkOrderAreThoseOfTheMachine) {
  const auto map =
      hash_map(structure("struct k", {{"low", number("be16"), 4}, {"high", number("be16"), 12}}),
               number("u64"));
  EXPECT_EQ(series(map, std::uint16_t{0x1232}), "{low=\"2\",high=\"291\"} 1");
}

TEST_F(Meanings, AddressesOfEitherFamilyAreGuessedAloud) {
  const auto either =
      union_of("union nf_inet_addr", {{"ip", number("be32")}, {"ip6", array(number("be32"), 4)}});
  const auto map = hash_map(structure("struct k", {{"src", either}}), number("u64"));
  EXPECT_EQ(series(map, std::array<std::uint8_t, 16>{10, 0, 0, 1}), "{src=\"10.0.0.1\"} 1");
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_THAT(messages_[0], HasSubstr("field 'src' (union nf_inet_addr) is an address of either"));
  EXPECT_EQ(series(map, std::array<std::uint8_t, 16>{}), "{src=\"::\"} 1");
  EXPECT_EQ(series(map, std::array<std::uint8_t, 16>{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                                     0, 0, 1}),
            "{src=\"2001:db8::1\"} 1");
  EXPECT_EQ(series(map, std::array<std::uint8_t, 16>{10, 0, 0, 1}, "{ src: { decode: ipv6 } }"),
            "{src=\"a00:1::\"} 1");
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(Meanings, OtherUnionsStillAskForAMember) {
  const auto id = union_of(
      "union id", {{"bytes", array(number("u8"), 16)}, {"words", array(number("u64"), 2)}});
  EXPECT_THAT(errors(hash_map(structure("struct k", {{"id", id}}), number("u64")), "{ id: }"),
              ElementsAre(HasSubstr("choose a member by 'field: id.bytes'")));
}

TEST_F(Meanings, LabelsOf128Bits) {
  __extension__ typedef __int128 Int128;
  const auto key = structure("struct k", {{"ids", array(number("u128"), 2)}});
  struct Key {
    Int128 ids[2];
  };
  const auto map = hash_map(key, number("u64"));
  const Key row{{7, Int128{1} << 64U}};
  EXPECT_EQ(series(map, row), "{ids=\"7,18446744073709551616\"} 1");
  EXPECT_EQ(series(map, row, "{ ids: { decode: hex } }"), "{ids=\"0x7,0x10000000000000000\"} 1");
  EXPECT_EQ(series(map, row,
                   "{ id: { field: 'ids[1]', decode: { map: { table: { 18446744073709551616: "
                   "two } } } } }"),
            "{id=\"two\"} 1");
  EXPECT_THAT(errors(map, "{ id: { field: 'ids[1]', decode: errno } }"),
              ElementsAre(HasSubstr("numbers of 16 bytes cannot be read")));
}

TEST_F(Meanings, CountersOfNumbersWithASignAreMentioned) {
  const auto value = structure("struct v", {{"balance", number("s32")}, {"calls", number("u64")}});
  maps_ = {hash_map(number("u32"), value)};
  const char* const metrics =
      "metrics: [ { counter: b_total, value: balance }, { counter: c_total, value: calls }, "
      "{ gauge: level, value: balance } ]";
  EXPECT_THAT(
      check(std::string("map: m, ") + metrics),
      ElementsAre(HasSubstr("counter 'b_total' reads 'balance', which is s32 and may fall")));
  EXPECT_THAT(check(std::string("map: m, mode: accumulate, metrics: [ { counter: b_total, value: "
                                "balance } ]")),
              IsEmpty());
  maps_ = {hash_map(number("u32"), number("f64"))};
  EXPECT_THAT(check("map: m, metrics: [ { counter: f_total } ]"),
              ElementsAre(HasSubstr("which is f64 and may fall")));
}

TEST_F(Meanings, Histograms128BitsAreOnlySums) {
  const auto value = structure(
      "struct v",
      {{"slots", array(number("u64"), 3)}, {"pad", number("u64")}, {"sum", number("u128")}});
  maps_ = {hash_map(number("u32"), value)};
  EXPECT_THAT(check("map: m, metrics: [ { histogram: h, value: slots, buckets: { sum: sum } } ]"),
              IsEmpty());
  EXPECT_THAT(check("map: m, metrics: [ { histogram: h, value: sum, bucket: key, "
                    "buckets: { max: 3 } } ]"),
              ElementsAre(HasSubstr("whose 128 bits only counters, gauges and sums of maps have")));
}

// Keys and values as bpftrace's maps have them.
class Bpftrace : public PlanTest {
 protected:
  struct Key {
    std::uint64_t pid, slot;
  };

  std::string page(const std::string& buckets, const std::vector<std::uint64_t>& slots) {
    const auto map = hash_map(array(number("u8"), 16), number("s64"));
    test::RowBuilder rows(map.shape);
    for (const std::uint64_t slot : slots) rows.add(Key{3, slot}, std::int64_t{1});
    return render(
        map, rows,
        "labels: { pid: { offset: 0, type: u64 } }, metrics: [ { histogram: h, buckets: " +
            buckets + " } ]");
  }
};

TEST_F(Bpftrace, HistHasItsSlotBehindTheKey) {
  EXPECT_EQ(page("{ scale: bpftrace_hist, max: 3 }", {0, 1, 2, 3, 3, 4, 64}),
            "# TYPE h histogram\n"
            "h_bucket{pid=\"3\",le=\"-1\"} 1\n"
            "h_bucket{pid=\"3\",le=\"0\"} 2\n"
            "h_bucket{pid=\"3\",le=\"1\"} 3\n"
            "h_bucket{pid=\"3\",le=\"3\"} 5\n"
            "h_bucket{pid=\"3\",le=\"+Inf\"} 7\n"
            "h_count{pid=\"3\"} 7\n");
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(Bpftrace, LhistKnowsItsSlots) {
  EXPECT_EQ(page("{ scale: bpftrace_lhist, min: 10, max: 30, step: 10, unit: 1us }", {0, 1, 2, 3}),
            "# TYPE h histogram\n"
            "h_bucket{pid=\"3\",le=\"9e-06\"} 1\n"
            "h_bucket{pid=\"3\",le=\"1.9e-05\"} 2\n"
            "h_bucket{pid=\"3\",le=\"2.9e-05\"} 3\n"
            "h_bucket{pid=\"3\",le=\"+Inf\"} 4\n"
            "h_count{pid=\"3\"} 4\n");
}

TEST_F(Bpftrace, ArraysHaveAnElementForEverySlotOfLhist) {
  maps_ = {array_map(array(number("u64"), 5), 1)};
  const auto lhist = [&](const char* max) {
    return check(std::string("map: m, metrics: [ { histogram: h, buckets: { scale: "
                             "bpftrace_lhist, min: 0, step: 10, max: ") +
                 max + " } } ]");
  };
  EXPECT_THAT(lhist("30"), IsEmpty());  // four and what is above
  EXPECT_THAT(lhist("40"), IsEmpty());
  EXPECT_THAT(lhist("50"), ElementsAre(HasSubstr("5 elements for 6 bounds")));
}

TEST_F(Bpftrace, ASlotThatIsNamedIsTaken) {
  const auto map = hash_map(
      structure("struct k", {{"slot", number("u32")}, {"pid", number("u32")}}), number("u64"));
  test::RowBuilder rows(map.shape);
  struct {
    std::uint32_t slot = 1, pid = 9;
  } key;
  rows.add(key, std::uint64_t{4});
  EXPECT_EQ(
      render(map, rows,
             "metrics: [ { histogram: h, bucket: slot, buckets: { scale: bpftrace_hist, min: "
             "1, max: 1 } } ]"),
      "# TYPE h histogram\nh_bucket{pid=\"9\",le=\"0\"} 4\nh_bucket{pid=\"9\",le=\"+Inf\"} 4\n"
      "h_count{pid=\"9\"} 4\n");
  maps_ = {map};
  EXPECT_THAT(
      check("map: m, metrics: [ { histogram: h, buckets: { scale: bpftrace_hist, max: 1 } } ]"),
      ElementsAre(HasSubstr("no buckets found")));
}

}  // namespace
}  // namespace bpfmap::decode
