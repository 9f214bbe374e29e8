// SPDX-License-Identifier: Apache-2.0
#include "app/place_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/network_namespace.h"
#include "support/temporary_directory.h"

namespace bpfmap::app {
namespace {

using kernel::FollowedPlaces;
using kernel::PlaceKinds;
using test::eventually;

constexpr PlaceKinds kPaths{false, false, true};
constexpr PlaceKinds kInterfaces{true, false, false};

// Follows nothing, and remembers what it was asked for.
class FakeFollower {
 public:
  explicit FakeFollower(FollowedPlaces places) : places_(std::move(places)) {}

  PlaceWatch::Follower functions() {
    return {[this] { return places_; },
            [this] {
              const std::lock_guard lock(mutex_);
              return generation_;
            },
            [this](const PlaceKinds& kinds) {
              const std::lock_guard lock(mutex_);
              looks_.push_back(kinds);
              return unsettled_;
            }};
  }

  std::size_t looks_at(const PlaceKinds& kinds) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(looks_.begin(), looks_.end(),
                      [&](const PlaceKinds& look) { return look.overlaps(kinds); }));
  }
  void leave_unsettled(const PlaceKinds& kinds) {
    const std::lock_guard lock(mutex_);
    unsettled_ = kinds;
  }
  void replace() {
    const std::lock_guard lock(mutex_);
    ++generation_;
  }

 private:
  const FollowedPlaces places_;
  std::mutex mutex_;
  std::vector<PlaceKinds> looks_;
  PlaceKinds unsettled_;
  std::uint64_t generation_ = 0;
};

std::unique_ptr<PlaceWatch> start(FakeFollower& follower) {
  auto started = PlaceWatch::start(follower.functions());
  EXPECT_TRUE(started) << started.error().message();
  EXPECT_TRUE(eventually([&] { return follower.looks_at(kernel::kAllPlaces) > 0; }));
  EXPECT_EQ(follower.looks_at(kPaths), 1U) << "everything, once";
  return *std::move(started);
}

TEST(PlaceWatch, LooksWhenAFileIsReplaced) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("binary", "old");
  FakeFollower follower({kPaths, {file}});
  const auto watch = start(follower);
  std::filesystem::rename(directory.write("binary.new", "new"), file);
  EXPECT_TRUE(eventually([&] { return follower.looks_at(kPaths) >= 2; }));
}

TEST(PlaceWatch, LooksWhenAFolderComesThatWasNotThere) {
  const test::TemporaryDirectory directory;
  FakeFollower follower({kPaths, {directory / "cgroup"}});
  const auto watch = start(follower);
  std::filesystem::create_directory(directory / "cgroup");
  EXPECT_TRUE(eventually([&] { return follower.looks_at(kPaths) >= 2; }));
  const std::size_t before = follower.looks_at(kPaths);
  std::filesystem::create_directory(directory / "cgroup/child");
  EXPECT_TRUE(eventually([&] { return follower.looks_at(kPaths) > before; }))
      << "what has come is watched itself";
}

TEST(PlaceWatch, LooksAtCpusEverySecondAndNotAtTheRest) {
  const test::TemporaryDirectory directory;
  FakeFollower follower({{false, true, true}, {directory.write("binary", "")}});
  const auto watch = start(follower);
  EXPECT_TRUE(eventually([&] { return follower.looks_at({false, true, false}) >= 3; }));
  EXPECT_EQ(follower.looks_at(kPaths), 1U);
}

TEST(PlaceWatch, TriesAgainWhatFailed) {
  const test::TemporaryDirectory directory;
  FakeFollower follower({kPaths, {directory.write("binary", "")}});
  follower.leave_unsettled(kPaths);
  const auto watch = start(follower);
  EXPECT_TRUE(eventually([&] { return follower.looks_at(kPaths) >= 3; }));
}

TEST(PlaceWatch, LooksAtEverythingWhenOthersAreFollowed) {
  const test::TemporaryDirectory directory;
  FakeFollower follower({kPaths, {directory.write("binary", "")}});
  const auto watch = start(follower);
  follower.replace();
  EXPECT_TRUE(eventually([&] { return follower.looks_at(kPaths) >= 2; }));
}

TEST(PlaceWatch, LooksWhenAnInterfaceComes) {
  if (test::lacks(test::why_no_bpf())) return;  // and no namespaces
  test::in_network_namespace([] {
    FakeFollower follower({kInterfaces, {}});
    const auto watch = start(follower);
    test::add_veth("out", "in");
    EXPECT_TRUE(eventually([&] { return follower.looks_at(kInterfaces) >= 2; }));
  });
}

TEST(PlaceWatch, EndsAtOnce) {
  FakeFollower follower({kernel::kAllPlaces, {"/nonexistent/binary"}});
  auto watch = start(follower);
  const auto begin = std::chrono::steady_clock::now();
  watch.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

}  // namespace
}  // namespace bpfmap::app
