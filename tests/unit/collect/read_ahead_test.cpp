// SPDX-License-Identifier: Apache-2.0
#include "collect/keep/read_ahead.h"

#include <cerrno>

#include "unit/collect/collect_fixture.h"

namespace bpfmap::collect {
namespace {

constexpr std::uint32_t kRowsAtATime = 10;

class ReadAheadTest : public ::testing::Test {
 protected:
  explicit ReadAheadTest(std::uint32_t rows = 1000) {
    for (std::uint32_t i = 0; i < rows; ++i) map_->append(i, std::uint64_t{i});
  }

  std::shared_ptr<FakeMap> map_ = std::make_shared<FakeMap>(counts("m", 1000).shape);
  test::FakeMapReader reader_{map_};
};

TEST_F(ReadAheadTest, GivesEveryRowOnceAndInOrder) {
  ReadAhead ahead(reader_, kRowsAtATime);
  kernel::RowBlock block(map_->shape(), kRowsAtATime);
  std::uint32_t next = 0;
  for (bool more = true; more;) {
    more = ahead.next_batch(block).value();
    for (std::uint32_t row = 0; row < block.count(); ++row, ++next) {
      std::uint32_t key = 0;
      std::memcpy(&key, block.key(row), sizeof(key));
      ASSERT_EQ(key, next);
    }
  }
  EXPECT_EQ(next, 1000U);
}

TEST_F(ReadAheadTest, ReadsBeforeItIsAsked) {
  ReadAhead ahead(reader_, kRowsAtATime);
  kernel::RowBlock block(map_->shape(), kRowsAtATime);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ahead.next_batch(block).value());
  map_->batches.wait_for_arrivals(10);  // would not come if it only read what was asked for
}

TEST_F(ReadAheadTest, FailsBehindTheRowsThatCameBefore) {
  map_->batches.close();
  for (int i = 0; i < 8; ++i) map_->batches.let_one_pass();
  ReadAhead ahead(reader_, kRowsAtATime);
  kernel::RowBlock block(map_->shape(), kRowsAtATime);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(ahead.next_batch(block).value());
  map_->fail_with(EIO);
  map_->batches.open();
  EXPECT_EQ(ahead.next_batch(block).error().code, EIO);
}

}  // namespace
}  // namespace bpfmap::collect
