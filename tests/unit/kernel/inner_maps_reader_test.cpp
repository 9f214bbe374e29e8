// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/inner_maps_reader.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <tuple>

#include "support/fake_map_reader.h"

namespace bpfmap::kernel {
namespace {

using test::FakeMap;
using test::FakeMapReader;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Row = std::tuple<std::uint32_t, std::uint32_t, std::uint64_t>;  // key, outer key, value
using Entries = std::map<std::uint32_t, std::uint64_t>;

MapShape inner_shape() {
  MapShape shape;
  shape.type = BPF_MAP_TYPE_HASH;
  shape.key_size = 4;
  shape.value_size = 8;
  shape.max_entries = 100;
  return shape;
}

MapShape outer_shape() {
  MapShape shape;
  shape.type = BPF_MAP_TYPE_HASH_OF_MAPS;
  shape.key_size = 4;
  shape.value_size = 4;
  shape.max_entries = 16;
  return shape;
}

// Inner maps by id, and the system calls on the descriptors that opening them gave. The descriptors
// are real, so that what is left open can be counted.
class FakeInnerMaps final : public InnerMapOpener, public MapSyscalls {
 public:
  struct InnerMap {
    Entries entries;
    MapShape shape = inner_shape();
    int open_error = 0;
    int read_error = 0;
  };
  std::map<std::uint32_t, InnerMap> maps;
  int batches = 0;
  int next_keys = 0;
  std::vector<int> opened;

  Result<Inner> open(std::uint32_t id) override {
    const auto found = maps.find(id);
    const int code = found == maps.end() ? ENOENT : found->second.open_error;
    if (code != 0) {
      return unexpected(Error{.kind = ErrorKind::kSystem,
                              .operation = "open inner map",
                              .subject = "with id 7",
                              .code = code});
    }
    UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    by_fd_[fd.get()] = id;
    opened.push_back(fd.get());
    return Inner{std::move(fd), found->second.shape};
  }

  int still_open() const {
    int count = 0;
    for (const int fd : opened) count += ::fcntl(fd, F_GETFD) != -1 ? 1 : 0;
    return count;
  }

  int next_key(int fd, const void* key, void* next) override {
    ++next_keys;
    const InnerMap& map = maps.at(by_fd_.at(fd));
    if (map.read_error != 0) return -map.read_error;
    auto at = map.entries.begin();
    if (key != nullptr) at = map.entries.upper_bound(*static_cast<const std::uint32_t*>(key));
    if (at == map.entries.end()) return -ENOENT;
    std::memcpy(next, &at->first, sizeof(at->first));
    return 0;
  }

  int lookup(int fd, const void* key, void* value, std::uint64_t) override {
    const InnerMap& map = maps.at(by_fd_.at(fd));
    const auto found = map.entries.find(*static_cast<const std::uint32_t*>(key));
    if (found == map.entries.end()) return -ENOENT;
    std::memcpy(value, &found->second, sizeof(found->second));
    return 0;
  }

  // One bucket for all: a caller without room for the map gets ENOSPC.
  int lookup_batch(int fd, const void*, void*, void* keys, void* values, std::uint32_t* count,
                   std::uint64_t) override {
    ++batches;
    const InnerMap& map = maps.at(by_fd_.at(fd));
    if (map.read_error != 0) return -map.read_error;
    if (map.entries.size() > *count) return *count = 0, -ENOSPC;
    *count = 0;
    for (const auto& [key, value] : map.entries) {
      std::memcpy(static_cast<std::byte*>(keys) + *count * sizeof(key), &key, sizeof(key));
      std::memcpy(static_cast<std::byte*>(values) + *count * sizeof(value), &value, sizeof(value));
      ++*count;
    }
    return -ENOENT;
  }

 private:
  std::map<int, std::uint32_t> by_fd_;
};

class InnerMaps : public ::testing::Test {
 protected:
  void put(std::uint32_t outer_key, std::uint32_t id) { outer_->set(outer_key, id); }

  std::unique_ptr<InnerMapsReader> reader(ReaderOptions options = {}) {
    return std::make_unique<InnerMapsReader>("m", std::make_unique<FakeMapReader>(outer_),
                                             inner_shape(), options, inner_, inner_);
  }

  static Result<std::vector<Row>> walk(MapReader& reader, std::uint32_t capacity = 8) {
    reader.rewind();
    std::vector<Row> rows;
    for (int batches = 0; batches < 1000; ++batches) {
      RowBlock block(reader.shape(), capacity);
      const auto more = reader.next_batch(block);
      if (!more) return unexpected(more.error());
      for (std::uint32_t row = 0; row < block.count(); ++row) {
        Row read;
        std::memcpy(&std::get<0>(read), block.key(row), 4);
        std::memcpy(&std::get<1>(read), block.key(row) + 4, 4);
        std::memcpy(&std::get<2>(read), block.value(row), 8);
        rows.push_back(read);
      }
      if (!*more) return rows;
    }
    ADD_FAILURE() << "a walk without end";
    return rows;
  }

