// SPDX-License-Identifier: Apache-2.0
#include "exposition/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>
#include <vector>

#include "exposition/numbers.h"

namespace bpfmap::exposition {
namespace {

Body body_of(std::string_view text, std::size_t chunk_bytes = BodyWriter::kDefaultChunkBytes) {
  BodyWriter writer(chunk_bytes);
  writer.append(text);
  return writer.finish();
}

// Inflates one gzip member as strictly as `gzip -t`: header, checksum, size and nothing behind the
// trailer. Through a small window of input, as a client on a slow connection would.
std::string inflated(const std::string& packed, std::size_t input_step = 1 << 20) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return "inflateInit2 failed";
  std::string plain;
  std::string room(1 << 16, '\0');
  int status = Z_OK;
  std::size_t fed = 0;
  while (status == Z_OK) {
    if (stream.avail_in == 0 && fed < packed.size()) {
      const std::size_t part = std::min(input_step, packed.size() - fed);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + fed));
      stream.avail_in = static_cast<uInt>(part);
      fed += part;
    }
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    status = inflate(&stream, Z_NO_FLUSH);
    plain.append(room.data(), room.size() - stream.avail_out);
  }
  const bool all_read = fed == packed.size() && stream.avail_in == 0;
  inflateEnd(&stream);
  if (status != Z_STREAM_END) return "inflate: status " + std::to_string(status);
  return all_read ? plain : "bytes behind the trailer";
}

// One gzip member of fragments.
Body page_of(const std::vector<Deflated>& fragments) {
  Body page;
  GzipMember member;
  page.append(GzipMember::header());
  for (const Deflated& fragment : fragments) {
    page.append(fragment.body);
    member.add(fragment.crc32, fragment.plain_bytes);
  }
  page.append(member.trailer());
  return page;
}

std::string joined(const std::vector<Deflated>& fragments) {
  return page_of(fragments).to_string();
}

std::string round_trip(std::string_view plain,
                       std::size_t chunk_bytes = BodyWriter::kDefaultChunkBytes) {
  return inflated(joined({deflate_fragment(body_of(plain, chunk_bytes))}));
}

