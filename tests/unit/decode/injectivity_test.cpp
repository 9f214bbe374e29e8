// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <unordered_map>

#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

// What LabelDecoder::is_injective() promises, tried with every key of one or two bytes: of
// all keys with the same text at most one came without DecodeState::lossy. The number of keys
// that break this.
class Injectivity : public DecoderTest {
 protected:
  int count_collisions(const LabelDecoder& decoder, std::uint32_t size) {
    std::unordered_map<std::string, int> exact;
    std::string out(decoder.max_bytes(), '\0');
    const std::uint32_t keys = size == 1 ? 0x100 : 0x10000;
    int collisions = 0;
    for (std::uint32_t value = 0; value < keys; ++value) {
      const std::byte key[2] = {static_cast<std::byte>(value & 0xff),
                                static_cast<std::byte>(value >> 8)};
      DecodeState state(host_);
      const char* end = decoder.write(key, out.data(), state);
      const std::string text(static_cast<const char*>(out.data()), end);
      if (!state.lossy && ++exact[text] > 1) ++collisions;
    }
    return collisions;
  }

  void expect_injective(const Field& field, const Chain& chain = {}) {
    const std::optional<LabelDecoder> decoder = compile(field, chain);
    ASSERT_TRUE(decoder.has_value()) << diagnostics_.render();
    EXPECT_TRUE(decoder->is_injective());
    EXPECT_EQ(0, count_collisions(*decoder, field.type->size));
  }
  void expect_injective(const TypePtr& type, const Chain& chain = {}) {
    expect_injective(field_of(type), chain);
  }

  // Says no, and is right to say so.
  void expect_merging(const TypePtr& type, const Chain& chain) {
    const std::optional<LabelDecoder> decoder = compile(field_of(type), chain);
    ASSERT_TRUE(decoder.has_value()) << diagnostics_.render();
    EXPECT_FALSE(decoder->is_injective());
    EXPECT_LT(0, count_collisions(*decoder, type->size));
  }

  static config::DecoderConfig map(const std::vector<std::pair<std::string, std::string>>& table,
                                   std::vector<std::pair<std::string, config::Tree>> more = {}) {
    more.insert(more.begin(), {"table", texts(table)});
    return use("map", mapping(more));
  }
  static std::vector<std::pair<std::string, config::Tree>> keep() {
    return {{"keep_unknown", scalar("true")}};
  }
};

TEST_F(Injectivity, Numbers) {
  for (const TypePtr& type : {u8(), s8(), u16(), s16(), big_endian(2), boolean(), character()}) {
    SCOPED_TRACE(type->name);
    expect_injective(type);
    expect_injective(type, {use("number")});
    expect_injective(type, {use("hex")});
    expect_injective(type, {use("bool")});
    expect_injective(type, {use("number"), use("hex"), use("number")});
    expect_injective(type, {use("number"), use("bool")});
  }
}

TEST_F(Injectivity, Texts) {
  expect_injective(array(character(), 2));
  expect_injective(array(u8(), 2), {use("string")});
  expect_injective(character(), {use("string")});
}

TEST_F(Injectivity, Arrays) {
  expect_injective(array(u8(), 2));
  expect_injective(array(s8(), 2));
  expect_injective(array(boolean(), 2));
  expect_injective(array(u8(), 2), {use("number")});
  expect_injective(array(u8(), 2), {use("signal")});
  expect_injective(array(enumeration({{"A", 1}, {"B", 2}}, 1), 2));
}

TEST_F(Injectivity, Enums) {
  expect_injective(enumeration({{"A", 1}, {"B", 2}, {"ALIAS", 2}}, 2));
  expect_merging(enumeration({{"A", 1}, {"A", 2}}, 1), {});
  expect_merging(enumeration({{"2", 1}}, 1), {});
  expect_merging(array(enumeration({{"A", 1}, {"A,A", 2}, {"A,A,A", 3}}, 1), 2), {});
}

