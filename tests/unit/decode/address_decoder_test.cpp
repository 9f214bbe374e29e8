// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <bit>
#include <random>

#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

// What libc makes of an address.
std::string expected_text(int family, const Bytes& address) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, address.data(), text, sizeof(text));
}

Bytes parse(int family, const char* text) {
  Bytes address(family == AF_INET ? 4 : 16);
  EXPECT_EQ(1, inet_pton(family, text, address.data())) << text;
  return address;
}

config::Tree order(const char* value) { return texts({{"order", value}}); }

class Ipv4Decoder : public DecoderTest {};

TEST_F(Ipv4Decoder, WritesBytesInTheOrderOfMemory) {
  const Bytes address = bytes({192, 0, 2, 1});
  EXPECT_EQ("192.0.2.1", text(u32(), {use("ipv4")}, address));
  EXPECT_EQ("192.0.2.1", text(s32(), {use("ipv4")}, address));
  EXPECT_EQ("192.0.2.1", text(array(u8(), 4), {use("ipv4")}, address));
  EXPECT_EQ("192.0.2.1", text(big_endian(4), {use("ipv4")}, address));
  EXPECT_EQ("192.0.2.1", text(u32(), {use("ipv4", order("network"))}, address));
  const TypePtr in_addr = composite(TypeKind::kStruct, "struct in_addr", 4, {{"s_addr", u32()}});
  EXPECT_EQ("192.0.2.1", text(in_addr, {use("ipv4")}, address));
  const TypePtr either = composite(TypeKind::kUnion, "union", 4, {{"all", u32()}});
  EXPECT_EQ("192.0.2.1", text(either, {use("ipv4")}, address));
}

TEST_F(Ipv4Decoder, HostOrderIsThatOfANumberOfThisMachine) {
  const Bytes key = bytes_of(std::uint32_t{0xc0000201});
  EXPECT_EQ("192.0.2.1", text(u32(), {use("ipv4", order("host"))}, key));
}

TEST_F(Ipv4Decoder, AgreesWithLibcOnEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const Bytes address = bytes({byte, 255 - byte, byte, byte});
    EXPECT_EQ(expected_text(AF_INET, address), text(u32(), {use("ipv4")}, address));
  }
}

TEST_F(Ipv4Decoder, RefusesAnOrderThatIsNone) {
  EXPECT_EQ("'order' is either 'network' or 'host'", error(u32(), {use("ipv4", order("little"))}));
  EXPECT_THAT(error(u32(), {use("ipv4", texts({{"ordr", "host"}}))}),
              ::testing::HasSubstr("unknown argument 'ordr' of 'ipv4' (did you mean 'order'?)"));
  EXPECT_THAT(error(u32(), {use("ipv4", scalar("host"))}), ::testing::HasSubstr("'order: host'"));
}

TEST_F(Ipv4Decoder, RefusesHostOrderOfWhatHasAnotherOrderAlready) {
  EXPECT_THAT(error(big_endian(4), {use("ipv4", order("host"))}),
              ::testing::HasSubstr("contradicts the type of field 'f' (be32)"));
  EXPECT_THAT(error(array(u8(), 4), {use("ipv4", order("host"))}),
              ::testing::HasSubstr("field 'f' (__u8[4]) is an array"));
}

TEST_F(Ipv4Decoder, RefusesOtherSizesAndKinds) {
  EXPECT_THAT(error(u64(), {use("ipv4")}), ::testing::HasSubstr("needs 4 bytes"));
  EXPECT_THAT(error(array(u8(), 16), {use("ipv4")}), ::testing::HasSubstr("an array of 16 bytes"));
  EXPECT_THAT(error(spin_lock(), {use("ipv4")}), ::testing::EndsWith("is private to the kernel"));
  EXPECT_THAT(error(f32(), {use("ipv4")}), ::testing::HasSubstr("needs 4 bytes"));
  EXPECT_THAT(error(bitfield_of(u32(), 0, 31), {use("ipv4")}),
              ::testing::HasSubstr("is a bitfield"));
}

class Ipv6Decoder : public DecoderTest {
 protected:
  std::string ipv6(const char* address) {
    return text(array(u8(), 16), {use("ipv6")}, parse(AF_INET6, address));
  }
};

