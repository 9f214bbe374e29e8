// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/key_reader.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cerrno>
#include <cstring>

#include "kernel/open_reader.h"
#include "support/fake_map_syscalls.h"

namespace bpfmap::kernel {
namespace {

MapShape one_key_shape() {
  MapShape shape;
  shape.type = BPF_MAP_TYPE_HASH;
  shape.key_size = 4;
  shape.value_size = 8;
  shape.max_entries = 10;
  return shape;
}

TEST(KeyReader, ReadsItsKeyAndNoOther) {
  test::FakeMapSyscalls map;
  map.insert(0, 0, 10);
  map.insert(0, 7, 70);
  KeyReader reader("m", 3, one_key_shape(), key_of_number(7, 4), map);
  for (int walk = 0; walk < 2; ++walk) {
    RowBlock block(one_key_shape(), 4);
    reader.rewind();
    EXPECT_EQ(reader.next_batch(block).value(), false);
    ASSERT_EQ(block.count(), 1U);
    std::uint64_t value = 0;
    std::memcpy(&value, block.value(0), sizeof(value));
    EXPECT_EQ(value, 70U);
    EXPECT_EQ(std::memcmp(block.key(0), "\x07\0\0\0", 4), 0);
  }
  EXPECT_EQ(map.lookup_calls, 2);
  EXPECT_EQ(map.next_key_calls, 0);
}

TEST(KeyReader, AMissingKeyIsNoRow) {
  test::FakeMapSyscalls map;
  KeyReader reader("m", 3, one_key_shape(), key_of_number(7, 4), map);
  RowBlock block(one_key_shape(), 4);
  EXPECT_EQ(reader.next_batch(block).value(), false);
  EXPECT_EQ(block.count(), 0U);
}

TEST(KeyReader, TriesAgainWhereItWasInterruptedAndReportsTheRest) {
  test::FakeMapSyscalls map;
  map.insert(0, 7, 70);
  int calls = 0;
  map.before = [&](const char*) { return ++calls == 1 ? -EINTR : calls == 3 ? -EPERM : 0; };
  KeyReader reader("m", 3, one_key_shape(), key_of_number(7, 4), map);
  RowBlock block(one_key_shape(), 4);
  EXPECT_TRUE(reader.next_batch(block));
  EXPECT_EQ(block.count(), 1U);
  const auto refused = reader.next_batch(block);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EPERM);
}

TEST(KeyOfNumber, HasTheSizeOfTheKey) {
  EXPECT_EQ(key_of_number(255, 1).size(), 1U);
  EXPECT_EQ(key_of_number(65535, 2).size(), 2U);
  EXPECT_EQ(key_of_number(1, 8).size(), 8U);
  EXPECT_EQ(key_of_number(UINT32_MAX, 4).size(), 4U);
  EXPECT_TRUE(key_of_number(256, 1).empty());
  EXPECT_TRUE(key_of_number(std::uint64_t{1} << 32U, 4).empty());
  EXPECT_TRUE(key_of_number(1, 16).empty());
}

}  // namespace
}  // namespace bpfmap::kernel
