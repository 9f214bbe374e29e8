// SPDX-License-Identifier: Apache-2.0
#include "base/errands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace bpfmap {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

// Work that stands still until the test ends.
class ErrandsTest : public ::testing::Test {
 protected:
  ~ErrandsTest() override { release_.set_value(); }
  std::function<Result<int>()> hanging_work() const {
    return [released = released_]() -> Result<int> {
      released.wait();
      return 1;
    };
  }
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

TEST_F(ErrandsTest, BringsWhatTheWorkReturns) {
  Errands errands;
  const auto owned = errands.run<std::unique_ptr<int>>(
      "read", "x", []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); });
  ASSERT_TRUE(owned);
  EXPECT_EQ(**owned, 7);
  const auto refused = errands.run<int>("read", "x", []() -> Result<int> {
    return unexpected(Error{
        .kind = ErrorKind::kConfiguration, .operation = "read", .subject = "y", .code = ENOENT});
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().subject, "y");
  EXPECT_EQ(refused.error().kind, ErrorKind::kConfiguration);
}

TEST_F(ErrandsTest, ThrowsWhatTheWorkThrows) {
  Errands errands;
  EXPECT_THROW(static_cast<void>(errands.run<int>(
                   "read", "x", []() -> Result<int> { throw std::runtime_error("no"); })),
               std::runtime_error);
  EXPECT_EQ(errands.hanging(), 0U);
}

TEST_F(ErrandsTest, GivesUpWhatHangs) {
  Errands errands(20ms);
  const auto hung = errands.run<int>("read configuration", "/dead/x.yaml", hanging_work());
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().code, ETIMEDOUT);
  EXPECT_EQ(hung.error().kind, ErrorKind::kSystem);
  EXPECT_THAT(hung.error().message(), HasSubstr("read configuration /dead/x.yaml: "));
  EXPECT_EQ(errands.hanging(), 1U);
}

TEST_F(ErrandsTest, LetsOnlySoManyHang) {
  Errands errands(1ms);
  for (std::size_t i = 0; i < Errands::kMostHanging; ++i) {
    EXPECT_EQ(errands.run<int>("read", "x", hanging_work()).error().code, ETIMEDOUT);
  }
  bool is_run = false;
  const auto refused = errands.run<int>("read", "x", [&is_run]() -> Result<int> {
    is_run = true;
    return 1;
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EBUSY);
  EXPECT_FALSE(is_run);
}

TEST_F(ErrandsTest, WhatComesBackHangsNoLonger) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  Errands errands(1ms);
  EXPECT_FALSE(errands.run<int>("read", "x", [released]() -> Result<int> {
    released.wait();
    return 1;
  }));
  EXPECT_EQ(errands.hanging(), 1U);
  release.set_value();
  while (errands.hanging() != 0) std::this_thread::yield();
  EXPECT_EQ(errands.leave_with(3), 3);
}

TEST_F(ErrandsTest, StopEndsTheWaiting) {
  Errands errands(1h);
  std::promise<void> begun;
  std::thread waiter([&, released = released_] {
    const auto ended = errands.run<int>("read", "x", [&begun, released]() -> Result<int> {
      begun.set_value();
      released.wait();
      return 1;
    });
    EXPECT_EQ(ended.error().code, ECANCELED);
  });
  begun.get_future().wait();
  errands.stop();
  waiter.join();
  EXPECT_EQ(errands.run<int>("read", "x", hanging_work()).error().code, ECANCELED);
}

TEST(ErrandsDeathTest, EndsTheProcessWhereSomethingHangs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Errands errands(1ms);
        static_cast<void>(errands.run<int>("read", "x", []() -> Result<int> {
          std::this_thread::sleep_for(1h);
          return 1;
        }));
        errands.leave_with(5);
        ::_exit(6);
      },
      ::testing::ExitedWithCode(5), "");
}

}  // namespace
}  // namespace bpfmap
