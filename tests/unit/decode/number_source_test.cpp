// SPDX-License-Identifier: Apache-2.0
#include "decode/number_source.h"

#include <cmath>
#include <limits>

#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

// Keys are heap blocks of exactly their size, so that a sanitizer sees reads beyond them.
Number read(const Field& field, const Bytes& key) {
  const std::optional<NumberSource> source = NumberSource::of(field);
  EXPECT_TRUE(source.has_value());
  if (!source) return {};
  EXPECT_EQ(source->read(key.data()).bits, source->read_bits(key.data()));
  return source->read(key.data());
}

std::uint64_t read_unsigned(const Field& field, const Bytes& key) {
  const Number number = read(field, key);
  EXPECT_EQ(Number::Kind::kUnsigned, number.kind);
  return number.bits;
}

std::int64_t read_signed(const Field& field, const Bytes& key) {
  const Number number = read(field, key);
  EXPECT_EQ(Number::Kind::kSigned, number.kind);
  return number.as_signed();
}

double read_float(const Field& field, const Bytes& key) {
  const Number number = read(field, key);
  EXPECT_EQ(Number::Kind::kFloat, number.kind);
  return number.as_double();
}

TEST(NumberSource, ReadsUnsignedNumbersOfEverySize) {
  EXPECT_EQ(0xffu, read_unsigned(field_of(u8()), bytes_of(std::uint8_t{0xff})));
  EXPECT_EQ(0xfedcu, read_unsigned(field_of(u16()), bytes_of(std::uint16_t{0xfedc})));
  EXPECT_EQ(0xfedcba98u, read_unsigned(field_of(u32()), bytes_of(std::uint32_t{0xfedcba98})));
  EXPECT_EQ(0xfedcba9876543210u,
            read_unsigned(field_of(u64()), bytes_of(std::uint64_t{0xfedcba9876543210})));
}

TEST(NumberSource, ExtendsTheSignOfEverySize) {
  EXPECT_EQ(-128, read_signed(field_of(s8()), bytes_of(std::int8_t{-128})));
  EXPECT_EQ(127, read_signed(field_of(s8()), bytes_of(std::int8_t{127})));
  EXPECT_EQ(-2, read_signed(field_of(s16()), bytes_of(std::int16_t{-2})));
  EXPECT_EQ(-3, read_signed(field_of(s32()), bytes_of(std::int32_t{-3})));
  const auto lowest = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(lowest, read_signed(field_of(s64()), bytes_of(lowest)));
}

TEST(NumberSource, APlainCharIsSigned) {
  EXPECT_EQ(-1, read_signed(field_of(character()), bytes({0xff})));
  EXPECT_EQ('R', read_signed(field_of(character()), bytes({'R'})));
}

TEST(NumberSource, ReadsAtAnUnalignedOffset) {
  Field field = field_of(u32());
  field.offset = 3;
  EXPECT_EQ(3u, NumberSource::of(field)->offset());
  EXPECT_EQ(0x04030201u, read_unsigned(field, bytes({9, 9, 9, 1, 2, 3, 4})));
}

TEST(NumberSource, AnyByteButZeroIsTrue) {
  EXPECT_EQ(0u, read_unsigned(field_of(boolean()), bytes({0})));
  EXPECT_EQ(1u, read_unsigned(field_of(boolean()), bytes({1})));
  EXPECT_EQ(1u, read_unsigned(field_of(boolean()), bytes({2})));
  EXPECT_EQ(1u, read_unsigned(field_of(boolean()), bytes({0x80})));
}

