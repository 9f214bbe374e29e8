// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <gtest/gtest.h>

namespace bpfmap::http {
namespace {

Handler answering(std::string text) {
  return [text = std::move(text)](const Request&) {
    Response response;
    response.text = text;
    return response;
  };
}

std::string answer(const Router& router, std::string_view method, std::string_view path) {
  const Router::Match match = router.find(method, path);
  return match.handler == nullptr ? std::string("none") : (*match.handler)({}).text;
}

TEST(Router, MatchesPathsExactly) {
  const Router router({{"/metrics", "GET", answering("metrics")}, {"/", "GET", answering("root")}});
  EXPECT_EQ(answer(router, "GET", "/metrics"), "metrics");
  EXPECT_EQ(answer(router, "GET", "/"), "root");
  for (const char* path : {"", "/metric", "/metrics/", "/metricsx", "//metrics", "/./metrics",
                           "/x/../metrics", "/METRICS", "/%6detrics", "/metrics?x", "metrics"}) {
    EXPECT_EQ(answer(router, "GET", path), "none") << path;
    EXPECT_FALSE(router.find("GET", path).path_known) << path;
  }
}

TEST(Router, GetImpliesHeadAndNothingElse) {
  const Router router({{"/metrics", "GET", answering("metrics")}});
  EXPECT_EQ(answer(router, "HEAD", "/metrics"), "metrics");
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", "", "GET,"}) {
    const Router::Match match = router.find(method, "/metrics");
    EXPECT_EQ(match.handler, nullptr) << method;
    EXPECT_TRUE(match.path_known) << method;
    EXPECT_EQ(match.allow, "GET, HEAD") << method;
  }
}

TEST(Router, TakesListsOfMethods) {
  const Router router(
      {{"/-/reload", "POST,PUT", answering("reload")}, {"/both", "GET, POST", answering("b")}});
  EXPECT_EQ(answer(router, "PUT", "/-/reload"), "reload");
  EXPECT_EQ(answer(router, "HEAD", "/-/reload"), "none");
  EXPECT_EQ(router.find("GET", "/-/reload").allow, "POST, PUT");
  EXPECT_EQ(router.find("PUT", "/both").allow, "GET, HEAD, POST");
}

TEST(Router, RoutesOfOnePathComplementEachOther) {
  const Router router({{"/a", "GET", answering("read")}, {"/a", "POST", answering("write")}});
  EXPECT_EQ(answer(router, "GET", "/a"), "read");
  EXPECT_EQ(answer(router, "POST", "/a"), "write");
  EXPECT_EQ(router.find("DELETE", "/a").allow, "GET, HEAD, POST");
}

}  // namespace
}  // namespace bpfmap::http
