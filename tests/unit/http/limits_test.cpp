// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http/server.h"
#include "support.h"

namespace bpfmap::http {
namespace {

using namespace std::chrono_literals;
using http::testing::big_route;
using http::testing::Client;
using http::testing::ClientResponse;
using http::testing::fetch;
using http::testing::TestServer;
using http::testing::text_route;
using http::testing::Transport;

constexpr std::size_t kBig = 64 << 20;  // more than the buffers of the kernel on the way
// Far less than a time-out that does not work, far more than one that does.
constexpr auto kSoon = 20s;

// Clients that are slow, too large, or gone, on all ways into the server.
class LimitsTest : public ::testing::TestWithParam<Transport> {
 protected:
  const std::string& start(ServerOptions options = {}) {
    server_.emplace(GetParam(),
                    std::vector<Route>{text_route("/tiny", "tiny"), big_route("/big", kBig)},
                    std::move(options));
    begin_ = std::chrono::steady_clock::now();
    return server_->url();
  }
  std::optional<TestServer> server_;
  TimePoint begin_;
  Duration elapsed() const { return std::chrono::steady_clock::now() - begin_; }
};

INSTANTIATE_TEST_SUITE_P(Over, LimitsTest,
                         ::testing::Values(Transport::kIpv4, Transport::kIpv6, Transport::kUnix),
                         [](const auto& test) {
                           return http::testing::transport_name(test.param);
                         });

TEST_P(LimitsTest, AHeadThatIsTooLargeIsRefused) {
  const std::string url = start({.max_header_bytes = 4096});
  EXPECT_EQ(fetch(url, "/tiny", "X-Long: " + std::string(3900, 'x') + "\r\n").status, 200);
  for (const std::size_t size : {4100u, 40000u, 200000u, 2000000u}) {
    Client client(url);
    client.get("/tiny", "X-Long: " + std::string(size, 'x') + "\r\n");
    const ClientResponse response = client.read_response();
    // Beyond its buffer civetweb cannot tell a head that is too large from one that is malformed.
    EXPECT_EQ(response.status, size < 50000 ? 431 : 400) << size;
    EXPECT_TRUE(client.at_end()) << size;
  }
  EXPECT_EQ(fetch(url, "/tiny?" + std::string(5000, 'x')).status, 431);
  std::string many;
  for (int i = 0; i < 60; ++i)
    many += "X-" + std::to_string(i) + ": " + std::string(80, 'x') + "\r\n";
  EXPECT_EQ(fetch(url, "/tiny", many).status, 431);
  EXPECT_EQ(fetch(url, "/tiny").body, "tiny");
}

TEST_P(LimitsTest, GarbageIsRefused) {
  const std::string url = start({.request_timeout = 1s});
  for (const char* text :
       {"\x16\x03\x01\x02", "hello\r\n\r\n", "GET\r\n\r\n", "GET /tiny\r\n\r\n",
        "GET /tiny SMTP/1.1\r\n\r\n", "G@T /tiny HTTP/1.1\r\n\r\n", "GET tiny HTTP/1.1\r\n\r\n",
        "GET /tiny HTTP/2.0\r\n\r\n", "GET /tiny HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /tiny HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET /tiny HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET /tiny HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    Client client(url);
    client.send(text);
    const ClientResponse response = client.read_response();
    EXPECT_TRUE(response.status == 400 || response.status == 411 || response.status == 505)
        << text << " got " << response.status;
    EXPECT_TRUE(client.at_end());
  }
  EXPECT_EQ(fetch(url, "/tiny").body, "tiny");
}

TEST_P(LimitsTest, UnwantedBodiesAreRefused) {
  const std::string url = start();
  for (const auto& [header, status] :
       std::vector<std::pair<const char*, int>>{{"Content-Length: 4097", 413},
                                                {"Content-Length: 9223372036854775807", 413},
                                                {"Transfer-Encoding: chunked", 411}}) {
    Client client(url);
    client.get("/tiny", std::string(header) + "\r\n");
    EXPECT_EQ(client.read_response().status, status) << header;
    EXPECT_TRUE(client.at_end());
  }
}

// One byte at a time, each in time: only the sum is too slow.
void dribble(Client& client, std::string_view text, Duration patience) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; std::chrono::steady_clock::now() - begin < patience; ++i) {
    if (!client.send(text.substr(i % text.size(), 1))) return;
    std::this_thread::sleep_for(20ms);
  }
}

TEST_P(LimitsTest, ARequestThatDribblesInIsCut) {
  const std::string url = start({.request_timeout = 300ms});
  Client client(url);
  client.send("GET /tiny HTTP/1.1\r\n");
  dribble(client, "X-More: abc\r\n", kSoon);
  EXPECT_LT(elapsed(), kSoon);
  client.skip_to_end();
}

TEST_P(LimitsTest, ABodyThatDribblesInIsCut) {
  const std::string url = start({.request_timeout = 300ms});
  Client client(url);
  client.get("/tiny", "Content-Length: 4000\r\n");
  dribble(client, "x", kSoon);
  EXPECT_LT(elapsed(), kSoon);
  EXPECT_EQ(client.read_response().status, 408);
}

// It would be taken for the begin of the next request.
TEST_P(LimitsTest, ABodyThatLacksItsLastByteIsCut) {
  const std::string url = start({.request_timeout = 300ms});
  Client client(url);
  client.get("/tiny", "Content-Length: 2\r\n");
  client.send("x");
  EXPECT_EQ(client.read_response().status, 408);
}

TEST_P(LimitsTest, ARequestThatIsNeverFinishedIsCut) {
  const std::string url = start({.request_timeout = 300ms});
  std::vector<const char*> parts = {"G", "GET /tiny HTTP/1.1\r\n",
                                    "GET /tiny HTTP/1.1\r\nContent-Length: 100\r\n\r\nx"};
  // Over IPv4 the kernel keeps a client that says nothing to itself, for a minute.
  if (GetParam() != Transport::kIpv4) parts.push_back("");
  for (const char* part : parts) {
    Client client(url);
    client.send(part);
    client.skip_to_end();
  }
  EXPECT_LT(elapsed(), kSoon);
}

TEST_P(LimitsTest, AClientThatDoesNotReadDelaysNoOtherAndIsCut) {
  const std::string url = start({.request_timeout = 300ms, .threads = 2});
  Client stalled(url);
  stalled.get("/big");
  EXPECT_EQ(stalled.read(5), "HTTP/");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(fetch(url, "/tiny").body, "tiny");
  // Both workers at once are free only when the stalled client has been given up.
  Client second(url);
  second.get("/big");
  EXPECT_EQ(second.read(5), "HTTP/");
  EXPECT_EQ(fetch(url, "/tiny").body, "tiny");
  EXPECT_LT(elapsed(), kSoon);
  EXPECT_LT(stalled.skip_to_end(), kBig);
}

TEST_P(LimitsTest, AClientThatReadsSteadilyButSlowlyIsCut) {
  const std::string url = start({.response_timeout = 500ms});
  Client client(url, 4096);
  client.get("/big");
  std::size_t received = 0;
  for (std::string part; !(part = client.read(2000)).empty(); received += part.size()) {
    std::this_thread::sleep_for(1ms);
    if (elapsed() > 2 * kSoon) break;
  }
  EXPECT_LT(elapsed(), kSoon);
  EXPECT_LT(received, kBig);
}

TEST_P(LimitsTest, AnIdleConnectionIsClosed) {
  const std::string url = start({.keep_alive_timeout = 200ms});
  Client client(url);
  client.get("/tiny");
  EXPECT_EQ(client.read_response().headers.at("Connection"), "keep-alive");
  EXPECT_TRUE(client.at_end());
  EXPECT_LT(elapsed(), kSoon);
}

TEST_P(LimitsTest, ConnectionsThatSayNothingHoldNoWorkers) {
  const std::string url = start({.request_timeout = 60s, .threads = 2});
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 8; ++i) {
    silent.push_back(std::make_unique<Client>(url));
    ASSERT_TRUE(silent.back()->connected());
    EXPECT_EQ(fetch(url, "/tiny").body, "tiny");
  }
  EXPECT_LT(elapsed(), kSoon);
  silent.front()->get("/tiny");
  EXPECT_EQ(silent.front()->read_response().body, "tiny");
}

