// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "http/server.h"
#include "support.h"

namespace bpfmap::http {
namespace {

using namespace std::chrono_literals;
using http::testing::big_route;
using http::testing::Client;
using http::testing::ClientResponse;
using http::testing::eventually;
using http::testing::fetch;
using http::testing::open_descriptors;
using http::testing::StderrCapture;
using http::testing::TestServer;
using http::testing::text_route;
using http::testing::Transport;

std::size_t threads_of_this_process() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    count += entry.is_directory() ? 1u : 0u;
  }
  return count;
}

class StopTest : public ::testing::TestWithParam<Transport> {
 protected:
  // A route whose handler says that it runs, and does until it may go.
  Route held_route() {
    return {"/held", "GET", [this](const Request&) {
              running_ = true;
              eventually([this] { return released_.load(); });
              Response response;
              response.text = std::string(4 << 20, 'x');
              return response;
            }};
  }
  void start(std::vector<Route> routes, ServerOptions options = {}) {
    server_.emplace(GetParam(), std::move(routes), std::move(options));
    url_ = server_->url();
  }
  Duration time_to_stop() {
    const auto begin = std::chrono::steady_clock::now();
    server_.reset();
    return std::chrono::steady_clock::now() - begin;
  }

  std::atomic<bool> running_ = false;
  std::atomic<bool> released_ = false;
  std::optional<TestServer> server_;
  std::string url_;
};

INSTANTIATE_TEST_SUITE_P(Over, StopTest,
                         ::testing::Values(Transport::kIpv4, Transport::kIpv6, Transport::kUnix),
                         [](const auto& test) {
                           return http::testing::transport_name(test.param);
                         });

TEST_P(StopTest, WithoutClientsItIsQuickAndLeavesNothing) {
  { const TestServer first(GetParam(), {text_route("/", "")}); }  // what is set up once per process
  const std::size_t descriptors = open_descriptors();
  const std::size_t threads = threads_of_this_process();
  start({text_route("/", "here")});
  EXPECT_EQ(fetch(url_, "/").body, "here");
  EXPECT_LT(time_to_stop(), 1900ms) << "civetweb alone takes two seconds to notice";
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_TRUE(eventually([&] { return threads_of_this_process() == threads; }));
  EXPECT_FALSE(Client(url_).connected());
}

TEST_P(StopTest, ARunningResponseIsFinished) {
  start({held_route()}, {.stop_timeout = 30s});
  Client client(url_);
  client.get("/held");
  ASSERT_TRUE(eventually([this] { return running_.load(); }));
  std::thread stopper([this] { server_.reset(); });
  // The stop has begun when new requests are turned away.
  EXPECT_TRUE(eventually([this] {
    const int status = fetch(url_, "/").status;
    return status == 503 || status == 0;
  }));
  released_ = true;
  const ClientResponse response = client.read_response();
  stopper.join();
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.complete);
}

TEST_P(StopTest, AStalledClientIsNotWaitedForBeyondTheBound) {
  start({big_route("/big", 64 << 20)}, {.request_timeout = 60s, .stop_timeout = 200ms});
  Client client(url_);
  client.get("/big");
  EXPECT_EQ(client.read(5), "HTTP/");
  const StderrCapture log;
  EXPECT_LT(time_to_stop(), 10s);
  EXPECT_NE(log.text().find("cut off"), std::string::npos);
  EXPECT_LT(client.skip_to_end(), std::size_t{64 << 20});
}

// The handler waits for what only giving up ends.
TEST_P(StopTest, GivesUpWhatRunsWhenItsTimeIsOver) {
  start({held_route()}, {.stop_timeout = 100ms, .give_up = [this] { released_ = true; }});
  Client client(url_);
  client.get("/held");
  ASSERT_TRUE(eventually([this] { return running_.load(); }));
  EXPECT_LT(time_to_stop(), 10s);
  EXPECT_TRUE(released_);
}

TEST_P(StopTest, GivesNothingUpWhereAllIsAnswered) {
  start({text_route("/", "here")}, {.give_up = [this] { released_ = true; }});
  EXPECT_EQ(fetch(url_, "/").body, "here");
  server_.reset();
  EXPECT_FALSE(released_);
}

TEST_P(StopTest, IdleConnectionsDoNotHoldItUp) {
  start({text_route("/", "here")}, {.request_timeout = 60s, .keep_alive_timeout = 60s});
  Client silent(url_);
  Client half(url_);
  half.send("GET / HT");
  Client kept(url_);
  kept.get("/");
  EXPECT_EQ(kept.read_response().body, "here");
  EXPECT_LT(time_to_stop(), 10s);
  EXPECT_TRUE(kept.at_end());
  silent.send("x");  // over IPv4 it learns only now that the server is gone
  EXPECT_TRUE(silent.at_end());
}

// civetweb alone looks at its stop flag every two seconds.
TEST_P(StopTest, IdleConnectionsAreNotWaitedFor) {
  Duration stopping{};
  for (int i = 0; i < 5; ++i) {
    start({text_route("/", "here")}, {.keep_alive_timeout = 60s});
    Client kept(url_);
    kept.get("/");
    EXPECT_EQ(kept.read_response().body, "here");
    stopping += time_to_stop();
    EXPECT_TRUE(kept.at_end());
  }
  EXPECT_LT(stopping, 5s);
}

// Of connections that the relay has taken some get no answer on a busy machine; the cause
// is not known.
class DirectStopTest : public StopTest {};
INSTANTIATE_TEST_SUITE_P(Over, DirectStopTest, ::testing::Values(Transport::kIpv4),
                         [](const auto& test) {
                           return http::testing::transport_name(test.param);
                         });

// civetweb would forget them, and leave them open.
TEST_P(DirectStopTest, ConnectionsThatWaitForAWorkerGetAnAnswer) {
  start({held_route()}, {.stop_timeout = 30s, .threads = 1});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<Client>(url_));
    clients.back()->get("/held");
    ASSERT_TRUE(eventually([this] { return running_.load(); }));
  }
  std::thread stopper([this] { server_.reset(); });
  released_ = true;
  for (const auto& client : clients) {
    const ClientResponse response = client->read_response();
    EXPECT_TRUE(response.status == 200 || response.status == 503) << response.status;
    EXPECT_TRUE(response.complete);
  }
  stopper.join();
}

TEST_P(StopTest, RequestsMayComeInWhileItStartsAndStops) {
  std::atomic<bool> over = false;
  std::vector<std::thread> clients;
  start({text_route("/", "here")});
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, url = url_] {
      while (!over) {
        const ClientResponse response = fetch(url, "/");
        EXPECT_TRUE(response.status == 200 || response.status == 503 || response.status == 0)
            << response.status;
      }
    });
  }
  EXPECT_TRUE(eventually([this] { return fetch(url_, "/").status == 200; }));
  server_.reset();
  over = true;
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace bpfmap::http
