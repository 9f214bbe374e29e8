// SPDX-License-Identifier: Apache-2.0
// What is served over HTTP, and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Maps that no program fills: what is served of them does not change.
class Serving : public BpfTest {
 protected:
  std::string quiet_config() {
    return directory_.write("quiet.yaml", "object: " + test_object("kinds") + R"(
maps:
  - map: array
    labels: { index: { field: key } }
    metrics: [ { counter: quiet_total, help: "Nothing \"happens\"." } ]
)");
  }
  TemporaryDirectory directory_;
};

TEST_F(Serving, GzipHoldsTheSamePage) {
  ExporterProcess exporter({"--config=" + quiet_config()});
  const HttpResponse plain = exporter.get("/metrics");
  const HttpResponse packed =
      send_request(exporter.url(), {.path = "/metrics", .headers = {"Accept-Encoding: gzip"}});
  ASSERT_EQ(packed.status, 200);
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(plain.header("vary"), "Accept-Encoding");
  EXPECT_EQ(packed.header("vary"), "Accept-Encoding");
  EXPECT_LT(packed.body.size(), plain.body.size() / 2);

  const MetricsPage identity(plain.body);
  const MetricsPage gzip(gunzip(packed.body));
  EXPECT_THAT(identity.samples_of("quiet_total{"), SizeIs(64));
  EXPECT_EQ(gzip.samples_of("quiet_total{"), identity.samples_of("quiet_total{"));
  EXPECT_EQ(gzip.names(), identity.names());
  EXPECT_EQ(gzip.types(), identity.types());
  EXPECT_EQ(gzip.helps(), identity.helps());
  EXPECT_EQ(gzip.value(R"(bpfmap_exporter_scrapes_total{encoding="gzip",format="text"})"), 1);
  exporter.stop();
}

TEST_F(Serving, MetricsHaveTheTypeOfTheTextFormat) {
  ExporterProcess exporter({"--config=" + quiet_config()});
  const HttpResponse page = exporter.get("/metrics");
  EXPECT_EQ(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(page.header("content-length"), std::to_string(page.body.size()));
  exporter.stop();
}

TEST_F(Serving, HeadHasNoBody) {
  ExporterProcess exporter({"--config=" + quiet_config()});
  for (const char* path : {"/", "/metrics", "/-/healthy"}) {
    const HttpResponse head = send_request(exporter.url(), {.path = path, .method = "HEAD"});
    EXPECT_EQ(head.status, 200) << path;
    EXPECT_EQ(head.body, "") << path;
    EXPECT_GT(std::stoul("0" + head.header("content-length")), 0U) << path;
  }
  exporter.stop();
}

TEST_F(Serving, UnknownPathsAndMethodsAreRefused) {
  ExporterProcess exporter({"--config=" + quiet_config()});
  for (const char* path : {"/nothing", "/metrics/", "//metrics", "/METRICS", "/-/", "/../etc"}) {
    EXPECT_EQ(exporter.get(path).status, 404) << path;
  }
  EXPECT_EQ(exporter.get("/metrics?name[]=quiet_total").status, 200);
  for (const char* method : {"POST", "PUT", "DELETE"}) {
    const HttpResponse response =
        send_request(exporter.url(), {.path = "/metrics", .method = method});
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.header("allow"), "GET, HEAD") << method;
  }
  exporter.stop();
}

TEST_F(Serving, TelemetryPathCanBeAnother) {
  ExporterProcess exporter({"--config=" + quiet_config(), "--web.telemetry-path=/other/metrics"});
  EXPECT_EQ(exporter.get("/metrics").status, 404);
  EXPECT_THAT(exporter.get("/other/metrics").body, HasSubstr("\nquiet_total{index=\"7\"} 0\n"));
  EXPECT_THAT(exporter.get("/").body, HasSubstr("href=\"/other/metrics\""));
  exporter.stop();
}

TEST_F(Serving, TelemetryPathCanBeTheRoot) {
  ExporterProcess exporter({"--config=" + quiet_config(), "--web.telemetry-path=/"});
  EXPECT_THAT(exporter.get("/").body, StartsWith("# HELP quiet_total "));
  exporter.stop();
}

TEST_F(Serving, ListensOnAUnixSocket) {
  const std::string path = directory_ / "exporter.sock";
  ExporterProcess exporter({"--config=" + quiet_config(), "--web.listen-address=unix:" + path});
  EXPECT_EQ(exporter.url(), "unix:" + path);
  EXPECT_TRUE(exporter.scrape().has("quiet_total{index=\"0\"}"));
  exporter.stop();
  struct stat status {};
  EXPECT_NE(::stat(path.c_str(), &status), 0) << "the socket's file is left behind";
}

TEST_F(Serving, ListensOnIpv6) {
  ExporterProcess exporter({"--config=" + quiet_config(), "--web.listen-address=[::1]:0"});
  EXPECT_THAT(exporter.url(), StartsWith("http://[::1]:"));
  EXPECT_TRUE(exporter.scrape().has("quiet_total{index=\"0\"}"));
  exporter.stop();
}

TEST_F(Serving, ListensOnSeveralAddresses) {
  const std::string path = directory_ / "exporter.sock";
  ExporterProcess exporter({"--config=" + quiet_config(), "--web.listen-address=127.0.0.1:0",
                            "--web.listen-address=[::1]:0", "--web.listen-address=127.0.0.2:0",
                            "--web.listen-address=unix:" + path});
  ASSERT_THAT(exporter.urls(), SizeIs(4));
  for (const std::string& url : exporter.urls()) {
    EXPECT_THAT(fetch(url, "/metrics").body, HasSubstr("\nquiet_total{index=\"0\"} 0\n")) << url;
  }
  exporter.stop();
}

TEST_F(Serving, TakenPortIsRefusedClearly) {
  ExporterProcess first({"--config=" + quiet_config()});
  const std::string address = first.url().substr(std::string("http://").size());
  const Finished second =
      run_exporter({"--config=" + quiet_config(), "--web.listen-address=" + address});
  EXPECT_EQ(second.exit_code, 3);
  EXPECT_THAT(second.err, AllOf(HasSubstr("bpfmap_exporter: error: listen on " + address +
                                          ": Address already in use (EADDRINUSE)"),
                                HasSubstr("\n  hint: ")));
  first.stop();
}

TEST_F(Serving, UnusableSocketPathIsRefusedClearly) {
  const Finished refused = run_exporter(
      {"--config=" + quiet_config(), "--web.listen-address=unix:" + (directory_ / "no/x.sock")});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("no/x.sock: No such file or directory (ENOENT)"));
}

}  // namespace
}  // namespace bpfmap::test
