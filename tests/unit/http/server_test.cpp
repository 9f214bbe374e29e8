// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/log.h"
#include "support.h"

namespace bpfmap::http {
namespace {

using http::testing::big_route;
using http::testing::Client;
using http::testing::ClientResponse;
using http::testing::eventually;
using http::testing::fetch;
using http::testing::StderrCapture;
using http::testing::TestServer;
using http::testing::text_route;
using http::testing::Transport;
using ::testing::HasSubstr;

// Every behaviour has to be the same on all ways into the server.
class ServerTest : public ::testing::TestWithParam<Transport> {
 protected:
  const std::string& start(std::vector<Route> routes, ServerOptions options = {}) {
    server_.emplace(GetParam(), std::move(routes), std::move(options));
    return server_->url();
  }
  std::optional<TestServer> server_;
};

INSTANTIATE_TEST_SUITE_P(Over, ServerTest,
                         ::testing::Values(Transport::kIpv4, Transport::kIpv6, Transport::kUnix),
                         [](const auto& test) {
                           return http::testing::transport_name(test.param);
                         });

TEST_P(ServerTest, AnswersGet) {
  const std::string url = start({text_route("/metrics", "up 1\n")});
  const ClientResponse response = fetch(url, "/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "up 1\n");
  EXPECT_EQ(response.headers.at("Content-Length"), "5");
  EXPECT_EQ(response.headers.at("Content-Type"), "text/plain");
  EXPECT_EQ(response.headers.at("Connection"), "keep-alive");
  EXPECT_EQ(response.headers.count("Date"), 1u);
  EXPECT_EQ(response.headers.count("Server"), 0u);
}

TEST_P(ServerTest, HeadIsGetWithoutItsBody) {
  const std::string url = start({text_route("/metrics", "up 1\n")});
  Client client(url);
  client.send("HEAD /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  const ClientResponse head = client.read_response(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("Content-Length"), "5");
  EXPECT_EQ(head.headers.at("Content-Type"), "text/plain");
  client.get("/metrics");  // a body sent after all would be taken for the next response
  EXPECT_EQ(client.read_response().body, "up 1\n");
}

// RFC 9110, 5.3.
TEST_P(ServerTest, SeveralLinesOfAHeaderAreOneList) {
  const std::string url = start({{"/", "GET", [](const Request& request) {
                                    Response response;
                                    response.text = request.accept + "|" + request.accept_encoding +
                                                    "|" + request.scrape_timeout;
                                    return response;
                                  }}});
  EXPECT_EQ(
      fetch(url, "/",
            "Accept: text/plain\r\nAccept-Encoding: deflate\r\naccept-encoding: gzip;q=0.5\r\n"
            "ACCEPT: */*\r\nX-Prometheus-Scrape-Timeout-Seconds: 9.5\r\n")
          .body,
      "text/plain, */*|deflate, gzip;q=0.5|9.5");
  const ClientResponse closing = fetch(url, "/", "Connection: keep-alive\r\nConnection: close\r\n");
  EXPECT_EQ(closing.headers.at("Connection"), "close");
}

TEST_P(ServerTest, TellsTheHandlerWhatWasAsked) {
  std::mutex mutex;
  std::vector<Request> seen;
  const std::string url = start({{"/metrics", "GET, POST", [&](const Request& request) {
                                    const std::lock_guard lock(mutex);
                                    seen.push_back(request);
                                    return Response();
                                  }}});
  fetch(url, "/metrics?a=b&c=%20?d", "Accept: text/plain;q=0.5\r\nACCEPT-ENCODING: gzip\r\n");
  Client head(url);
  head.send("HEAD /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  head.read_response(true);
  const std::lock_guard lock(mutex);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].method, "GET");
  EXPECT_EQ(seen[0].path, "/metrics");
  EXPECT_EQ(seen[0].query, "a=b&c=%20?d");
  EXPECT_EQ(seen[0].accept, "text/plain;q=0.5");
  EXPECT_EQ(seen[0].accept_encoding, "gzip");
  EXPECT_FALSE(seen[0].head);
  EXPECT_EQ(seen[1].method, "HEAD");
  EXPECT_TRUE(seen[1].head);
  EXPECT_EQ(seen[1].query + seen[1].accept, "");
}

TEST_P(ServerTest, UnknownPathsAndMethodsAreToldApart) {
  const std::string url = start({text_route("/metrics", "up 1\n")});
  const ClientResponse unknown = fetch(url, "/nope?metrics");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, "404 Not Found\n");
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    Client client(url);
    client.send(std::string(method) +
                " /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
    const ClientResponse refused = client.read_response();
    EXPECT_EQ(refused.status, 405) << method;
    EXPECT_EQ(refused.headers.at("Allow"), "GET, HEAD");
    EXPECT_EQ(refused.body, "405 Method Not Allowed\n");
  }
}

TEST_P(ServerTest, KeepsTheConnectionForFurtherRequests) {
  const std::string url = start({text_route("/metrics", "up 1\n")});
  Client client(url);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.get(i % 2 == 0 ? "/metrics" : "/nope"));
    EXPECT_EQ(client.read_response().status, i % 2 == 0 ? 200 : 404);
  }
}