TEST_F(Injectivity, NamesOfTheSystem) {
  expect_injective(u16(), {use("signal")});
  expect_injective(s16(), {use("signal")});
  expect_injective(u16(), {use("syscall")});
  expect_injective(s16(), {use("number"), use("syscall")});
  expect_merging(s16(), {use("errno")});
}

TEST_F(Injectivity, NamesOfTheHost) {
  interfaces_ = {{1, "lo"}, {2, "eth0"}, {3, "eth0"}, {4, "17"},
                 {5, "-5"}, {6, "\xff"}, {7, "\xfe"}};
  expect_injective(u16(), {use("ifname")});
  expect_injective(s16(), {use("ifname")});
  block_devices_ = {{host::device_id(0, 1), "sda"},
                    {host::device_id(0, 2), "sda"},
                    {host::device_id(0, 3), "0:9"}};
  expect_injective(u16(), {use("majorminor", texts({{"encoding", "kernel"}}))});
  expect_injective(s16(), {use("majorminor", texts({{"encoding", "kernel"}}))});
  expect_injective(u16(), {use("majorminor", texts({{"encoding", "user"}}))});
}

TEST_F(Injectivity, NamesOfTheHostWithCommasInAnArray) {
  interfaces_ = {{1, "a"}, {2, "a,a"}, {3, "a,a,a"}};
  expect_merging(array(u8(), 2), {use("ifname")});
}

TEST_F(Injectivity, Tables) {
  expect_injective(u16(), {map({{"1", "read"}, {"2", "write"}})});
  expect_injective(u16(), {map({{"1", "read"}, {"2", "write"}}, keep())});
  expect_injective(u16(), {map({{"1", "2"}, {"2", "1"}}, keep())});
  expect_injective(u16(), {map({{"1", "unknown:1"}})});
  expect_injective(u16(), {map({{"1", "unknown:x"}})});
  expect_injective(array(character(), 2), {map({{"1", "read"}})});
}

TEST_F(Injectivity, TablesThatMerge) {
  expect_merging(u16(), {map({{"1", "same"}, {"2", "same"}})});
  expect_merging(u16(), {map({{"1", "read"}}, {{"default", scalar("other")}})});
  expect_merging(u16(), {map({{"1", "7"}}, keep())});
  expect_merging(u16(), {map({{"1", "unknown:7"}})});
  expect_merging(array(character(), 2), {map({{"1", "x"}}, keep())});
}

TEST_F(Injectivity, ChainsWithOneLinkThatMerges) {
  expect_merging(array(character(), 2), {use("string"), use("number")});
  expect_merging(s16(), {use("errno"), map({{"ENOENT", "missing"}})});
  // Here 1 becomes a text that is no number and stays, and 9 becomes the same text.
  expect_merging(u8(), {map({{"1", "SIGKILL"}}, keep()), use("signal")});
}

TEST_F(Injectivity, LargerFieldsThatCannotBeTriedOut) {
  const auto is_injective = [this](const TypePtr& type, const Chain& chain) {
    const std::optional<LabelDecoder> decoder = compile(field_of(type), chain);
    return decoder && decoder->is_injective();
  };
  EXPECT_TRUE(is_injective(u32(), {use("ipv4")}));
  EXPECT_TRUE(is_injective(u32(), {use("ipv4", texts({{"order", "host"}}))}));
  EXPECT_TRUE(is_injective(array(u8(), 16), {use("ipv6")}));
  EXPECT_TRUE(is_injective(f64(), {}));
  EXPECT_TRUE(is_injective(pointer(), {}));
  EXPECT_FALSE(is_injective(u64(), {use("errno")}));
}

TEST_F(Injectivity, NotANumberAndZeroesOfBothSigns) {
  const auto exact = [this](double value) {
    state_.lossy = false;
    const std::string text = this->text(f64(), {}, bytes_of(value));
    return state_.lossy ? std::string("(lossy)") : text;
  };
  EXPECT_NE(exact(0.0), exact(-0.0));
  EXPECT_EQ("(lossy)", exact(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_NE(exact(1.0), exact(std::nextafter(1.0, 2.0)));
}

}  // namespace
}  // namespace bpfmap::decode::test
