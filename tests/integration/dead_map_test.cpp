// SPDX-License-Identifier: Apache-2.0
// A map that dies under a running exporter. That cannot be done to a process from outside, so these
// tests run the exporter's commands inside of their own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "app/prepare.h"
#include "app/routes.h"
#include "base/unique_fd.h"
#include "integration/documentation.h"
#include "support/bpf_requirements.h"
#include "support/metrics_page.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// The name of the map that a descriptor of this process stands for; empty if it is no map.
std::string map_name(int fd) {
  std::error_code ignored;
  const auto target =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored).string();
  if (target != "anon_inode:bpf-map") return {};
  bpf_map_info info{};
  bpf_attr attributes;  // {} would clear the first member of the union only
  std::memset(&attributes, 0, sizeof(attributes));
  attributes.info.bpf_fd = static_cast<std::uint32_t>(fd);
  attributes.info.info_len = sizeof(info);
  attributes.info.info = reinterpret_cast<std::uintptr_t>(&info);  // a number, as bpf(2) wants it
  ::syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes));
  return info.name;
}

int find_map(const std::string& name) {
  for (int fd = 3; fd < 1000; ++fd) {
    if (map_name(fd) == name) return fd;
  }
  ADD_FAILURE() << "no map " << name;
  return -1;
}

// Puts something that is no map in the place of one, and the map back at its end.
class DeadMap {
 public:
  explicit DeadMap(const std::string& name)
      : fd_(find_map(name)), saved_(::fcntl(fd_, F_DUPFD_CLOEXEC, 1000)) {
    const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    EXPECT_EQ(::dup3(nothing.get(), fd_, O_CLOEXEC), fd_);
  }
  ~DeadMap() { ::dup3(saved_.get(), fd_, O_CLOEXEC); }
  DeadMap(const DeadMap&) = delete;
  DeadMap& operator=(const DeadMap&) = delete;

 private:
  int fd_;
  UniqueFd saved_;
};

// The shipped file, with a limit that leaves nothing out but has metrics.
std::string limited(std::string yaml) {
  const std::string map = "- map: runqlat\n";
  const std::size_t at = yaml.find(map);
  if (at != std::string::npos) yaml.insert(at + map.size(), "    expire_after: 1h\n");
  return yaml;
}

// The default set, sampled anew by each scrape, and a map that carries events.
class DeadMapTest : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || HasFailure()) return;
    app::ConfigSelection selection;
    for (const char* name : {"syscalls", "runqlat"}) {
      const std::string shipped =
          read_text(std::string(BPFMAP_SOURCES) + "/config/" + name + ".yaml");
      selection.configs.push_back(
          directory_.write(std::string(name) + ".yaml", limited(shipped) + "\nmax_age: 1ns\n"));
    }
    // Only for what is said of its events; there are none, and no program that would send some.
    selection.configs.push_back(directory_.write(
        "events.yaml",
        "object: " + test_object("events") +
            "\nprograms: { send_event: { load: false } }\nmaps: [ { map: perf_events, "
            "event: request, labels: {}, metrics: [ { counter: sent_total } ] } ]\n"));
    Errands errands;
    auto prepared = app::prepare(selection, /*with_notices=*/false, std::cerr, errands);
    ASSERT_TRUE(prepared);
    host::HostOptions options;
    options.kubelet.emplace().url = "http://127.0.0.1:9/pods";  // no server is there
    const auto host = std::make_shared<host::Host>(options);
    ask_for_a_name(host);
    auto started = app::Exporter::start(*std::move(prepared),
                                        {std::make_shared<collect::SelfMetrics>("1"), host, {}});
    ASSERT_TRUE(started) << started.error().message();
    exporter_ = *std::move(started);
    routes_ = app::make_routes({[this] { return exporter_; }, "/metrics", nullptr});
  }

  // What caches of names say of themselves is there once one was asked.
  static void ask_for_a_name(const std::shared_ptr<host::Host>& host) {
    host::HostNames names(host);
    names.interface(1);
    names.end_rendering();
  }

  std::string get(const std::string& path) {
    http::Request request;
    request.method = "GET";
    request.path = path;
    const auto route = std::find_if(routes_.begin(), routes_.end(),
                                    [&](const http::Route& one) { return one.path == path; });
    const http::Response response = route->handler(request);
    std::string body = response.text;
    for (const std::string_view piece : response.pieces) body += piece;
    return body;
  }
  MetricsPage scrape() { return MetricsPage(get("/metrics")); }

  TemporaryDirectory directory_;
  std::shared_ptr<app::Exporter> exporter_;
  std::vector<http::Route> routes_;
};