std::string random_bytes(std::size_t size, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string samples(std::size_t count) {
  std::mt19937_64 random(2);  // NOLINT: the same page in every run
  std::string page;
  char digits[kMaxIntegerChars];
  for (std::size_t i = 0; i < count; ++i) {
    page += "packets_total{interface=\"eth0\",pid=\"";
    page.append(digits, write_unsigned(digits, random() % 70'000));
    page += "\",proto=\"tcp\"} ";
    page.append(digits, write_unsigned(digits, random() % 1'000'000));
    page += '\n';
  }
  return page;
}

TEST(Gzip, OfNothingIsAValidMember) {
  EXPECT_EQ(inflated(joined({})), "");
  EXPECT_EQ(inflated(joined({Deflated{}})), "");
  EXPECT_EQ(inflated(joined({deflate_fragment(Body{}), deflate_fragment(Body{})})), "");
}

TEST(Gzip, OfAnEmptyBodyIsAnEmptyFragment) {
  const Deflated fragment = deflate_fragment(Body{});
  EXPECT_EQ(fragment.body.size(), 0U);
  EXPECT_EQ(fragment.crc32, 0U);
  EXPECT_EQ(fragment.plain_bytes, 0U);
}

TEST(Gzip, RoundTripsEverySmallSize) {
  const std::string text = samples(40);
  for (std::size_t size = 0; size <= 1200; ++size) {
    ASSERT_EQ(round_trip(text.substr(0, size)), text.substr(0, size)) << size;
  }
}

TEST(Gzip, RoundTripsAroundChunkBorders) {
  const std::string text = samples(3000);
  for (const std::size_t chunk :
       {std::size_t{1}, std::size_t{2}, std::size_t{100}, std::size_t{4096}}) {
    for (const std::size_t size :
         {chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1, 10 * chunk}) {
      ASSERT_EQ(round_trip(text.substr(0, size), chunk), text.substr(0, size))
          << chunk << " " << size;
    }
  }
}

TEST(Gzip, RoundTripsManyMegabytes) {
  const std::string text = samples(200'000);
  ASSERT_GT(text.size(), 8U << 20);
  const Deflated fragment = deflate_fragment(body_of(text));
  EXPECT_EQ(inflated(joined({fragment})), text);
  EXPECT_LT(fragment.body.size(), text.size() / 4) << "hardly compressed";
}

TEST(Gzip, RoundTripsWhatCannotBeCompressed) {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 16, std::size_t{3} << 20}) {
    const std::string bytes = random_bytes(size);
    const Deflated fragment = deflate_fragment(body_of(bytes));
    EXPECT_EQ(inflated(joined({fragment})), bytes) << size;
    EXPECT_LT(fragment.body.size(), size + size / 64 + 64) << "grows out of proportion";
  }
}

// Output that ends at, just before and just behind the end of the room which the compressor
// gets at once.
TEST(Gzip, RoundTripsAroundTheBordersOfItsOutput) {
  const std::string bytes = random_bytes((1 << 16) + 64);
  for (const std::size_t step :
       {std::size_t{1} << 14, std::size_t{1} << 15, std::size_t{1} << 16}) {
    for (std::size_t size = step - 64; size <= step + 64; ++size) {
      const std::string_view plain = std::string_view(bytes).substr(0, size);
      ASSERT_EQ(round_trip(plain), plain) << size;
    }
  }
}

TEST(Gzip, JoinsFragmentsInOrder) {
  const std::string first = samples(1000);
  const std::string second = random_bytes(50'000);
  const std::string third = "x";
  const std::vector<Deflated> fragments = {
      deflate_fragment(body_of(first)), deflate_fragment(Body{}), deflate_fragment(body_of(second)),
      deflate_fragment(body_of(third))};
  EXPECT_EQ(inflated(joined(fragments)), first + second + third);
}

TEST(Gzip, JoinsTheSameFragmentInAnyPlaceAndPage) {
  const std::string a = samples(500);
  const std::string b = samples(501);
  const Deflated packed_a = deflate_fragment(body_of(a));
  const Deflated packed_b = deflate_fragment(body_of(b));
  EXPECT_EQ(inflated(joined({packed_a, packed_b})), a + b);
  EXPECT_EQ(inflated(joined({packed_b, packed_a, packed_b})), b + a + b);
}

TEST(Gzip, JoinsHundredsOfSmallFragments) {
  std::vector<Deflated> fragments;
  std::string expected;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::string text = samples(i % 7);
    fragments.push_back(deflate_fragment(body_of(text)));
    expected += text;
  }
  EXPECT_EQ(inflated(joined(fragments)), expected);
}

TEST(Gzip, IsReadableByteByByte) {
  const std::string a = samples(200);
  const std::string packed = joined({deflate_fragment(body_of(a)), deflate_fragment(body_of(a))});
  EXPECT_EQ(inflated(packed, 1), a + a);
}

TEST(Gzip, SharesTheChunksOfItsFragments) {
  const Deflated fragment = deflate_fragment(body_of(samples(100)));
  const Body page = page_of({fragment});
  ASSERT_EQ(page.chunks().size(), fragment.body.chunks().size() + 2);
  EXPECT_EQ(page.chunks()[1].get(), fragment.body.chunks()[0].get());
}

TEST(Gzip, KnowsChecksumAndSizeOfThePlainBytes) {
  const std::string text = samples(30'000);
  const Deflated fragment = deflate_fragment(body_of(text, 1000));
  EXPECT_EQ(fragment.plain_bytes, text.size());
  const uLong expected = crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size());
  EXPECT_EQ(fragment.crc32, expected);
}

TEST(Gzip, EndsEveryFragmentAtAByteBorderWithoutAFinalBlock) {
  using ::testing::EndsWith;
  for (const std::string& text : {samples(1), samples(1000), random_bytes(1000)}) {
    const std::string raw = deflate_fragment(body_of(text)).body.to_string();
    EXPECT_THAT(raw, EndsWith(std::string("\x00\x00\xFF\xFF", 4)));
  }
}

TEST(Gzip, GivesTheSameBytesForTheSameBody) {
  const std::string text = samples(5000);
  const std::string once = deflate_fragment(body_of(text)).body.to_string();
  deflate_fragment(body_of(random_bytes(100'000)));
  EXPECT_EQ(deflate_fragment(body_of(text)).body.to_string(), once);
}

TEST(Gzip, NoticesADamagedPage) {
  std::string packed = joined({deflate_fragment(body_of(samples(100)))});
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  EXPECT_EQ(inflated(packed), "inflate: status " + std::to_string(Z_DATA_ERROR));
}

TEST(Gzip, HoldsNoMoreMemoryThanItsBytes) {
  const Body plain = body_of("a 1\n");
  const Deflated fragment = deflate_fragment(plain);
  EXPECT_LT(fragment.body.size(), 64U);
  ASSERT_EQ(fragment.body.chunks().size(), 1U);
}

}  // namespace
}  // namespace bpfmap::exposition