TEST_P(ServerTest, AnswersPipelinedRequestsInTheirOrder) {
  const std::string url = start({text_route("/a", "first"), text_route("/b", "second")});
  Client client(url);
  const std::string end = " HTTP/1.1\r\nHost: test\r\n\r\n";
  client.send("GET /a" + end + "GET /b" + end + "GET /a" + end);
  EXPECT_EQ(client.read_response().body, "first");
  EXPECT_EQ(client.read_response().body, "second");
  EXPECT_EQ(client.read_response().body, "first");
}

TEST_P(ServerTest, ClosesWhereTheClientWantsItOrSpeaksHttp10) {
  const std::string url = start({text_route("/metrics", "up 1\n")});
  for (const char* request : {"GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
                              "GET /metrics HTTP/1.0\r\n\r\n"}) {
    Client client(url);
    client.send(request);
    const ClientResponse response = client.read_response();
    EXPECT_EQ(response.body, "up 1\n");
    EXPECT_EQ(response.headers.at("Connection"), "close");
    EXPECT_TRUE(client.at_end());
  }
}

TEST_P(ServerTest, SendsManyPiecesAsOneBody) {
  constexpr std::size_t kSize = (20 << 20) + 12345;
  const Route route = big_route("/big", kSize);
  const Response expected = route.handler({});
  const std::string url = start({route});
  const ClientResponse response = fetch(url, "/big");
  EXPECT_TRUE(response.complete);
  ASSERT_EQ(response.body.size(), kSize);
  std::size_t at = 0;
  for (const std::string_view piece : expected.pieces) {
    ASSERT_TRUE(std::string_view(response.body).substr(at, piece.size()) == piece)
        << "at byte " << at;
    at += piece.size();
  }
}

TEST_P(ServerTest, SendsTextThenPiecesOfAnySize) {
  const std::string url = start({{"/mixed", "GET", [](const Request&) {
                                    auto owner = std::make_shared<std::vector<std::string>>();
                                    Response response;
                                    response.text = "begin:";
                                    for (std::size_t i = 0; i < 3000; ++i)
                                      owner->emplace_back(i % 100, 'x');
                                    owner->emplace_back(100000, 'y');
                                    owner->emplace_back("end");
                                    for (const auto& text : *owner) response.pieces.push_back(text);
                                    response.owner = owner;
                                    return response;
                                  }}});
  const ClientResponse response = fetch(url, "/mixed");
  EXPECT_TRUE(response.complete);
  std::string expected = "begin:";
  for (std::size_t i = 0; i < 3000; ++i) expected.append(i % 100, 'x');
  expected.append(100000, 'y').append("end");
  EXPECT_TRUE(response.body == expected);
}

TEST_P(ServerTest, HoldsTheOwnerOfThePiecesUntilTheyAreSentAndNoLonger) {
  auto bytes = std::make_shared<std::string>(1 << 20, 'x');
  const std::weak_ptr<std::string> watched = bytes;
  const std::string url = start({{"/once", "GET", [&bytes](const Request&) {
                                    Response response;
                                    response.pieces = {*bytes};
                                    response.owner = std::exchange(bytes, nullptr);
                                    return response;
                                  }}});
  EXPECT_EQ(fetch(url, "/once").body, std::string(1 << 20, 'x'));
  EXPECT_TRUE(eventually([&] { return watched.expired(); }));
}