  std::shared_ptr<FakeMap> outer_ = std::make_shared<FakeMap>(outer_shape());
  FakeInnerMaps inner_;
};

TEST_F(InnerMaps, RowsOfAllWithTheOuterKeyBehindTheirOwn) {
  put(1, 11);
  put(2, 12);
  inner_.maps[11].entries = {{5, 50}, {6, 60}};
  inner_.maps[12].entries = {{5, 500}};
  const auto reader = this->reader();
  EXPECT_EQ(reader->shape().key_size, 8U);
  EXPECT_EQ(reader->shape().max_entries, 1600U);
  EXPECT_THAT(walk(*reader).value(), ElementsAre(Row{5, 1, 50}, Row{6, 1, 60}, Row{5, 2, 500}));
  EXPECT_EQ(inner_.still_open(), 0);
}

TEST_F(InnerMaps, EmptySlotsAndAnEmptyOuterMap) {
  const auto reader = this->reader();
  EXPECT_THAT(walk(*reader).value(), IsEmpty());
  put(1, 0);
  put(2, 12);
  put(3, 0);
  inner_.maps[12].entries = {{5, 500}};
  EXPECT_THAT(walk(*reader).value(), ElementsAre(Row{5, 2, 500}));
  EXPECT_THAT(inner_.opened, SizeIs(1));  // an id of 0 is not even tried
}

TEST_F(InnerMaps, OnesThatDieBetweenListingAndOpening) {
  for (std::uint32_t id : {10U, 11U, 12U, 13U}) put(id, id);
  inner_.maps[11].entries = {{1, 1}};
  inner_.maps[12].entries = {{2, 2}};
  const auto reader = this->reader();
  reader->rewind();
  RowBlock block(reader->shape(), 8);
  EXPECT_TRUE(reader->next_batch(block).value());  // 10 is gone, 11 is there
  EXPECT_EQ(block.count(), 1U);
  inner_.maps.erase(12);
  EXPECT_FALSE(reader->next_batch(block).value());
  EXPECT_EQ(block.count(), 0U);
}

TEST_F(InnerMaps, TheSameUnderTwoKeys) {
  put(1, 11);
  put(2, 11);
  inner_.maps[11].entries = {{5, 50}};
  EXPECT_THAT(walk(*reader()).value(), ElementsAre(Row{5, 1, 50}, Row{5, 2, 50}));
}

TEST_F(InnerMaps, EveryWalkResolvesThemAnew) {
  put(1, 11);
  inner_.maps[11].entries = {{5, 50}};
  const auto reader = this->reader();
  EXPECT_THAT(walk(*reader).value(), ElementsAre(Row{5, 1, 50}));
  put(1, 12);
  inner_.maps[12].entries = {{6, 60}};
  EXPECT_THAT(walk(*reader).value(), ElementsAre(Row{6, 1, 60}));
}

TEST_F(InnerMaps, OneWithMoreEntriesThanOthersGetsTheRoom) {
  put(1, 11);
  put(2, 12);
  inner_.maps[11].shape.max_entries = 1000;
  for (std::uint32_t key = 0; key < 900; ++key) inner_.maps[11].entries[key] = key;
  inner_.maps[12].entries = {{1, 1}};
  const auto rows = walk(*reader(), 4).value();
  ASSERT_THAT(rows, SizeIs(901));
  EXPECT_EQ(rows[899], (Row{899, 1, 899}));
  EXPECT_EQ(rows[900], (Row{1, 2, 1}));
}

TEST_F(InnerMaps, OfAnotherShapeAreAnError) {
  put(1, 11);
  inner_.maps[11].shape.value_size = 16;
  const auto failed = walk(*reader());
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), HasSubstr("read map 'm': the inner map with id 11 has "
                                                  "another type, key size or value size"));
  EXPECT_EQ(inner_.still_open(), 0);
}

TEST_F(InnerMaps, ThatMayNotBeOpenedAreAnErrorWithBothNames) {
  put(1, 11);
  inner_.maps[11].open_error = EPERM;
  const auto failed = walk(*reader());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, EPERM);
  EXPECT_THAT(failed.error().message(), HasSubstr("open inner map with id 7 in 'm'"));
}

TEST_F(InnerMaps, AnErrorInTheMiddleEndsTheWalkAndLeavesNothingOpen) {
  put(1, 11);
  put(2, 12);
  inner_.maps[11].entries = {{5, 50}};
  inner_.maps[12].entries = {{6, 60}};
  const auto reader = this->reader();
  reader->rewind();
  RowBlock block(reader->shape(), 8);
  EXPECT_TRUE(reader->next_batch(block).value());
  inner_.maps[12].read_error = EIO;
  const auto failed = reader->next_batch(block);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, EIO);
  EXPECT_EQ(inner_.still_open(), 0);
  inner_.maps[12].read_error = 0;
  EXPECT_THAT(walk(*reader).value(), SizeIs(2));
}

TEST_F(InnerMaps, AnOuterMapThatCannotBeReadFailsTheWalk) {
  put(1, 11);
  outer_->fail_with(EIO);
  const auto failed = walk(*reader());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, EIO);
}

TEST_F(InnerMaps, AreReadAsTheConfigurationSays) {
  put(1, 11);
  inner_.maps[11].entries = {{5, 50}};
  walk(*reader());
  EXPECT_GT(inner_.batches, 0);
  inner_.batches = 0;
  EXPECT_THAT(walk(*reader(model::ReaderChoice::kNextKey)).value(), ElementsAre(Row{5, 1, 50}));
  EXPECT_EQ(inner_.batches, 0);
  EXPECT_GT(inner_.next_keys, 0);
}

}  // namespace
}  // namespace bpfmap::kernel
