// SPDX-License-Identifier: Apache-2.0
// What Prometheus makes of the pages: a real server scrapes the exporter, and is asked by
// its HTTP API.
#include "integration/prometheus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "integration/dashboard.h"
#include "integration/exporter_process.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/sanitizers.h"

namespace bpfmap::test {
namespace {

using ::testing::IsEmpty;

class PrometheusTest : public BpfTest {
 protected:
  // What Prometheus makes of a page does not depend on how the exporter was built, and an exporter
  // that is ten times as slow, beside a server, is no place to wait for rates.
  void SetUp() override {
    if (is_instrumented()) GTEST_SKIP() << "the plain build runs it";
    BpfTest::SetUp();
    if (!IsSkipped() && !HasFailure()) lacks(why_no_program("prometheus"));
  }
};

// A thread that makes about a thousand calls of ioprio_get() a second, which no other test makes.
class SteadyLoad {
 public:
  SteadyLoad() : thread_([this] { run(); }) {}
  ~SteadyLoad() {
    stop_ = true;
    thread_.join();
  }
  SteadyLoad(const SteadyLoad&) = delete;
  SteadyLoad& operator=(const SteadyLoad&) = delete;

  double calls_per_second() const {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begun_;
    return calls_ / time.count();
  }

 private:
  void run() {
    constexpr int kWhoProcess = 1;  // of <linux/ioprio.h>, which is no C++
    while (!stop_) {
      for (int i = 0; i < 10; ++i) ::syscall(SYS_ioprio_get, kWhoProcess, 0);
      calls_ += 10;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::atomic<int> calls_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

TEST_F(PrometheusTest, ScrapesAndComputesWithWhatItGets) {
  ExporterProcess exporter({});
  Prometheus prometheus(exporter.url());  // both before there is a second thread: they fork
  const SteadyLoad load;
  // The first that does not come ends the test: the others would wait in vain, each
  // its half minute.
  const auto comes = [&](const std::string& expression, const std::function<bool(double)>& is) {
    if (prometheus.await(expression, is)) return ::testing::AssertionSuccess();
    exporter.process().read_available();
    return ::testing::AssertionFailure()
           << "no such value of " << expression << "\nPrometheus says:\n"
           << prometheus.log() << "\nthe exporter says:\n"
           << exporter.log();
  };
  const auto is_one = [](double value) { return value == 1; };
  const auto is_positive = [](double value) { return value > 0; };

  ASSERT_TRUE(comes("up", is_one));
  ASSERT_TRUE(comes("sum(syscalls_total)", is_positive));
  ASSERT_TRUE(comes("min(bpfmap_exporter_sample_success)", is_one));
  ASSERT_TRUE(comes("histogram_quantile(0.99, rate(runqueue_latency_seconds_bucket[10s])) < 60",
                    is_positive));
  ASSERT_TRUE(comes(
      R"(histogram_quantile(0.5, rate(syscall_latency_seconds_bucket{syscall="ioprio_get"}[10s])))",
      [](double value) { return value > 0 && value < 1; }));
  // Several samples of a load that goes on: the rate is about the one that the load itself knows.
  ASSERT_TRUE(comes(R"(rate(syscalls_total{syscall="ioprio_get"}[10s]))", [&](double value) {
    return value > load.calls_per_second() * 0.7 && value < load.calls_per_second() * 1.5;
  }));
  ASSERT_TRUE(comes("resets(syscalls_total[1m]) == 0", [](double) { return true; }));
  EXPECT_THAT(Prometheus::values(prometheus.query("resets(syscalls_total[1m]) > 0")), IsEmpty());
  EXPECT_EQ(prometheus.complaints(), "");
  exporter.stop();
}

TEST_F(PrometheusTest, AnswersEveryExpressionOfTheDashboard) {
  ExporterProcess exporter({});
  const Prometheus prometheus(exporter.url());
  const std::string instance = exporter.url().substr(std::string("http://").size());
  for (const auto& [panel, expression] : dashboard_expressions("dashboards/overview.json")) {
    const std::string concrete = substitute(
        expression, {{"$instance", instance}, {"$syscall", ".+"}, {"$__rate_interval", "10s"}});
    EXPECT_EQ(concrete.find('$'), std::string::npos) << concrete;
    EXPECT_TRUE(prometheus.await(concrete, [](double) { return true; }))
        << panel << ": no data for " << concrete;
  }
  for (const std::string& selector : dashboard_variable_selectors("dashboards/overview.json")) {
    EXPECT_THAT(Prometheus::values(prometheus.query(selector)), ::testing::Not(IsEmpty()))
        << selector;
  }
  exporter.stop();
}

TEST_F(PrometheusTest, PromtoolHasNothingToSay) {
  if (lacks(why_no_program("promtool"))) return;
  const NetworkNamespace alone;  // an interface takes one XDP program only
  ChildOptions options;
  options.network_namespace = alone.fd();
  const Finished dump =
      run_exporter({"dump", "--config=builtin:syscalls,runqlat,packets", "--for=200ms"}, options);
  ASSERT_EQ(dump.exit_code, 0) << dump.err;
  const TemporaryDirectory directory;
  const std::string page = directory.write("page", dump.out);
  const Finished verdict = run_program({"sh", "-c", "promtool check metrics <" + page});
  EXPECT_EQ(verdict.exit_code, 0);
  EXPECT_EQ(verdict.out + verdict.err, "");
}

}  // namespace
}  // namespace bpfmap::test