// The rules of RFC 5952, section 4, and its examples.
TEST_F(Ipv6Decoder, WritesTheRecommendedForm) {
  EXPECT_EQ("2001:db8::1", ipv6("2001:0db8:0000:0000:0000:0000:0000:0001"));
  EXPECT_EQ("2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa",
            ipv6("2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA"));
  EXPECT_EQ("2001:db8:0:1:1:1:1:1", ipv6("2001:db8:0:1:1:1:1:1")) << "no :: for a single group";
  EXPECT_EQ("2001:0:0:1::1", ipv6("2001:0:0:1:0:0:0:1")) << "the longest run";
  EXPECT_EQ("2001:db8::1:0:0:1", ipv6("2001:db8:0:0:1:0:0:1")) << "the first of equal runs";
  EXPECT_EQ("::", ipv6("::"));
  EXPECT_EQ("::1", ipv6("::1"));
  EXPECT_EQ("1::", ipv6("1::"));
  EXPECT_EQ("::2:3:4:5:6:7", ipv6("0:0:2:3:4:5:6:7"));
  EXPECT_EQ("1:2:3:4:5:6::", ipv6("1:2:3:4:5:6:0:0"));
  EXPECT_EQ("fe80::10:200:fff", ipv6("fe80::0010:0200:0fff"));
}

TEST_F(Ipv6Decoder, WritesMappedIpv4AddressesDotted) {
  EXPECT_EQ("::ffff:192.0.2.1", ipv6("::ffff:192.0.2.1"));
  EXPECT_EQ("::ffff:255.255.255.255", ipv6("::ffff:255.255.255.255"));
  EXPECT_EQ("::ffff:0.0.0.0", ipv6("::ffff:0:0"));
  EXPECT_EQ("::fffe:c000:201", ipv6("::fffe:c000:201"));
}

TEST_F(Ipv6Decoder, TakesEveryShapeOfSixteenBytes) {
  const Bytes address = parse(AF_INET6, "2001:db8::42");
  EXPECT_EQ("2001:db8::42", text(array(u32(), 4), {use("ipv6")}, address));
  EXPECT_EQ("2001:db8::42", text(array(u16(), 8), {use("ipv6")}, address));
  const TypePtr in6 = composite(TypeKind::kStruct, "struct in6_addr", 16, {{"u", array(u8(), 16)}});
  EXPECT_EQ("2001:db8::42", text(in6, {use("ipv6")}, address));
  const TypePtr either = composite(TypeKind::kUnion, "union", 16, {{"v6", array(u8(), 16)}});
  EXPECT_EQ("2001:db8::42", text(either, {use("ipv6")}, address));
}

// glibc writes the long deprecated IPv4-compatible addresses (::192.0.2.1) dotted;
// RFC 5952 does not.
bool is_ipv4_compatible(const Bytes& address) {
  for (std::size_t i = 0; i < 12; ++i) {
    if (address[i] != std::byte{0}) return false;
  }
  return address[12] != std::byte{0} || address[13] != std::byte{0};
}

TEST_F(Ipv6Decoder, AgreesWithLibcOnRandomAddressesWithManyZeros) {
  std::mt19937_64 random(20240229);
  const std::optional<LabelDecoder> decoder = compile(field_of(array(u8(), 16)), {use("ipv6")});
  ASSERT_TRUE(decoder.has_value());
  int compared = 0;
  for (int round = 0; round < 20000; ++round) {
    Bytes address(16);
    for (std::size_t group = 0; group < 8; ++group) {
      const std::uint64_t dice = random();
      if (dice % 5 < 3) continue;
      const auto value = static_cast<std::uint16_t>((dice >> 8) >> (dice >> 3) % 16);
      address[2 * group] = static_cast<std::byte>(value >> 8);
      address[2 * group + 1] = static_cast<std::byte>(value & 0xff);
    }
    if (is_ipv4_compatible(address)) continue;
    ASSERT_EQ(expected_text(AF_INET6, address), run(*decoder, address));
    ++compared;
  }
  EXPECT_GT(compared, 15000);
}

TEST_F(Ipv6Decoder, RefusesOtherSizesAndArguments) {
  EXPECT_EQ(
      "'ipv6' needs 16 bytes (u8[16], u32[4] or struct in6_addr), but field 'f' (__u32) is a "
      "number "
      "of 4 bytes",
      error(u32(), {use("ipv6")}));
  EXPECT_THAT(error(array(u8(), 4), {use("ipv6")}), ::testing::HasSubstr("an array of 4 bytes"));
  EXPECT_EQ("'ipv6' takes 'zone: true' and nothing else",
            error(array(u8(), 16), {use("ipv6", order("host"))}));
}

}  // namespace
}  // namespace bpfmap::decode::test
