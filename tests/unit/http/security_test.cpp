// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "http/server.h"
#include "support.h"

namespace bpfmap::http {
namespace {

using namespace std::chrono_literals;
using http::testing::Client;
using http::testing::ClientResponse;
using http::testing::fetch;
using http::testing::listening_ipv4_ports;
using http::testing::ports_connected_to;
using http::testing::TemporaryDirectory;
using http::testing::TestServer;
using http::testing::text_route;
using http::testing::Transport;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint32_t kLoopback = 0x7f000001;       // 127.0.0.1
constexpr std::uint32_t kOtherLoopback = 0x7f000002;  // 127.0.0.2

// The listener on 127.0.0.1 that is there for the relay; of a server without one on IPv4.
class PrivateListenerTest : public ::testing::Test {
 protected:
  PrivateListenerTest()
      : before_(ports()),
        server_(Transport::kUnix,
                {{"/secret", "GET, POST",
                  [this](const Request&) {
                    ++handled_;
                    Response response;
                    response.text = "secret";
                    return response;
                  }}},
                {.keep_alive_timeout = 60s}) {
    for (const std::uint16_t port : listening_ipv4_ports()) {
      if (before_.count(port) == 0) private_port_ = port;
    }
  }
  static std::set<std::uint16_t> ports() {
    const std::vector<std::uint16_t> all = listening_ipv4_ports();
    return {all.begin(), all.end()};
  }

  // Returns the port that the relay had for it.
  std::uint16_t use_relay_once() {
    Client client(server_.url());
    client.get("/secret");
    EXPECT_EQ(client.read_response().body, "secret");
    const std::vector<std::uint16_t> ports = ports_connected_to(private_port_);
    EXPECT_EQ(ports.size(), 1u);
    // The server closes first: its end goes to TIME_WAIT, which a new connection ends, and
    // not the relay's.
    client.get("/secret", "Connection: close\r\n");
    EXPECT_EQ(client.read_response().body, "secret");
    EXPECT_TRUE(client.at_end());
    EXPECT_TRUE(
        http::testing::eventually([this] { return ports_connected_to(private_port_).empty(); }));
    return ports.empty() ? std::uint16_t{0} : ports.front();
  }