std::string of_map(const std::string& metric, const std::string& map) {
  return "bpfmap_exporter_" + metric + "{config=\"" + map + "\",map=\"" + map + "\"}";
}

TEST_F(DeadMapTest, LeavesOutItsFamiliesAndNoOthers) {
  const MetricsPage before = scrape();
  EXPECT_EQ(before.value(of_map("sample_success", "syscalls")), 1);
  EXPECT_THAT(before.samples_of("bpfmap_exporter_sample_errors_total"), IsEmpty());

  const DeadMap dead("syscalls");
  const MetricsPage page = scrape();
  EXPECT_THAT(page.samples_of("syscall"), IsEmpty());
  EXPECT_FALSE(page.types().contains("syscalls_total"));
  EXPECT_FALSE(page.types().contains("syscall_latency_seconds"));
  EXPECT_GT(page.value("runqueue_latency_seconds_count"), 0);
  EXPECT_EQ(page.value(of_map("sample_success", "syscalls")), 0);
  EXPECT_EQ(page.value(of_map("sample_success", "runqlat")), 1);
  const auto errors = page.samples_of("bpfmap_exporter_sample_errors_total");
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_THAT(errors.begin()->first, HasSubstr("map=\"syscalls\",reason=\"E"));
  EXPECT_EQ(errors.begin()->second, 1);
  EXPECT_THAT(get("/"), HasSubstr("failed: read map"));
  EXPECT_EQ(get("/-/ready"), "ready\n") << "a process that cannot read a map has still started";
}

TEST_F(DeadMapTest, ComesBackWhenItCanBeRead) {
  double before = 0;
  for (const auto& [series, count] : scrape().samples_of("syscalls_total{")) before += count;
  {
    const DeadMap dead("syscalls");
    scrape();
  }
  const MetricsPage page = scrape();
  EXPECT_GE(page.sum_of("syscalls_total{"), before);
  EXPECT_EQ(page.value(of_map("sample_success", "syscalls")), 1);
  EXPECT_EQ(page.sum_of("bpfmap_exporter_sample_errors_total{"), 1);
}

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += 1) ++count;
  return count;
}

TEST_F(DeadMapTest, IsLoggedOncePerChange) {
  ::testing::internal::CaptureStderr();
  scrape();
  {
    const DeadMap dead("syscalls");
    for (int i = 0; i < 3; ++i) scrape();
  }
  for (int i = 0; i < 3; ++i) scrape();
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(count_of(log, "level=error msg=\"map cannot be read"), 1U) << log;
  EXPECT_EQ(count_of(log, "level=info msg=\"map can be read again\""), 1U) << log;
}

// docs/metrics.md, compared with a page that has all of the exporter's own metrics, the
// rare ones too.
TEST_F(DeadMapTest, EveryMetricOfOursIsDocumentedAsItIs) {
  const DeadMap dead("syscalls");
  scrape();
  const MetricsPage page = scrape();
  const auto documented = documented_metrics();
  for (const auto& [name, type] : page.types()) {
    if (!name.starts_with("bpfmap_exporter_") && !name.starts_with("process_")) continue;
    const auto metric = documented.find(name);
    if (metric == documented.end()) {
      ADD_FAILURE() << name << " is not in docs/metrics.md";
      continue;
    }
    EXPECT_EQ(metric->second.type, type) << name;
    for (const auto& [series, value] : page.samples_of(name + "{")) {
      EXPECT_EQ(label_names_of(series), metric->second.labels) << series;
    }
  }
  for (const auto& [name, metric] : documented) {
    EXPECT_TRUE(page.types().contains(name)) << name << " is documented, but not there";
  }
}

}  // namespace
}  // namespace bpfmap::test