TEST(NumberSource, ABoolBitfieldLooksAtItsBitOnly) {
  EXPECT_EQ(0u, read_unsigned(bitfield_of(boolean(), 2, 1), bytes({0b1111'1011})));
  EXPECT_EQ(1u, read_unsigned(bitfield_of(boolean(), 2, 1), bytes({0b0000'0100})));
}

TEST(NumberSource, EnumsAreSignedWhereBtfSaysSo) {
  EXPECT_EQ(0xffffffffu, read_unsigned(field_of(enumeration({})), bytes_of(std::int32_t{-1})));
  EXPECT_EQ(-1, read_signed(field_of(enumeration({}, 4, true)), bytes_of(std::int32_t{-1})));
  EXPECT_EQ(-5, read_signed(field_of(enumeration({}, 8, true)), bytes_of(std::int64_t{-5})));
}

TEST(NumberSource, ReadsFloats) {
  EXPECT_EQ(0.1, read_float(field_of(f64()), bytes_of(0.1)));
  EXPECT_EQ(static_cast<double>(0.1f), read_float(field_of(f32()), bytes_of(0.1f)));
  EXPECT_TRUE(std::isinf(read_float(field_of(f32()), bytes_of(INFINITY))));
  EXPECT_TRUE(std::signbit(read_float(field_of(f64()), bytes_of(-0.0))));
  EXPECT_TRUE(NumberSource::of(field_of(f32()))->is_float());
}

TEST(NumberSource, ReadsPointersAsAddresses) {
  EXPECT_EQ(0xffff888012345678u,
            read_unsigned(field_of(pointer()), bytes_of(std::uint64_t{0xffff888012345678})));
}

TEST(NumberSource, ReadsBigEndianNumbers) {
  EXPECT_EQ(0x0102u, read_unsigned(field_of(big_endian(2)), bytes({1, 2})));
  EXPECT_EQ(0x01020304u, read_unsigned(field_of(big_endian(4)), bytes({1, 2, 3, 4})));
  EXPECT_EQ(0x0102030405060708u,
            read_unsigned(field_of(big_endian(8)), bytes({1, 2, 3, 4, 5, 6, 7, 8})));
  kernel::Field whole = field_of(big_endian(4));
  whole.bit_size = 32;  // all of it, as a bitfield
  EXPECT_EQ(0x01020304u, read_unsigned(whole, bytes({1, 2, 3, 4})));
}

// The compiler that builds this test lays bitfields out as clang does for BPF.
struct Packed {
  std::uint32_t low : 3;
  std::int32_t middle : 5;
  std::uint32_t high : 24;
};

TEST(NumberSource, ReadsBitfieldsAsTheCompilerStoresThem) {
  Packed packed{};
  packed.low = 5;
  packed.middle = -7;
  packed.high = 0xabcdef;
  const Bytes key = bytes_of(packed);
  EXPECT_EQ(5u, read_unsigned(bitfield_of(u32(), 0, 3), key));
  EXPECT_EQ(-7, read_signed(bitfield_of(s32(), 3, 5), key));
  EXPECT_EQ(0xabcdefu, read_unsigned(bitfield_of(u32(), 8, 24), key));
}

TEST(NumberSource, ReadsBitfieldsThatCrossBytesAndNoByteBeyondThem) {
  // Twenty bits from bit 6 on lie in four bytes, 51 from bit 5 on in seven; the keys have no more.
  EXPECT_EQ(0x8d159u, read_unsigned(bitfield_of(u64(), 6, 20), bytes_of(0x8d159u << 6)));
  const std::uint64_t wide = std::uint64_t{0x6123456789abc} << 5;
  Bytes seven = bytes_of(wide);
  seven.resize(7);
  EXPECT_EQ(0x6123456789abcu, read_unsigned(bitfield_of(u64(), 5, 51), seven));
  Bytes three = bytes({0x10, 0x32, 0x54});
  EXPECT_EQ(0x54321u, read_unsigned(bitfield_of(u32(), 4, 20), three));
}

TEST(NumberSource, ABitfieldOfAllBitsIsTheNumber) {
  EXPECT_EQ(-2, read_signed(bitfield_of(s64(), 0, 64), bytes_of(std::int64_t{-2})));
}

TEST(NumberSource, RefusesWhatIsNoNumber) {
  EXPECT_FALSE(NumberSource::of(field_of(array(u8(), 4))));
  EXPECT_FALSE(NumberSource::of(field_of(composite(TypeKind::kStruct, "struct s", 4, {}))));
  EXPECT_FALSE(NumberSource::of(field_of(composite(TypeKind::kUnion, "union u", 4, {}))));
  EXPECT_FALSE(NumberSource::of(field_of(spin_lock())));
  EXPECT_FALSE(NumberSource::of(field_of(make_type(TypeKind::kUnsigned, 16, "__int128"))));
  EXPECT_FALSE(NumberSource::of(field_of(make_type(TypeKind::kFloat, 2, "half"))));
  EXPECT_FALSE(NumberSource::of(bitfield_of(u64(), 7, 60)));
}

TEST(Number, ConvertsToDouble) {
  EXPECT_EQ(18446744073709551616.0,
            (Number{Number::Kind::kUnsigned, ~std::uint64_t{0}}).as_double());
  EXPECT_EQ(-1.0, (Number{Number::Kind::kSigned, ~std::uint64_t{0}}).as_double());
}

}  // namespace
}  // namespace bpfmap::decode::test