  std::set<std::uint16_t> before_;
  std::atomic<int> handled_ = 0;
  std::uint16_t private_port_ = 0;
  TestServer server_;
};

TEST_F(PrivateListenerTest, ServesTheRelay) {
  ASSERT_NE(private_port_, 0);
  EXPECT_EQ(fetch(server_.url(), "/secret").body, "secret");
  EXPECT_EQ(handled_, 1);
}

TEST_F(PrivateListenerTest, RefusesEveryOtherClient) {
  ASSERT_NE(private_port_, 0);
  for (const char* method : {"GET", "POST", "HEAD", "OPTIONS"}) {
    Client intruder(kLoopback, 0, private_port_);
    ASSERT_TRUE(intruder.connected());
    intruder.send(std::string(method) +
                  " /secret HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
    const ClientResponse response = intruder.read_response(std::string(method) == "HEAD");
    EXPECT_EQ(response.status, 403) << method;
    EXPECT_THAT(response.body, Not(HasSubstr("secret")));
    EXPECT_TRUE(intruder.at_end());
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(PrivateListenerTest, RefusesTheRelaysPortOnAnotherAddress) {
  ASSERT_NE(private_port_, 0);
  Client client(server_.url());  // stays open, and with it the relay's connection
  client.get("/secret");
  EXPECT_EQ(client.read_response().body, "secret");
  const std::vector<std::uint16_t> relay_ports = ports_connected_to(private_port_);
  ASSERT_EQ(relay_ports.size(), 1u);
  Client same(kLoopback, relay_ports.front(), private_port_);
  EXPECT_FALSE(same.connected()) << "the kernel does not allow it while the relay has it";
  Client intruder(kOtherLoopback, relay_ports.front(), private_port_);
  ASSERT_TRUE(intruder.connected());
  intruder.get("/secret");
  EXPECT_EQ(intruder.read_response().status, 403);
  EXPECT_EQ(handled_, 1);
}

TEST_F(PrivateListenerTest, RefusesAPortThatTheRelayHadOnce) {
  ASSERT_NE(private_port_, 0);
  std::unique_ptr<Client> intruder;
  // A port may be held by connections of other programs that have nothing to do with it: then
  // another one is tried.
  ASSERT_TRUE(http::testing::eventually([&] {
    const std::uint16_t port = use_relay_once();
    intruder = std::make_unique<Client>(kLoopback, port, private_port_);
    return intruder->connected();
  }));
  const int handled = handled_;
  intruder->get("/secret");
  EXPECT_EQ(intruder->read_response().status, 403);
  EXPECT_EQ(handled_, handled);
}

TEST(PrivateListener, IsNotThereWithoutARelay) {
  const std::size_t before = listening_ipv4_ports().size();
  const TestServer server(Transport::kIpv4, {text_route("/", "")});
  EXPECT_EQ(listening_ipv4_ports().size(), before + 1);
}

// civetweb can serve files, lists and redirects to directories, CGI, forms and websockets; some of
// that code has known holes (CVE-2025-55763 in redirects to directories, CVE-2025-9648 in forms).
// None of it is to be reached, and nothing of the working directory is to be seen, which is what
// it would serve.
class NoFilesTest : public ::testing::TestWithParam<Transport> {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory_ / "dir");
    for (const char* name : {"file.txt", "dir/index.html", "run.cgi", "page.shtml", ".htpasswd"}) {
      std::ofstream(directory_ / name) << "treasure";
    }
    std::filesystem::current_path(directory_.path());
  }
  void TearDown() override { std::filesystem::current_path(before_); }

  std::filesystem::path before_ = std::filesystem::current_path();
  TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Over, NoFilesTest, ::testing::Values(Transport::kIpv4, Transport::kUnix),
                         [](const auto& test) {
                           return http::testing::transport_name(test.param);
                         });

TEST_P(NoFilesTest, NoPathLeadsToFilesOrDirectories) {
  const TestServer server(GetParam(), {text_route("/metrics", "up 1\n")});
  const std::string long_directory = "/" + std::string(4000, 'd');
  for (const std::string& path : std::vector<std::string>{"/",
                                                          "//",
                                                          "/..//",
                                                          "/../",
                                                          "/..",
                                                          "/./",
                                                          "/dir",
                                                          "/dir/",
                                                          "/dir//",
                                                          "/file.txt",
                                                          "/./file.txt",
                                                          "/dir/../file.txt",
                                                          "/%2e%2e/%2e%2e/etc/passwd",
                                                          "/../../../../etc/passwd",
                                                          "/..%2f..%2fetc/passwd",
                                                          "/run.cgi",
                                                          "/page.shtml",
                                                          "/.htpasswd",
                                                          "/dir/index.html",
                                                          "/metrics/",
                                                          "/metrics/../metrics",
                                                          "//metrics",
                                                          "/metrics%00",
                                                          "/metrics;x",
                                                          "\\",
                                                          long_directory,
                                                          long_directory + "/.."}) {
    Client client(server.url());
    client.get(path);
    const ClientResponse response = client.read_response();
    EXPECT_TRUE(response.status == 404 || response.status == 400)
        << path << " got " << response.status;
    EXPECT_EQ(response.headers.count("Location"), 0u) << path;
    EXPECT_THAT(response.body, Not(HasSubstr("treasure"))) << path;
    EXPECT_LT(response.body.size(), 100u) << path;
  }
  EXPECT_EQ(fetch(server.url(), "/metrics").body, "up 1\n");
}

TEST_P(NoFilesTest, NoMethodChangesFiles) {
  const TestServer server(GetParam(), {text_route("/metrics", "up 1\n")});
  for (const char* method :
       {"PUT", "DELETE", "MKCOL", "PATCH", "PROPFIND", "OPTIONS", "TRACE", "CONNECT"}) {
    Client client(server.url());
    client.send(std::string(method) +
                " /file.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc");
    const ClientResponse response = client.read_response();
    EXPECT_TRUE(response.status == 404 || response.status == 400)
        << method << " got " << response.status;
  }
  std::string content;
  std::ifstream(directory_ / "file.txt") >> content;
  EXPECT_EQ(content, "treasure");
  EXPECT_FALSE(std::filesystem::exists(directory_ / "metrics"));
}

TEST_P(NoFilesTest, FormsAreNotParsed) {
  const TestServer server(GetParam(),
                          {{"/form", "POST", [](const Request&) { return Response(); }}});
  const std::string body =
      "--x\r\nContent-Disposition: form-data; name=\"f\"; "
      "filename=\"written\"\r\n\r\ndata\r\n--x--\r\n";
  Client client(server.url());
  client.send(
      "POST /form HTTP/1.1\r\nHost: test\r\nContent-Type: multipart/form-data; "
      "boundary=x\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "written"));
}

TEST_P(NoFilesTest, WebsocketsAreNotOpened) {
  const TestServer server(GetParam(), {text_route("/metrics", "up 1\n")});
  Client client(server.url());
  client.get("/metrics",
             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  const ClientResponse response = client.read_response();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "up 1\n");
  EXPECT_TRUE(client.at_end());
}

}  // namespace
}  // namespace bpfmap::http
