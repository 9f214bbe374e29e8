// SPDX-License-Identifier: Apache-2.0
#include "app/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include "kernel/map_reader.h"

namespace bpfmap::app {
namespace {

using ::testing::HasSubstr;

// A map without entries.
class EmptyReader final : public kernel::MapReader {
 public:
  std::string_view name() const override { return "batch"; }
  const kernel::MapShape& shape() const override { return shape_; }
  void rewind() override {}
  Result<bool> next_batch(kernel::RowBlock& block) override {
    block.set_count(0);
    return false;
  }

 private:
  kernel::MapShape shape_;
};

class RoutesTest : public ::testing::Test {
 protected:
  RoutesTest()
      : exporter_(Exporter::start(
            {},
            {std::make_shared<collect::SelfMetrics>("1"), std::make_shared<host::Host>(), {}})) {
    collector().add_map(
        {"c", "m",
         collect::fixed_feed("hash", std::make_unique<EmptyReader>(), decode::SamplePlan({})),
         std::chrono::hours(1), std::chrono::hours(1)});
    routes_ = make_routes({[this] { return *exporter_; }, "/metrics", nullptr});
  }

  collect::Collector& collector() { return (*exporter_)->collector(); }

  http::Response get(const std::string& path, const std::string& accept_encoding = {}) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    request.accept_encoding = accept_encoding;
    for (const http::Route& route : routes_) {
      if (route.path == path) return route.handler(request);
    }
    ADD_FAILURE() << "no route " << path;
    return {};
  }

  static std::string body_of(const http::Response& response) {
    std::string body = response.text;
    for (const std::string_view piece : response.pieces) body += piece;
    return body;
  }

  Result<std::shared_ptr<Exporter>> exporter_;
  std::vector<http::Route> routes_;
};

TEST_F(RoutesTest, ReadyOnceEveryMapWasRead) {
  EXPECT_EQ(get("/-/ready").status, 503);
  EXPECT_EQ(get("/-/healthy").status, 200);
  collector().samplers().front()->sample_if_due();
  EXPECT_EQ(get("/-/ready").status, 200);
}

TEST_F(RoutesTest, MetricsPlainAndCompressed) {
  const http::Response plain = get("/metrics");
  EXPECT_EQ(plain.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(plain.content_encoding, "");
  EXPECT_THAT(body_of(plain), HasSubstr("bpfmap_exporter_map_entries{config=\"c\",map=\"m\"} 0"));
  const http::Response gzip = get("/metrics", "deflate, gzip");
  EXPECT_EQ(gzip.content_encoding, "gzip");
  EXPECT_TRUE(body_of(gzip).starts_with("\x1f\x8b"));
}

TEST_F(RoutesTest, MetricsOfChosenConfigurations) {
  const auto ask = [&](const std::string& query) {
    http::Request request;
    request.path = "/metrics";
    request.query = query;
    return routes_.front().handler(request);
  };
  EXPECT_EQ(ask("collect[]=nothing").status, 400);
  EXPECT_THAT(ask("collect[]=nothing").text, HasSubstr("'nothing'"));
  EXPECT_EQ(ask("collect[]=a&exclude[]=b").status, 400);
  EXPECT_EQ(ask("collect=nothing").status, 200);
}

TEST_F(RoutesTest, TheStatusPageIsNotInTheWayOfMetricsAtTheRoot) {
  int roots = 0;
  for (const http::Route& route : make_routes({[this] { return *exporter_; }, "/", nullptr}))
    roots += route.path == "/" ? 1 : 0;
  EXPECT_EQ(roots, 1);
  EXPECT_THAT(get("/").text, HasSubstr("<title>bpfmap_exporter</title>"));
}

}  // namespace
}  // namespace bpfmap::app
