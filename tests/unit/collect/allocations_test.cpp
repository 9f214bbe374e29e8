// SPDX-License-Identifier: Apache-2.0
// What a scrape allocates does not depend on the number of its samples, but for the chunks
// that hold them.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "collect/sample/map_sample.h"
#include "unit/collect/collect_fixture.h"

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): that is what they are
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)

namespace bpfmap::collect {
namespace {

struct Key {
  std::uint32_t id;
  std::array<char, 16> comm;
};

class IgnoreSamples final : public SampleObserver {
 public:
  void on_sample(const MapSample&) override {}
  void on_rendering(std::uint64_t) override {}
  void on_timeout() override {}
};

kernel::MapInfo two_labels() {
  kernel::MapInfo info = test::hash_map(
      test::structure("struct key", {{"id", test::number("u32")}, {"comm", test::text(16)}}),
      test::number("u64"), "m");
  info.shape.max_entries = 1'000'000;
  return info;
}

// Allocations of a whole scrape of so many rows: the walk, the text, its compression.
std::size_t allocations_of(std::uint32_t rows, Encoding encoding) {
  const kernel::MapInfo info = two_labels();
  const auto map = std::make_shared<FakeMap>(info.shape);
  for (std::uint32_t i = 0; i < rows; ++i) {
    map->append(Key{i, {'w', 'o', 'r', 'k'}}, std::uint64_t{i} * 1000);
  }
  const FakeClock clock;
  IgnoreSamples observer;
  MapSampler sampler(source_of(info, map), clock, observer, std::make_shared<host::Host>());
  const std::size_t before = allocations;
  const auto sample = sampler.fresh_or_growing();
  const auto text = sample->text({.encoding = encoding});
  std::size_t pieces = 0;
  while (text->piece(pieces).value() != nullptr) ++pieces;
  const std::size_t made = allocations - before;
  EXPECT_EQ(text->whole_text().samples, rows);
  return made;
}

TEST(Allocations, AScrapeMakesNonePerSample) {
  constexpr std::uint32_t kFew = 10 * 4096;
  constexpr std::uint32_t kMany = 5 * kFew;
  for (const Encoding encoding : {Encoding::kIdentity, Encoding::kGzip}) {
    const std::size_t few = allocations_of(kFew, encoding);
    const std::size_t many = allocations_of(kMany, encoding);
    ASSERT_GT(few, 10U) << "nothing is counted";
    // Blocks of rows and chunks of text: one for hundreds of samples at the least.
    EXPECT_LT(many - few, (kMany - kFew) / 500)
        << few << " for " << kFew << " samples, " << many << " for " << kMany;
  }
}

}  // namespace
}  // namespace bpfmap::collect
