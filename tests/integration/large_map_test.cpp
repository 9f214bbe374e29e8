// SPDX-License-Identifier: Apache-2.0
// A map that takes so long to walk that its page is sent meanwhile, in chunks.
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "integration/exporter_process.h"
#include "integration/prometheus.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/metrics_page.h"
#include "support/sanitizers.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

constexpr std::uint32_t kEntries = 30'000;
constexpr std::uint32_t kManyEntries = 500'000;  // a walk of a few tenths of a second
constexpr double kSum = double{kEntries} * (kEntries - 1) / 2;  // of all values, see SetUp()

class LargeMap : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || HasFailure() || lacks(folder_.problem())) return;
    bpf_map_create_opts lazily{};
    lazily.sz = sizeof(lazily);
    lazily.map_flags = BPF_F_NO_PREALLOC;
    map_.reset(::bpf_map_create(BPF_MAP_TYPE_HASH, "large", sizeof(std::uint32_t),
                                sizeof(std::uint64_t), kManyEntries, &lazily));
    ASSERT_TRUE(map_);
    fill(kEntries);
    config_ = directory_.write("large.yaml", "interval: 1h\nmax_age: 1ms\nmaps:\n  - pinned: " +
                                                 folder_.pin(map_.get(), "large") + R"(
    labels: { id: { offset: 0, type: u32 } }
    metrics: [ { counter: large_total, help: Many., value: { offset: 0, type: u64 } } ]
)");
  }
  void fill(std::uint32_t entries) const {
    std::vector<std::uint32_t> keys(entries);
    std::vector<std::uint64_t> values(entries);
    std::iota(keys.begin(), keys.end(), 0U);
    std::iota(values.begin(), values.end(), 0U);
    std::uint32_t count = entries;
    ASSERT_EQ(::bpf_map_update_batch(map_.get(), keys.data(), values.data(), &count, nullptr), 0);
  }
  bool cannot_run() const { return IsSkipped() || HasFailure(); }

  static void expect_whole(const std::string& page) {
    const MetricsPage metrics(page);
    const auto samples = metrics.samples_of("large_total{");
    EXPECT_EQ(samples.size(), kEntries);
    EXPECT_EQ(metrics.sum_of("large_total{"), kSum);
    EXPECT_EQ(metrics.sum_of("bpfmap_exporter_map_entries{"), kEntries)
        << "what comes behind the map is there as well";
  }

  BpfFolder folder_;
  UniqueFd map_;
  TemporaryDirectory directory_;
  std::string config_;
};

TEST_F(LargeMap, IsSentWholeInChunks) {
  if (cannot_run()) return;
  ExporterProcess exporter({"--config=" + config_});
  // A walk that is over by the time that the page begins, as on a busy machine, makes it whole.
  const auto in_chunks = [&](const std::vector<std::string>& headers) {
    HttpResponse response;
    EXPECT_TRUE(eventually([&] {
      response = send_request(exporter.url(), {"/metrics", "GET", headers});
      return response.header("transfer-encoding") == "chunked";
    }));
    return response;
  };
  expect_whole(in_chunks({}).body);
  const HttpResponse compressed = in_chunks({"Accept-Encoding: gzip"});
  EXPECT_EQ(compressed.header("content-encoding"), "gzip");
  expect_whole(gunzip(compressed.body));
  exporter.process().send(SIGTERM);
  EXPECT_EQ(exporter.process().exit_code(), 0) << exporter.log();
}

// A page that is wanted at once has what is there at once, and says what it has not.
TEST_F(LargeMap, IsLeftOutWhereItIsNotWholeInTime) {
  if (cannot_run()) return;
  ExporterProcess exporter({"--config=" + config_, "--timeout-offset=0"});
  const auto scrape = [&](const std::string& seconds) {
    const HttpResponse response = send_request(
        exporter.url(), {"/metrics", "GET", {"X-Prometheus-Scrape-Timeout-Seconds: " + seconds}});
    EXPECT_EQ(response.status, 200);
    return response.body;
  };
  const std::string of_large = "{config=\"large\",map=\"" + (folder_ / "large");
  std::string late;
  EXPECT_TRUE(eventually([&] {
    late = scrape("0.000001");
    return late.find("large_total{") == std::string::npos;
  }));
  const MetricsPage page(late);
  EXPECT_EQ(page.value("bpfmap_exporter_sample_success" + of_large + "\"}"), 0);
  EXPECT_GE(page.value("bpfmap_exporter_sample_errors_total" + of_large + "\",reason=\"timeout\"}"),
            1);
  expect_whole(scrape("30"));
  for (const char* no_time : {"0", "-1", "soon", "NaN"}) expect_whole(scrape(no_time));
  exporter.process().send(SIGTERM);
  EXPECT_EQ(exporter.process().exit_code(), 0) << exporter.log();
}

// Running answers have five seconds, although their walk has hardly begun, and the client is slow.
TEST_F(LargeMap, IsSentToItsEndWhenTheExporterEnds) {
  if (cannot_run()) return;
  fill(kManyEntries);
  ExporterProcess exporter({"--config=" + config_});
  const std::string port = exporter.url().substr(exporter.url().rfind(':') + 1);
  ChildOptions options;
  options.directory = directory_.path();
  options.arguments = {"bash", "-c",
                       "exec 3<>/dev/tcp/127.0.0.1/" + port +
                           "; printf 'GET /metrics HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3"
                           "; head -c 1000 <&3 >page; echo begun"
                           "; until [ -e go ]; do sleep 0.01; done; cat <&3 >>page; echo over"};
  ChildProcess client(options);
  ASSERT_TRUE(client.wait_until([&] { return client.out() == "begun\n"; })) << client.err();
  exporter.process().send(SIGTERM);
  ASSERT_TRUE(exporter.process().wait_until(
      [&] { return exporter.log().find("msg=stopping") != std::string::npos; }));
  directory_.write("go", "");
  EXPECT_EQ(client.exit_code(), 0) << client.err();
  EXPECT_EQ(exporter.process().exit_code(), 0) << exporter.log();
  std::ifstream file(directory_ / "page");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(page.ends_with("\r\n0\r\n\r\n")) << page.size() << " bytes; " << exporter.log();
  EXPECT_EQ(exporter.log().find("a response was cut"), std::string::npos) << exporter.log();
}

TEST_F(LargeMap, IsWholeForPrometheus) {
  if (is_instrumented()) GTEST_SKIP() << "the plain build runs it";
  if (cannot_run() || lacks(why_no_program("prometheus"))) return;
  ExporterProcess exporter({"--config=" + config_});
  Prometheus prometheus(exporter.url(), "5s");
  EXPECT_TRUE(prometheus.await("count(large_total)", [](double value) {
    return value == kEntries;
  })) << prometheus.log();
  EXPECT_TRUE(prometheus.await("sum(large_total)", [](double value) { return value == kSum; }));
  EXPECT_EQ(prometheus.complaints(), "");
  exporter.process().send(SIGTERM);
  EXPECT_EQ(exporter.process().exit_code(), 0) << exporter.log();
}

}  // namespace
}  // namespace bpfmap::test
