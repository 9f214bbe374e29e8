// SPDX-License-Identifier: Apache-2.0
#include "http/flow.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace bpfmap::http {
namespace {

using namespace std::chrono_literals;

// Two connected sockets: what goes in at one end comes out at the other.
struct Pipe {
  Pipe() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return;
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
  UniqueFd near;  // the flow's
  UniqueFd far;   // the test's
};

class FlowTest : public ::testing::Test {
 protected:
  void feed(const std::string& bytes) {
    ASSERT_EQ(::send(source_.far.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // What has come out so far; `ended_` once the flow has passed an end on.
  std::string drain() {
    std::string all;
    std::string part(1 << 16, '\0');
    ssize_t got = 0;
    while ((got = ::recv(sink_.far.get(), part.data(), part.size(), 0)) > 0) {
      all.append(part, 0, static_cast<std::size_t>(got));
    }
    ended_ = got == 0;
    return all;
  }
  void turn() { flow_.turn(source_.near.get(), sink_.near.get(), scratch_, now_); }

  Pipe source_;
  Pipe sink_;
  Flow flow_;
  bool ended_ = false;
  TimePoint now_ = TimePoint(1h);
  std::vector<char> scratch_ = std::vector<char>(64 << 10);
};

TEST_F(FlowTest, PassesBytesOn) {
  feed("hello");
  turn();
  EXPECT_EQ(drain(), "hello");
  EXPECT_FALSE(ended_);
  EXPECT_TRUE(flow_.wants_source());
  EXPECT_FALSE(flow_.wants_sink());
}

TEST_F(FlowTest, SpuriousTurnsDoNothing) {
  turn();
  turn();
  EXPECT_EQ(drain(), "");
  EXPECT_TRUE(flow_.wants_source());
  EXPECT_FALSE(flow_.source_lost());
}

TEST_F(FlowTest, PassesTheEndOnAfterTheLastByte) {
  feed("last words");
  ::shutdown(source_.far.get(), SHUT_WR);
  turn();
  turn();
  EXPECT_EQ(drain(), "last words");
  EXPECT_TRUE(ended_);
  EXPECT_TRUE(flow_.finished());
  EXPECT_FALSE(flow_.wants_source());
}

TEST_F(FlowTest, ReadsNoMoreThanTheSinkTakes) {
  const std::string block(32 << 10, 'x');
  std::size_t fed = 0;
  while (!flow_.wants_sink()) {
    feed(block);
    fed += block.size();
    turn();
    ASSERT_LT(fed, 64u << 20) << "the kernel takes everything";
  }
  EXPECT_FALSE(flow_.wants_source());
  std::size_t accepted = 0;  // by the source's socket, while the flow does not read it
  while (::send(source_.far.get(), block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    turn();
    accepted += block.size();
    ASSERT_LT(accepted, 64u << 20) << "the flow reads on";
  }
  std::size_t received = 0;
  std::string part;
  while (!(part = drain()).empty()) {
    received += part.size();
    turn();
  }
  EXPECT_GE(received, fed);
  EXPECT_TRUE(flow_.wants_source());
}

TEST_F(FlowTest, KeepsTheOrderOfWhatTheSinkTakesInParts) {
  std::string sent;
  std::string received;
  for (int i = 0; i < 300; ++i) {
    const std::string block(static_cast<std::size_t>(1000 + i * 37),
                            static_cast<char>('a' + i % 26));
    if (::send(source_.far.get(), block.data(), block.size(), MSG_NOSIGNAL) > 0) sent += block;
    turn();
    if (i % 50 == 49) received += drain();
  }
  ::shutdown(source_.far.get(), SHUT_WR);
  while (!flow_.finished()) {
    turn();
    received += drain();
  }
  EXPECT_EQ(received, sent);
}

TEST_F(FlowTest, ALostSinkIsNoticedAndTheRestIsDropped) {
  sink_.far.reset();
  feed("into the void");
  turn();
  EXPECT_TRUE(flow_.sink_lost());
  EXPECT_TRUE(flow_.wants_source());
  feed("more");
  ::shutdown(source_.far.get(), SHUT_WR);
  turn();
  turn();
  EXPECT_TRUE(flow_.ended());
  EXPECT_TRUE(flow_.finished());
}

TEST_F(FlowTest, ALostSourceIsNoticedAndEndsIt) {
  // A Unix socket that is closed with unread bytes resets its peer.
  ASSERT_EQ(::send(source_.near.get(), "x", 1, MSG_NOSIGNAL), 1);
  source_.far.reset();
  turn();
  EXPECT_TRUE(flow_.source_lost());
  EXPECT_TRUE(flow_.ended());
  EXPECT_EQ(drain(), "");
  EXPECT_TRUE(ended_);
}

class StuckFlowTest : public FlowTest {
 protected:
  void block_the_sink() {
    while (!flow_.wants_sink()) {
      feed(std::string(32 << 10, 'x'));
      turn();
    }
  }
  // A source that always has more, and a sink that takes something of it.
  void take_a_little() {
    const std::string block(4 << 10, 'x');
    while (::send(source_.far.get(), block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
    std::string part(32 << 10, '\0');
    ASSERT_GT(::recv(sink_.far.get(), part.data(), part.size(), 0), 0);
  }
};

TEST_F(StuckFlowTest, AnIdleFlowIsNotStuck) {
  feed("x");
  turn();
  EXPECT_FALSE(flow_.is_stuck(now_ + 24h, 1s, 1s));
}

TEST_F(StuckFlowTest, ASinkThatTakesNothingIsStuck) {
  block_the_sink();
  EXPECT_FALSE(flow_.is_stuck(now_ + 900ms, 1s, 1h));
  EXPECT_TRUE(flow_.is_stuck(now_ + 1100ms, 1s, 1h));
}

TEST_F(StuckFlowTest, ASinkThatTakesALittleIsStuckOnlyInTheLongRun) {
  block_the_sink();
  const TimePoint start = now_;
  while (now_ < start + 10s) {
    now_ += 500ms;
    take_a_little();
    turn();
    EXPECT_FALSE(flow_.is_stuck(now_, 1s, 20s));
  }
  EXPECT_TRUE(flow_.is_stuck(now_, 1s, 9s));
}

TEST_F(StuckFlowTest, CatchingUpStartsTheTimesAnew) {
  block_the_sink();
  while (flow_.wants_sink()) {
    drain();
    turn();
  }
  drain();
  now_ += 1h;
  turn();
  block_the_sink();
  EXPECT_FALSE(flow_.is_stuck(now_ + 900ms, 1s, 1s));
}

}  // namespace
}  // namespace bpfmap::http
