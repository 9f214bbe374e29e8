// SPDX-License-Identifier: Apache-2.0
#include "http/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

namespace bpfmap::http {
namespace {

using ::testing::HasSubstr;
using Kind = ListenAddress::Kind;

std::vector<std::string> endpoints_of(const std::string& text) {
  const auto address = parse_listen_address(text);
  if (!address) return {address.error().message()};
  const auto endpoints = resolve(*address);
  if (!endpoints) return {endpoints.error().message()};
  std::vector<std::string> texts;
  for (const Endpoint& endpoint : *endpoints) {
    texts.push_back(endpoint.address.text() + (endpoint.optional ? " if there is IPv6" : ""));
  }
  return texts;
}

TEST(ListenAddress, MayBeASocketThatWasHandedOver) {
  const auto first = parse_listen_address("fd://0");
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->kind, Kind::kPassed);
  EXPECT_EQ(first->index, 0U);
  EXPECT_EQ(parse_listen_address("fd://12")->index, 12U);
  for (const char* wrong : {"fd://", "fd://x", "fd://-1", "fd://0x0", "fd://0:1", "fd://70000"}) {
    const auto refused = parse_listen_address(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(refused.error().message(), HasSubstr("is not the number of a socket, from 0"));
  }
  const auto endpoints = resolve(*first);
  ASSERT_TRUE(endpoints);
  EXPECT_TRUE(endpoints->empty()) << "there is nothing to open";
}

TEST(ListenAddress, IsTakenApart) {
  struct Case {
    const char* text;
    Kind kind;
    const char* host;
    int port;
  };
  for (const Case& c :
       std::initializer_list<Case>{{":9435", Kind::kAll, "", 9435},
                                   {":0", Kind::kAll, "", 0},
                                   {"127.0.0.1:65535", Kind::kName, "127.0.0.1", 65535},
                                   {"localhost:80", Kind::kName, "localhost", 80},
                                   {"[::1]:9435", Kind::kNumeric, "::1", 9435},
                                   {"[::]:0", Kind::kNumeric, "::", 0},
                                   {"[fe80::1%lo]:1", Kind::kNumeric, "fe80::1%lo", 1},
                                   {"unix:/run/x.sock", Kind::kUnix, "/run/x.sock", 0},
                                   {"unix:a:b", Kind::kUnix, "a:b", 0}}) {
    const auto address = parse_listen_address(c.text);
    ASSERT_TRUE(address) << address.error().message();
    EXPECT_EQ(address->kind, c.kind) << c.text;
    EXPECT_EQ(address->text, c.text);
    EXPECT_EQ(address->host, c.host) << c.text;
    EXPECT_EQ(address->port, c.port) << c.text;
  }
}

TEST(ListenAddress, BadOnesAreUsageErrorsWithAnExample) {
  struct Case {
    std::string text;
    const char* why;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", "port is missing"},
           {"9435", "port is missing"},
           {"localhost", "port is missing"},
           {"[::1]", "port is missing"},
           {":", "'' is not a port"},
           {":http", "'http' is not a port"},
           {":65536", "'65536' is not a port"},
           {":-1", "'-1' is not a port"},
           {":+1", "'+1' is not a port"},
           {": 1", "' 1' is not a port"},
           {"::1:9435", "IPv6 address stands in brackets"},
           {"http://localhost:9435", "a URL is not an address"},
           {"[::1:9435", "']' is missing"},
           {"[]:9435", "']' is missing"},
           {"a b:1", "'a b' is not a host name"},
           {"127.0.0.1:1,127.0.0.1:2", "brackets"},
           {"unix:", "path of the socket is missing"},
           {"unix:" + std::string(108, 'x'), "at most 107 bytes"},
           {std::string("unix:/run/a\0b", 13), "NUL"},
       }) {
    const auto address = parse_listen_address(c.text);
    ASSERT_FALSE(address) << c.text;
    EXPECT_EQ(address.error().kind, ErrorKind::kUsage) << c.text;
    EXPECT_EQ(address.error().operation, "listen on");
    EXPECT_THAT(address.error().message(), HasSubstr(c.why)) << c.text;
    EXPECT_THAT(address.error().hint, HasSubstr("':9435'")) << c.text;
  }
}

TEST(ListenAddress, LongestPathOfASocketFits) {
  const std::string path(107, 'x');
  EXPECT_EQ(endpoints_of("unix:" + path), std::vector<std::string>{path});
}

TEST(ResolveAddress, NoHostMeansAllOfBothFamilies) {
  EXPECT_EQ(endpoints_of(":9435"),
            (std::vector<std::string>{"0.0.0.0:9435", "[::]:9435 if there is IPv6"}));
}

TEST(ResolveAddress, TheIpv6WildcardMeansIpv4AsWell) {
  EXPECT_EQ(endpoints_of("[::]:9435"), (std::vector<std::string>{"[::]:9435", "0.0.0.0:9435"}));
  EXPECT_EQ(endpoints_of("0.0.0.0:9435"), (std::vector<std::string>{"0.0.0.0:9435"}));
}

TEST(ResolveAddress, NumbersAreTakenAsTheyAre) {
  EXPECT_EQ(endpoints_of("127.0.0.1:80"), (std::vector<std::string>{"127.0.0.1:80"}));
  EXPECT_EQ(endpoints_of("[::1]:80"), (std::vector<std::string>{"[::1]:80"}));
  EXPECT_EQ(endpoints_of("[0:0:0:0:0:0:0:1]:80"), (std::vector<std::string>{"[::1]:80"}));
}

TEST(ResolveAddress, ANameMeansAllItsAddressesOnce) {
  const std::vector<std::string> endpoints = endpoints_of("localhost:80");
  EXPECT_THAT(endpoints, ::testing::Contains("127.0.0.1:80"));
  EXPECT_EQ(std::set<std::string>(endpoints.begin(), endpoints.end()).size(), endpoints.size());
  for (const std::string& endpoint : endpoints) {
    EXPECT_TRUE(endpoint == "127.0.0.1:80" || endpoint == "[::1]:80 if there is IPv6") << endpoint;
  }
}

TEST(ResolveAddress, WhatIsNoIpv6AddressIsAUsageError) {
  for (const char* text :
       {"[::g]:80", "[localhost]:80", "[127.0.0.1]:80", "[::1%nosuchinterface]:80"}) {
    const auto endpoints = resolve(*parse_listen_address(text));
    ASSERT_FALSE(endpoints) << text;
    EXPECT_EQ(endpoints.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(endpoints.error().message(), HasSubstr("is not an IPv6 address"));
  }
}

// The name is one that RFC 6761 promises never to exist; without a network the resolver fails
// otherwise, and says so.
TEST(ResolveAddress, AnUnknownNameIsAnErrorOfTheSystemThatNamesIt) {
  const auto endpoints = resolve(*parse_listen_address("nosuchhost.invalid:80"));
  ASSERT_FALSE(endpoints);
  EXPECT_EQ(endpoints.error().kind, ErrorKind::kSystem);
  EXPECT_EQ(endpoints.error().operation, "listen on");
  EXPECT_EQ(endpoints.error().subject, "nosuchhost.invalid:80");
  EXPECT_FALSE(endpoints.error().detail.empty());
}

TEST(ListenError, NamesAddressReasonAndRemedy) {
  const Error error = listen_error("127.0.0.1:80", EADDRINUSE);
  EXPECT_EQ(error.kind, ErrorKind::kSystem);
  EXPECT_THAT(error.message(),
              HasSubstr("listen on 127.0.0.1:80: Address already in use (EADDRINUSE)"));
  EXPECT_THAT(error.hint, HasSubstr("ss -l"));
  EXPECT_THAT(listen_error("x", EACCES).hint, HasSubstr("CAP_NET_BIND_SERVICE"));
  EXPECT_THAT(listen_error("x", EADDRNOTAVAIL).hint, HasSubstr("no interface"));
}

}  // namespace
}  // namespace bpfmap::http
