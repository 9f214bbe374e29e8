// SPDX-License-Identifier: Apache-2.0
#include "http/relay.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "support.h"

namespace bpfmap::http {
namespace {

using namespace std::chrono_literals;
using http::testing::Client;
using http::testing::eventually;
using http::testing::open_descriptors;
using http::testing::StderrCapture;
using http::testing::TemporaryDirectory;

// A listener in the place of the HTTP server's private one; the test is what answers.
class Backend {
 public:
  Backend() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress any = SocketAddress::ipv4(INADDR_LOOPBACK, 0);
    ::bind(fd_.get(), any.data(), any.size());
    ::listen(fd_.get(), 128);
  }
  std::uint16_t port() const { return SocketAddress::of_socket(fd_.get()).port(); }
  Client accept() {
    pollfd wait{fd_.get(), POLLIN, 0};
    ::poll(&wait, 1, 30000);
    return Client(UniqueFd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }
  bool has_connection() const {
    pollfd wait{fd_.get(), POLLIN, 0};
    return ::poll(&wait, 1, 0) > 0;
  }

 private:
  UniqueFd fd_;
};

std::uint16_t source_port(const Client& accepted) {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  ::getpeername(accepted.fd(), reinterpret_cast<sockaddr*>(&peer), &size);
  return ntohs(peer.sin_port);
}

class RelayTest : public ::testing::Test {
 protected:
  void start() {
    options_.backend_port = backend_.port();
    auto listener = Listener::open(SocketAddress::unix_path(path_), 0600, url_);
    ASSERT_TRUE(listener);
    std::vector<Listener> listeners;
    listeners.push_back(std::move(*listener));
    auto relay = Relay::start(std::move(listeners), options_, ports_);
    ASSERT_TRUE(relay);
    relay_ = std::move(*relay);
  }
  // A client that has said `text`, and its counterpart that has read it.
  std::pair<Client, Client> connect(const std::string& text = "hi", int receive_buffer = 0) {
    Client client(url_, receive_buffer);
    client.send(text);
    Client counterpart = backend_.accept();
    EXPECT_EQ(counterpart.read(text.size()), text);
    return {std::move(client), std::move(counterpart)};
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "socket";
  std::string url_ = "unix:" + path_;
  Backend backend_;
  RelayOptions options_{
      .backend_port = 0,
      .timeouts = {.first_byte = 30s, .stall = 30s, .response = 60s, .linger = 30s},
      .max_connections = 64};
  RelayPorts ports_;
  std::unique_ptr<Relay> relay_;
};

TEST_F(RelayTest, TheBackendHearsOfAClientOnlyWhenItSpeaks) {
  start();
  Client silent(url_);
  ASSERT_TRUE(silent.connected());
  auto [client, counterpart] = connect("second");  // accepted after the silent one
  EXPECT_FALSE(backend_.has_connection());
  silent.send("first");
  EXPECT_EQ(backend_.accept().read(5), "first");
}

TEST_F(RelayTest, CarriesBytesBothWaysUnchanged) {
  start();
  std::string up;
  std::string down;
  for (std::int64_t i = 0; up.size() < 8u << 20; ++i) {
    up += std::to_string(i * 7919);
    down += std::to_string(i * 104729);
  }
  auto [client, counterpart] = connect();
  std::thread client_writer([&client = client, &up] {
    EXPECT_TRUE(client.send(up));
    client.half_close();
  });
  std::thread backend_writer([&counterpart = counterpart, &down] {
    EXPECT_TRUE(counterpart.send(down));
    counterpart.half_close();
  });
  std::thread backend_reader([&counterpart = counterpart, &up] {
    EXPECT_TRUE(counterpart.read_to_end() == up) << "bytes to the backend were changed";
  });
  EXPECT_TRUE(client.read_to_end() == down) << "bytes to the client were changed";
  client_writer.join();
  backend_writer.join();
  backend_reader.join();
}

TEST_F(RelayTest, AClientMayCloseItsHalfAndStillGetItsResponse) {
  start();
  auto [client, counterpart] = connect();
  client.half_close();
  EXPECT_TRUE(counterpart.at_end());
  EXPECT_TRUE(counterpart.send("late response"));
  counterpart.half_close();
  EXPECT_EQ(client.read_to_end(), "late response");
}

TEST_F(RelayTest, AClientThatIsGoneIsHungUpOnTheBackend) {
  start();
  auto [client, counterpart] = connect();
  client.reset();
  EXPECT_TRUE(counterpart.at_end());
}

TEST_F(RelayTest, KnowsTheSourcePortsOfItsConnectionsWhileTheyLast) {
  start();
  auto [client, counterpart] = connect();
  const std::uint16_t port = source_port(counterpart);
  EXPECT_TRUE(ports_.contains(port));
  Client stranger(INADDR_LOOPBACK, 0, backend_.port());
  ASSERT_TRUE(stranger.connected());
  EXPECT_FALSE(ports_.contains(source_port(backend_.accept())));
  counterpart.half_close();
  EXPECT_TRUE(client.at_end());
  EXPECT_TRUE(eventually([&] { return !ports_.contains(port); }));
}

// How much the backend can send while the client does not read it.
std::size_t fill(Client& counterpart) {
  const std::string block(64 << 10, 'x');
  std::size_t filled = 0;
  pollfd wait{counterpart.fd(), POLLOUT, 0};
  while (filled < (64u << 20) && ::poll(&wait, 1, 300) > 0) {
    const ssize_t sent =
        ::send(counterpart.fd(), block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) filled += static_cast<std::size_t>(sent);
    if (sent < 0 && errno != EAGAIN) break;
  }
  return filled;
}

TEST_F(RelayTest, AClientThatDoesNotReadHoldsTheBackendBack) {
  start();
  auto [client, counterpart] = connect();
  const std::size_t filled = fill(counterpart);
  EXPECT_LT(filled, 32u << 20) << "the relay buffers without a bound";
  counterpart.half_close();
  EXPECT_EQ(client.skip_to_end(), filled);
}

TEST_F(RelayTest, AClientThatStallsIsCutAndDelaysNoOther) {
  options_.timeouts.stall = 300ms;
  start();
  auto [stalled, stalled_counterpart] = connect();
  fill(stalled_counterpart);
  auto [client, counterpart] = connect("other");
  EXPECT_TRUE(counterpart.send("answer"));
  EXPECT_EQ(client.read(6), "answer");
  EXPECT_TRUE(stalled_counterpart.at_end());
}

TEST_F(RelayTest, AClientThatNeverCatchesUpIsCut) {
  options_.timeouts.response = 500ms;
  start();
  auto [client, counterpart] = connect("hi", 4096);
  std::thread sender([&counterpart = counterpart] {
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 1024 && counterpart.send(block); ++i) {
    }
    counterpart.half_close();
  });
  std::size_t received = 0;
  for (std::string part; !(part = client.read(1000)).empty(); received += part.size()) {
    std::this_thread::sleep_for(1ms);  // a steady, slow reader
  }
  sender.join();
  EXPECT_LT(received, 1u << 30);
  EXPECT_GT(received, 0u);
}

TEST_F(RelayTest, ASilentClientIsCut) {
  options_.timeouts.first_byte = 100ms;
  start();
  Client silent(url_);
  EXPECT_TRUE(silent.at_end());
}

TEST_F(RelayTest, AnIdleConnectionOfASpeakingClientIsForTheBackendToEnd) {
  options_.timeouts = {.first_byte = 1ms, .stall = 1ms, .response = 1ms, .linger = 1ms};
  start();
  auto [client, counterpart] = connect();
  Client silent(url_);  // is cut by at least one look at the times, which the other one survives
  EXPECT_TRUE(silent.at_end());
  EXPECT_TRUE(counterpart.send("slowly computed"));
  EXPECT_EQ(client.read(15), "slowly computed");
}

TEST_F(RelayTest, AResponseSurvivesABackendThatClosesOnUnreadBytes) {
  start();
  Client client(url_);
  std::thread sender([&client] { client.send(std::string(4 << 20, 'x')); });
  {
    Client counterpart = backend_.accept();
    EXPECT_EQ(counterpart.read(1), "x");
    EXPECT_TRUE(counterpart.send("too much"));
    counterpart.half_close();
  }  // closed with bytes unread: a reset, to the relay
  EXPECT_EQ(client.read_to_end(), "too much");
  client.half_close();
  sender.join();
}

TEST_F(RelayTest, AClientThatLingersAfterItsResponseIsCut) {
  options_.timeouts.linger = 100ms;
  start();
  auto [client, counterpart] = connect();
  counterpart.half_close();
  EXPECT_TRUE(client.at_end());
  EXPECT_TRUE(eventually([&client = client] { return !client.send("x"); }));
}

TEST_F(RelayTest, BeyondItsLimitClientsWaitForAPlace) {
  options_.max_connections = 2;
  start();
  auto first = connect("1");
  auto second = connect("2");
  Client third(url_);
  ASSERT_TRUE(third.connected());
  third.send("3");
  EXPECT_TRUE(first.second.send("pong"));
  EXPECT_EQ(first.first.read(4), "pong");
  EXPECT_FALSE(backend_.has_connection());
  first.second.reset();
  first.first.reset();
  EXPECT_EQ(backend_.accept().read(1), "3");
}

TEST_F(RelayTest, ManyClientsLeaveNothingBehind) {
  start();
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 200; ++i) {
    auto [client, counterpart] = connect();
    if (i % 3 == 0) client.reset();
    if (i % 3 == 1) counterpart.reset();
  }
  EXPECT_TRUE(eventually([&] { return open_descriptors() == before; }));
}

TEST_F(RelayTest, SurvivesRunningOutOfDescriptors) {
  start();
  const StderrCapture log;
  const int next_free = UniqueFd(::dup(STDIN_FILENO)).get();
  rlimit normal{};
  ::getrlimit(RLIMIT_NOFILE, &normal);
  rlimit tight = normal;
  tight.rlim_cur = static_cast<rlim_t>(next_free) + 1;
  ::setrlimit(RLIMIT_NOFILE, &tight);
  Client client(url_);  // takes the last one
  ASSERT_TRUE(client.connected());
  client.send("x");
  EXPECT_TRUE(eventually([&] { return log.text().find("cannot accept") != std::string::npos; }));
  ::setrlimit(RLIMIT_NOFILE, &normal);
  Client counterpart = backend_.accept();
  EXPECT_TRUE(counterpart.send("still here"));
  EXPECT_EQ(client.read(10), "still here");
}

TEST_F(RelayTest, StopsAcceptingAndRemovesItsFileButServesOn) {
  start();
  auto [client, counterpart] = connect();
  Client silent(url_);
  relay_->stop_accepting();
  EXPECT_TRUE(eventually([this] { return !std::filesystem::exists(path_); }));
  EXPECT_TRUE(counterpart.send("still served"));
  EXPECT_EQ(client.read(12), "still served");
}

TEST_F(RelayTest, HangingUpEndsWhatIsIdleAndLetsResponsesThrough) {
  start();
  auto [client, counterpart] = connect();
  Client silent(url_);
  relay_->hang_up();
  EXPECT_TRUE(silent.at_end());
  EXPECT_TRUE(counterpart.at_end());
  EXPECT_TRUE(counterpart.send("response under way"));
  counterpart.half_close();
  EXPECT_EQ(client.read_to_end(), "response under way");
}

TEST_F(RelayTest, FinishingSendsOutWhatTheBackendHasSaid) {
  start();
  auto [client, counterpart] = connect();
  const std::string last(3 << 20, 'x');
  std::thread sender([&counterpart = counterpart, &last] {
    EXPECT_TRUE(counterpart.send(last));
    counterpart.half_close();
  });
  EXPECT_EQ(client.read(1), "x");
  relay_->finish(30s);
  EXPECT_EQ(client.read_to_end().size() + 1, last.size());
  sender.join();
  relay_.reset();
}

TEST_F(RelayTest, FinishingDoesNotWaitForAStalledClientBeyondItsBound) {
  start();
  auto [client, counterpart] = connect();
  fill(counterpart);
  const auto begin = std::chrono::steady_clock::now();
  relay_->finish(100ms);
  relay_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  EXPECT_TRUE(counterpart.at_end());
}

TEST_F(RelayTest, TheDestructorAloneCutsEverything) {
  start();
  auto [client, counterpart] = connect();
  relay_.reset();
  EXPECT_TRUE(client.at_end());
  EXPECT_TRUE(counterpart.at_end());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace bpfmap::http