TEST_P(ServerTest, AHandlerThatThrowsIsA500AndALineInTheLog) {
  const std::string url =
      start({{"/std", "GET",
              [](const Request&) -> Response { throw std::runtime_error("the sky is falling"); }},
             {"/int", "GET", [](const Request&) -> Response { throw 42; }},
             text_route("/fine", "fine")});
  const StderrCapture log;
  const ClientResponse response = fetch(url, "/std");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, "500 Internal Server Error\n")
      << "the reason is not the client's business";
  EXPECT_EQ(fetch(url, "/int").status, 500);
  EXPECT_EQ(fetch(url, "/fine").body, "fine");
  EXPECT_THAT(log.text(), HasSubstr("the sky is falling"));
  EXPECT_THAT(log.text(), HasSubstr("path=/std"));
  EXPECT_THAT(log.text(), HasSubstr("path=/int"));
}

TEST_P(ServerTest, ReadsOverASmallBody) {
  const std::string url = start({{"/-/reload", "POST", [](const Request&) {
                                    Response response;
                                    response.text = "done";
                                    return response;
                                  }}});
  Client client(url);
  for (int i = 0; i < 3; ++i) {
    client.send("POST /-/reload HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nGET / HTT");
    EXPECT_EQ(client.read_response().body, "done");
  }
  client.send("POST /-/reload HTTP/1.1\r\nHost: test\r\nContent-Length: 3000\r\n\r\n");
  client.send(std::string(3000, 'x') +
              "POST /-/reload HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "done");
  EXPECT_EQ(client.read_response().body, "done");
}

TEST_P(ServerTest, AClientThatWaitsForLeaveToSendABodyGetsItsAnswer) {
  const std::string url = start({text_route("/metrics", "up 1\n")});
  Client client(url);
  client.send(
      "GET /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n");
  const ClientResponse response = client.read_response();
  EXPECT_EQ(response.body, "up 1\n");
  EXPECT_EQ(response.headers.at("Connection"), "close");
  EXPECT_TRUE(client.at_end());
}

TEST_P(ServerTest, AResponseWithoutABodyLeavesTheConnectionUsable) {
  const std::string url = start({{"/empty", "GET",
                                  [](const Request&) {
                                    Response response;
                                    response.status = 204;
                                    response.text = "must not be sent";
                                    return response;
                                  }},
                                 text_route("/metrics", "up 1\n")});
  Client client(url);
  client.get("/empty");
  EXPECT_EQ(client.read_response().status, 204);
  client.get("/metrics");
  EXPECT_EQ(client.read_response().body, "up 1\n");
}

TEST_P(ServerTest, PassesOnTheHeadersOfAResponse) {
  const std::string url = start({{"/", "GET", [](const Request&) {
                                    Response response;
                                    response.status = 401;
                                    response.content_type = "text/html; charset=utf-8";
                                    response.content_encoding = "gzip";
                                    response.headers = {{"WWW-Authenticate", "Basic realm=\"x\""}};
                                    response.text = "<html>";
                                    return response;
                                  }}});
  const ClientResponse response = fetch(url, "/");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.headers.at("WWW-Authenticate"), "Basic realm=\"x\"");
  EXPECT_EQ(response.headers.at("Content-Encoding"), "gzip");
  EXPECT_EQ(response.headers.at("X-Content-Type-Options"), "nosniff");
}

TEST_P(ServerTest, ServesManyClientsAtOnce) {
  const std::string url = start({text_route("/metrics", "up 1\n"), big_route("/big", 1 << 20)});
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 40; ++i) {
    clients.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        const bool big = (i + j) % 2 == 0;
        const ClientResponse response = fetch(url, big ? "/big" : "/metrics");
        if (response.complete && response.body.size() == (big ? 1u << 20 : 5u)) ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 400);
}

TEST_P(ServerTest, HandlersRunAtTheSameTime) {
  std::atomic<int> inside = 0;
  const std::string url = start({{"/meet", "GET", [&](const Request&) {
                                    ++inside;
                                    Response response;
                                    response.text =
                                        eventually([&] { return inside == 4; }) ? "met" : "alone";
                                    return response;
                                  }}});
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] { EXPECT_EQ(fetch(url, "/meet").body, "met"); });
  }
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace bpfmap::http
