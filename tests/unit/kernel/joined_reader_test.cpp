// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/joined_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <tuple>

#include "support/fake_map_reader.h"

namespace bpfmap::kernel {
namespace {

using test::FakeMap;
using test::FakeMapReader;
using ::testing::ElementsAre;
using ::testing::SizeIs;

using Row = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;  // key, suffix, value

template <typename T>
T read(const std::byte* from) {
  T value{};
  std::memcpy(&value, from, sizeof(value));
  return value;
}

class Joined : public ::testing::Test {
 protected:
  Joined() {
    for (std::uint32_t map = 0; map < 3; ++map) {
      maps_.push_back(std::make_shared<FakeMap>(
          test::hash_map(test::number("u32"), test::number("u64")).shape));
    }
  }

  JoinedReader reader() const {
    std::vector<JoinedPart> parts;
    for (std::uint32_t map = 0; map < maps_.size(); ++map) {
      parts.push_back({std::make_unique<FakeMapReader>(maps_[map]), test::bytes_of(map + 100)});
    }
    return JoinedReader(std::move(parts));
  }

  static Result<std::vector<Row>> walk(MapReader& reader, std::uint32_t capacity) {
    reader.rewind();
    std::vector<Row> rows;
    for (int batches = 0; batches < 1000; ++batches) {
      RowBlock block(reader.shape(), capacity);
      const auto more = reader.next_batch(block);
      if (!more) return unexpected(more.error());
      for (std::uint32_t row = 0; row < block.count(); ++row) {
        rows.emplace_back(read<std::uint32_t>(block.key(row)),
                          read<std::uint32_t>(block.key(row) + 4),
                          read<std::uint64_t>(block.value(row)));
      }
      if (!*more) return rows;
    }
    ADD_FAILURE() << "a walk without end";
    return rows;
  }

  static void set(FakeMap& map, std::uint32_t key, std::uint64_t value) { map.set(key, value); }

  std::vector<std::shared_ptr<FakeMap>> maps_;
};

TEST_F(Joined, TellsRowsApartThatHaveTheSameKey) {
  set(*maps_[0], 7, 10);
  set(*maps_[2], 7, 30);
  set(*maps_[2], 8, 31);
  JoinedReader joined = reader();
  EXPECT_EQ(joined.shape().key_size, 8U);
  EXPECT_EQ(joined.shape().value_size, 8U);
  EXPECT_THAT(walk(joined, 16).value(),
              ElementsAre(Row{7, 100, 10}, Row{7, 102, 30}, Row{8, 102, 31}));
}

TEST_F(Joined, HasRoomForAllOfThemAndNotMoreThanANumberHolds) {
  EXPECT_EQ(reader().shape().max_entries, 3 * maps_[0]->shape().max_entries);
  MapShape huge = maps_[0]->shape();
  huge.max_entries = 3'000'000'000;
  maps_ = {std::make_shared<FakeMap>(huge), std::make_shared<FakeMap>(huge)};
  EXPECT_EQ(reader().shape().max_entries, UINT32_MAX);
}

TEST_F(Joined, CrossesFromOneBatchAndOneMapIntoTheNext) {
  for (std::uint32_t key = 0; key < 5; ++key) set(*maps_[0], key, key);
  for (std::uint32_t key = 0; key < 4; ++key) set(*maps_[1], key, key);
  JoinedReader joined = reader();
  for (const std::uint32_t capacity : {1U, 2U, 3U, 64U}) {
    EXPECT_THAT(walk(joined, capacity).value(), SizeIs(9)) << capacity;
  }
}

TEST_F(Joined, MakesTheRoomThatAPartNeeds) {
  maps_[1]->least_capacity = 500;
  for (std::uint32_t key = 0; key < 300; ++key) set(*maps_[1], key, key * 2);
  set(*maps_[2], 1, 1);
  JoinedReader joined = reader();
  const auto rows = walk(joined, 2).value();
  ASSERT_THAT(rows, SizeIs(301));
  EXPECT_EQ(rows[299], (Row{299, 101, 598}));
  EXPECT_EQ(rows[300], (Row{1, 102, 1}));
}

TEST_F(Joined, FailsWithAPartAndBeginsAnewAfterwards) {
  for (const auto& map : maps_) set(*map, 1, 1);
  JoinedReader joined = reader();
  maps_[1]->fail_with(EIO);
  const auto failed = walk(joined, 16);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, EIO);
  maps_[1]->fail_with(0);
  EXPECT_THAT(walk(joined, 16).value(),
              ElementsAre(Row{1, 100, 1}, Row{1, 101, 1}, Row{1, 102, 1}));
}

TEST_F(Joined, HasNothingMoreBehindTheLast) {
  JoinedReader joined = reader();
  EXPECT_THAT(walk(joined, 16).value(), SizeIs(0));
  RowBlock block(joined.shape(), 16);
  const auto more = joined.next_batch(block);
  ASSERT_TRUE(more);
  EXPECT_FALSE(*more);
  EXPECT_EQ(block.count(), 0U);
}

}  // namespace
}  // namespace bpfmap::kernel
