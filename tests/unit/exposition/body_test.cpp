// SPDX-License-Identifier: Apache-2.0
#include "exposition/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bpfmap::exposition {
namespace {

using ::testing::Each;
using ::testing::Le;

std::shared_ptr<const Chunk> chunk_of(std::string_view text) {
  auto chunk = std::make_shared<Chunk>();
  chunk->bytes = std::make_unique<char[]>(text.size());
  std::memcpy(chunk->bytes.get(), text.data(), text.size());
  chunk->size = text.size();
  return chunk;
}

Body small_body(std::string_view text) {
  BodyWriter writer;
  writer.append(text);
  return writer.finish();
}

std::vector<std::size_t> chunk_sizes(const Body& body) {
  std::vector<std::size_t> sizes;
  for (const auto& chunk : body.chunks()) sizes.push_back(chunk->size);
  return sizes;
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

TEST(Body, StartsEmpty) {
  const Body body;
  EXPECT_EQ(body.size(), 0U);
  EXPECT_TRUE(body.chunks().empty());
  EXPECT_EQ(body.to_string(), "");
}

TEST(Body, ConcatenatesAndSharesChunks) {
  const Body first = small_body("one ");
  const Body second = small_body("two");
  Body page;
  page.append(first);
  page.append(second);
  page.append(first);
  EXPECT_EQ(page.to_string(), "one twoone ");
  EXPECT_EQ(page.size(), 11U);
  EXPECT_EQ(page.chunks()[0].get(), first.chunks()[0].get());
  EXPECT_EQ(page.chunks()[2].get(), first.chunks()[0].get());
}

TEST(Body, AppendsItself) {
  Body body;
  for (const char* text : {"a", "b", "c"}) body.append(chunk_of(text));
  body.append(body);
  EXPECT_EQ(body.to_string(), "abcabc");
  EXPECT_EQ(body.size(), 6U);
}

TEST(Body, IgnoresNullAndEmptyChunks) {
  Body body;
  body.append(std::shared_ptr<const Chunk>());
  body.append(chunk_of(""));
  EXPECT_EQ(body.size(), 0U);
  EXPECT_TRUE(body.chunks().empty());
}

TEST(Body, OutlivesTheBodyItWasCopiedFrom) {
  Body copy;
  {
    const Body original = small_body("still here");
    copy = original;
  }
  EXPECT_EQ(copy.to_string(), "still here");
}

TEST(Body, IsReadByManyThreadsAtOnce) {
  const Body body = small_body(pattern(100'000));
  const std::string expected = pattern(100'000);
  std::vector<std::string> seen(4);
  std::vector<std::thread> readers;
  readers.reserve(seen.size());
  for (std::string& text : seen) {
    readers.emplace_back([&text, &body] {
      Body copy;
      copy.append(body);
      text = copy.to_string();
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_THAT(seen, Each(expected));
}

TEST(BodyWriter, FinishesEmpty) {
  BodyWriter writer;
  EXPECT_EQ(writer.size(), 0U);
  EXPECT_EQ(writer.finish().size(), 0U);
}

TEST(BodyWriter, CountsOnlyWhatIsCommitted) {
  BodyWriter writer;
  char* out = writer.reserve(100);
  std::memset(out, 'x', 100);
  EXPECT_EQ(writer.size(), 0U);
  writer.commit(out + 3);
  EXPECT_EQ(writer.size(), 3U);
  writer.reserve(50);
  EXPECT_EQ(writer.finish().to_string(), "xxx");
}

TEST(BodyWriter, IsEmptyAfterFinishAndUsableAgain) {
  BodyWriter writer;
  writer.append("first");
  const Body first = writer.finish();
  EXPECT_EQ(writer.size(), 0U);
  writer.append("second");
  const Body second = writer.finish();
  EXPECT_EQ(first.to_string(), "first");
  EXPECT_EQ(second.to_string(), "second");
}

TEST(BodyWriter, GivesMoreContiguousRoomThanAChunk) {
  BodyWriter writer(16);
  writer.append("before ");
  char* out = writer.reserve(10'000);
  std::memset(out, 'y', 10'000);
  writer.commit(out + 10'000);
  writer.append(" behind");
  EXPECT_EQ(writer.finish().to_string(), "before " + std::string(10'000, 'y') + " behind");
}

TEST(BodyWriter, ReservesNothingWithoutAChunk) {
  BodyWriter writer;
  writer.commit(writer.reserve(0));
  EXPECT_EQ(writer.finish().size(), 0U);
}

TEST(BodyWriter, SplitsLongTextAtAnyChunkSize) {
  const std::string text = pattern(20'000);
  for (const std::size_t chunk_bytes :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{4096},
        std::size_t{19'999}, std::size_t{20'000}, std::size_t{20'001},
        BodyWriter::kDefaultChunkBytes}) {
    BodyWriter writer(chunk_bytes);
    writer.append(text);
    EXPECT_EQ(writer.size(), text.size());
    const Body body = writer.finish();
    EXPECT_EQ(body.to_string(), text) << chunk_bytes;
    EXPECT_THAT(chunk_sizes(body), Each(Le(std::max<std::size_t>(1, chunk_bytes))));
  }
}

TEST(BodyWriter, GrowsToTheChunkSizeInAFewSteps) {
  constexpr std::size_t kBytes = 8 << 20;
  BodyWriter writer;
  for (std::size_t i = 0; i < kBytes / 64; ++i) {
    char* out = writer.reserve(64);
    std::memset(out, 'z', 64);
    writer.commit(out + 64);
  }
  const Body body = writer.finish();
  EXPECT_EQ(body.size(), kBytes);
  EXPECT_LE(body.chunks().size(), 8U + 9U);
  EXPECT_THAT(chunk_sizes(body), Each(Le(BodyWriter::kDefaultChunkBytes)));
}

TEST(BodyWriter, DoesNotMoveWhatAFullChunkHolds) {
  BodyWriter writer(4096);
  char* const out = writer.reserve(4096);
  std::memset(out, 'x', 4096);
  writer.commit(out + 4096);
  writer.append("next chunk");
  const Body body = writer.finish();
  ASSERT_EQ(body.chunks().size(), 2U);
  EXPECT_EQ(body.chunks()[0]->bytes.get(), out);
}

TEST(BodyWriter, MovesWhatAMostlyEmptyChunkHoldsIntoOneThatFits) {
  BodyWriter writer;
  char* const out = writer.reserve(1 << 20);
  std::memset(out, 'x', 200);
  writer.commit(out + 200);
  const Body body = writer.finish();
  ASSERT_EQ(body.chunks().size(), 1U);
  EXPECT_NE(body.chunks()[0]->bytes.get(), out) << "200 bytes hold on to a megabyte";
  EXPECT_EQ(body.to_string(), std::string(200, 'x'));
}

TEST(Body, TruncatesToWholeChunksAndGivesTheCutOne) {
  Body body;
  for (const char* text : {"ab", "cde", "f"}) body.append(chunk_of(text));
  const std::shared_ptr<const Chunk> cut = body.truncate(4);
  ASSERT_NE(cut, nullptr);
  EXPECT_EQ(std::string_view(cut->bytes.get(), cut->size), "cde");
  EXPECT_EQ(body.to_string(), "ab");
  EXPECT_EQ(body.truncate(2), nullptr) << "nothing to drop";
  EXPECT_EQ(body.truncate(0), nullptr) << "a chunk ends there";
  EXPECT_EQ(body.size(), 0U);
  EXPECT_EQ(body.truncate(0), nullptr);
}

TEST(BodyWriter, RewindsToEveryPlace) {
  const std::string text = pattern(300);
  for (const std::size_t chunk_bytes : {std::size_t{1}, std::size_t{64}, std::size_t{1000}}) {
    for (std::size_t kept = 0; kept <= text.size(); ++kept) {
      BodyWriter writer(chunk_bytes);
      writer.append(text.substr(0, kept));
      const BodyWriter::Mark mark = writer.mark();
      writer.append(text.substr(kept));
      writer.rewind(mark);
      ASSERT_EQ(writer.size(), kept);
      writer.append("more");
      ASSERT_EQ(writer.finish().to_string(), text.substr(0, kept) + "more") << chunk_bytes;
    }
  }
}

TEST(BodyWriter, RewindsWhatWasOnlyReserved) {
  BodyWriter writer(8);
  writer.append("kept");
  const BodyWriter::Mark mark = writer.mark();
  writer.commit(writer.reserve(10'000) + 10'000);
  writer.reserve(20'000);
  writer.rewind(mark);
  EXPECT_EQ(writer.finish().to_string(), "kept");
}

TEST(BodyWriter, RewindsTwiceAndToNothing) {
  BodyWriter writer(4);
  const BodyWriter::Mark start = writer.mark();
  writer.append("first ");
  const BodyWriter::Mark middle = writer.mark();
  writer.append("second");
  writer.rewind(middle);
  writer.rewind(middle);
  EXPECT_EQ(writer.size(), 6U);
  writer.rewind(start);
  EXPECT_EQ(writer.finish().size(), 0U);
}

TEST(BodyWriter, MovesWithWhatIsWritten) {
  BodyWriter writer;
  writer.append("kept");
  BodyWriter moved = std::move(writer);
  moved.append(" and continued");
  EXPECT_EQ(moved.size(), 18U);
  BodyWriter assigned(1);
  assigned.append("lost");
  assigned = std::move(moved);
  EXPECT_EQ(assigned.finish().to_string(), "kept and continued");
}

TEST(BodyWriter, IsEmptyAndUsableAfterItWasMovedFrom) {
  BodyWriter writer;
  writer.append("gone");
  const BodyWriter moved = std::move(writer);
  EXPECT_EQ(moved.size(), 4U);
  // NOLINTBEGIN(bugprone-use-after-move,clang-analyzer-cplusplus.Move): that is the contract
  EXPECT_EQ(writer.size(), 0U);
  writer.append("new");
  EXPECT_EQ(writer.finish().to_string(), "new");
  // NOLINTEND(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
}

TEST(BodyWriter, GivesFullChunksAwayBeforeTheEnd) {
  BodyWriter writer(4);
  EXPECT_EQ(writer.take().size(), 0U);
  writer.append("abcdefghij");
  EXPECT_EQ(writer.take().to_string(), "abcdefgh");
  EXPECT_EQ(writer.take().size(), 0U);
  EXPECT_EQ(writer.size(), 10U) << "with what was taken";
  const BodyWriter::Mark mark = writer.mark();
  writer.append("klmnopqrst");
  writer.rewind(mark);
  writer.append("KLM");
  EXPECT_EQ(writer.take().to_string(), "ijKL");
  EXPECT_EQ(writer.finish().to_string(), "M");
  EXPECT_EQ(writer.size(), 0U);
}

}  // namespace
}  // namespace bpfmap::exposition