TEST_P(LimitsTest, IdleConnectionsHoldNoMoreThanHalfOfTheWorkers) {
  const std::string url = start({.keep_alive_timeout = 60s, .threads = 4});
  std::vector<std::unique_ptr<Client>> idle;
  int kept = 0;
  for (int i = 0; i < 12; ++i) {
    idle.push_back(std::make_unique<Client>(url));
    idle.back()->get("/tiny");
    const ClientResponse response = idle.back()->read_response();
    EXPECT_EQ(response.body, "tiny");
    if (response.headers.at("Connection") == "keep-alive") ++kept;
  }
  EXPECT_GE(kept, 1);
  EXPECT_LE(kept, 2);
  EXPECT_LT(elapsed(), kSoon);
}

TEST_P(LimitsTest, AClientThatGoesAwayInTheMiddleDoesNotKillTheProcess) {
  const std::string url = start();
  EXPECT_EQ(fetch(url, "/tiny").body,
            "tiny");  // civetweb's threads are up and have set what they set
  const auto before = ::signal(SIGPIPE, SIG_DFL);
  for (int i = 0; i < 5; ++i) {
    Client rude(url);
    rude.get("/big");
    EXPECT_EQ(rude.read(5), "HTTP/");
    if (i % 2 == 0) rude.reset();
  }
  EXPECT_EQ(fetch(url, "/tiny").body, "tiny");
  server_.reset();
  ::signal(SIGPIPE, before);
}

}  // namespace
}  // namespace bpfmap::http
