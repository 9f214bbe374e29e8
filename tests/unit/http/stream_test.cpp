// SPDX-License-Identifier: Apache-2.0
// Bodies that are made while they are sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "http/server.h"
#include "support.h"

namespace bpfmap::http {
namespace {

using http::testing::Client;
using http::testing::ClientResponse;
using http::testing::StderrCapture;
using http::testing::TestServer;
using http::testing::Transport;
using ::testing::HasSubstr;
using ::testing::Not;

// Gives these pieces, then ends or fails.
class Pieces final : public BodyStream {
 public:
  Pieces(std::vector<std::string> pieces, bool fails) : pieces_(std::move(pieces)), fails_(fails) {}

  Result<std::string_view> next() override {
    if (at_ < pieces_.size()) return pieces_[at_++];
    if (!fails_) return std::string_view();
    return unexpected(
        Error{.kind = ErrorKind::kSystem, .operation = "read map", .subject = "'m'", .code = EIO});
  }

 private:
  std::vector<std::string> pieces_;
  bool fails_;
  std::size_t at_ = 0;
};

Route stream_route(std::vector<std::string> pieces, bool fails = false) {
  return {"/metrics", "GET", [=](const Request&) {
            Response response;
            response.content_type = "text/plain";
            response.stream = std::make_shared<Pieces>(pieces, fails);
            return response;
          }};
}

class StreamTest : public ::testing::TestWithParam<Transport> {
 protected:
  const std::string& start(std::vector<std::string> pieces, bool fails = false) {
    server_.emplace(GetParam(), std::vector<Route>{stream_route(std::move(pieces), fails)});
    return server_->url();
  }
  std::optional<TestServer> server_;
};

INSTANTIATE_TEST_SUITE_P(Over, StreamTest,
                         ::testing::Values(Transport::kIpv4, Transport::kIpv6, Transport::kUnix),
                         [](const auto& test) {
                           return http::testing::transport_name(test.param);
                         });

TEST_P(StreamTest, IsSentInChunks) {
  const std::string large(100'000, 'x');
  Client client(start({"first\n", large}));
  client.get("/metrics", "Connection: close\r\n");
  const std::string all = client.read_to_end();
  EXPECT_THAT(all, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("Content-Length")));
  const std::string body = all.substr(all.find("\r\n\r\n") + 4);
  EXPECT_EQ(body, "6\r\nfirst\n\r\n186a0\r\n" + large + "\r\n0\r\n\r\n");
}

TEST_P(StreamTest, LeavesTheConnectionForTheNextRequest) {
  Client client(start({"a"}));
  for (int i = 0; i < 2; ++i) {
    client.get("/metrics");
    EXPECT_EQ(client.read_response(true).status, 200);
    EXPECT_EQ(client.read(11), "1\r\na\r\n0\r\n\r\n");
  }
}

TEST_P(StreamTest, ThatFailsIsCutSoThatTheClientCanTell) {
  const StderrCapture log;
  Client client(start({"half of a family" + std::string(100'000, '.')}, true));  // so much is sent
  client.get("/metrics");
  const std::string all = client.read_to_end();
  EXPECT_THAT(all, HasSubstr("half of a family"));
  EXPECT_THAT(all, Not(HasSubstr("0\r\n\r\n")));
  EXPECT_THAT(log.text(), HasSubstr("msg=\"a response was cut\" error=\"read map 'm': "
                                    "Input/output error (EIO)\""));
}

TEST_P(StreamTest, ThatFailsBeforeItsFirstPieceIsAnError) {
  const StderrCapture log;
  Client client(start({}, true));
  for (int i = 0; i < 2; ++i) {  // and leaves the connection as it was
    client.get("/metrics");
    const ClientResponse response = client.read_response();
    EXPECT_EQ(response.status, 500);
    EXPECT_TRUE(response.complete);
  }
  EXPECT_THAT(log.text(), HasSubstr("msg=\"a response could not be made\" error=\"read map 'm': "
                                    "Input/output error (EIO)\""));
}

TEST_P(StreamTest, ThatFailsBeforeAnythingIsSentIsAnErrorToo) {
  const StderrCapture log;
  Client client(start({"a little"}, true));
  client.get("/metrics");
  const ClientResponse response = client.read_response();
  EXPECT_EQ(response.status, 500);
  EXPECT_TRUE(response.complete);
}

TEST_P(StreamTest, MayBeEmpty) {
  Client client(start({}));
  client.get("/metrics", "Connection: close\r\n");
  EXPECT_THAT(client.read_to_end(), ::testing::EndsWith("\r\n\r\n0\r\n\r\n"));
}

TEST_P(StreamTest, GoesWholeToAClientThatKnowsNoChunks) {
  Client client(start({"first\n", "second\n"}));
  client.send("GET /metrics HTTP/1.0\r\n\r\n");
  const ClientResponse response = client.read_response();
  EXPECT_EQ(response.headers.at("Content-Length"), "13");
  EXPECT_EQ(response.body, "first\nsecond\n");
}

TEST_P(StreamTest, ThatFailsIsAnErrorForAClientThatKnowsNoChunks) {
  Client client(start({"half"}, true));
  client.send("GET /metrics HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 500);
}

TEST_P(StreamTest, IsNotMadeForHead) {
  Client client(start({"body"}));
  client.send("HEAD /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_THAT(all, HasSubstr("200 OK"));
  EXPECT_THAT(all, ::testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("body")));
}

}  // namespace
}  // namespace bpfmap::http
