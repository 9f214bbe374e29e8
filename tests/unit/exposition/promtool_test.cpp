// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "exposition/names.h"
#include "exposition/text_format.h"

// What Prometheus' own tool says about the pages.
namespace bpfmap::exposition {
namespace {

using ::testing::ElementsAreArray;

struct Verdict {
  int exit_code = -1;
  std::string said;
};

constexpr int kFine = 0;
constexpr int kBadStyle = 3;

bool have_promtool() {
  return std::system("command -v promtool >/dev/null 2>&1") == 0;  // NOLINT(concurrency-mt-unsafe)
}

std::string temporary_file(const std::string& content) {
  std::string path = (std::filesystem::temp_directory_path() / "bpfmap-page-XXXXXX").string();
  const UniqueFd fd(mkstemp(path.data()));
  const auto size = static_cast<ssize_t>(content.size());
  EXPECT_EQ(::write(fd.get(), content.data(), content.size()), size);
  return path;
}

Verdict check_metrics(const std::string& page) {
  const std::string path = temporary_file(page);
  Verdict verdict;
  FILE* pipe = popen(("promtool check metrics 2>&1 <" + path).c_str(), "r");
  if (pipe == nullptr) return verdict;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    verdict.said.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  verdict.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::filesystem::remove(path);
  return verdict;
}

class Promtool : public ::testing::Test {
 protected:
  void SetUp() override {
    if (have_promtool()) return;
    const bool required = getenv("REQUIRE_BPF") != nullptr;  // NOLINT(concurrency-mt-unsafe)
    ASSERT_FALSE(required) << "promtool is not in PATH";
    GTEST_SKIP() << "promtool is not in PATH";
  }
};

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

std::string page_of_everything() {
  BodyWriter body;
  TextWriter text(body);
  text.family({"packets_total", "Packets seen,\nby \\ and \"\xFF\".", MetricType::kCounter});
  text.sample("packets_total", {{"comm", every_byte()}}, std::numeric_limits<std::uint64_t>::max());
  text.sample("packets_total", {{"comm", ""}, {"path", "C:\\new\n\"x\""}}, 0);
  text.sample("packets_total", {{"comm", "\xED\xA0\x80 \xC0\xAF \xF4\x90\x80\x80 \xE2\x82"}},
              1e300);
  text.family({"temperature_celsius", "Any number.", MetricType::kGauge});
  using Limits = std::numeric_limits<double>;
  int n = 0;
  for (const double value : {0.0, -0.0, 0.1, -1e-300, Limits::denorm_min(), Limits::max(), 1e15,
                             1e16, Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
    text.sample("temperature_celsius", {{"n", std::to_string(n++)}}, value);
  }
  text.family({"wait_seconds", "A histogram.", MetricType::kHistogram});
  const double bounds[] = {1e-06, 0.001, 1, 1048576};
  const std::uint64_t counts[] = {1, 2, 3, 4, 5};
  text.histogram("wait_seconds", {}, {.bounds = bounds, .counts = counts, .sum = 12.5});
  const std::array<Label, 1> labels = {{{"cpu", "1"}}};
  text.histogram("wait_seconds", labels, {.bounds = bounds, .counts = counts});
  text.family({"run_seconds", "A summary.", MetricType::kSummary});
  text.sample("run_seconds", labels, {"quantile", "0.5"}, 0.25);
  text.sample("run_seconds_sum", labels, 3);
  text.sample("run_seconds_count", labels, 4);
  text.family({"other", "Untyped.", MetricType::kUntyped});
  text.sample("other", {}, -1);
  return body.finish().to_string();
}

TEST_F(Promtool, AcceptsAPageOfEverything) {
  const Verdict verdict = check_metrics(page_of_everything());
  EXPECT_EQ(verdict.exit_code, kFine) << verdict.said;
  EXPECT_EQ(verdict.said, "");
}

TEST_F(Promtool, RefusesWhatTheEscapingPrevents) {
  EXPECT_EQ(check_metrics("a{comm=\"\xFF\"} 1\n").exit_code, 1) << "the test above proves nothing";
  EXPECT_EQ(check_metrics("a{comm=\"\n\"} 1\n").exit_code, 1) << "the test above proves nothing";
}

struct Named {
  std::string name;
  MetricType type;
};

// Names around every rule, made of words that are units, types, abbreviations and nothing at all.
std::vector<Named> corpus() {
  const std::vector<MetricType> types = {MetricType::kCounter, MetricType::kGauge,
                                         MetricType::kHistogram, MetricType::kSummary,
                                         MetricType::kUntyped};
  const std::vector<std::string> words = {
      "x",         "ms",           "sec",          "kb",       "m",         "d",
      "Ms",        "seconds",      "kilobytes",    "bits",     "days",      "kelvins",
      "metres",    "microseconds", "thermometers", "gauge",    "Summary",   "counter",
      "histogram", "camelCase",    "UPPER",        "colon:ed", "nanovolts", "mibibytes",
      "rabbits",   "inches",       "pebimiles"};
  const std::vector<std::string> suffixes = {"", "_total", "_count", "_sum", "_bucket", "_info"};
  std::vector<Named> all;
  for (const MetricType type : types) {
    for (const std::string& word : words) {
      for (const std::string& suffix : suffixes) {
        const std::string id = std::to_string(all.size());
        all.push_back({std::string("a").append(id).append("_").append(word).append(suffix), type});
        all.push_back({std::string(word).append("_").append(id).append(suffix), type});
      }
    }
  }
  return all;
}

std::string page_of(const std::vector<Named>& families) {
  BodyWriter body;
  TextWriter text(body);
  for (const auto& [name, type] : families) {
    text.family({name, "Help.", type});
    if (type == MetricType::kHistogram) {
      text.histogram(name, {}, {.bounds = {}, .counts = {}, .sum = 0});
    } else if (type == MetricType::kSummary) {
      text.sample(name + "_sum", {}, 0);
      text.sample(name + "_count", {}, 0);
    } else {
      text.sample(name, {}, 0);
    }
  }
  return body.finish().to_string();
}

// How many notes promtool has about each name: one line each, which begins with the name.
std::multiset<std::string> names_noted(const std::string& said) {
  std::multiset<std::string> names;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) names.insert(line.substr(0, line.find(' ')));
  return names;
}

TEST_F(Promtool, NotesWhatConventionNotesNote) {
  const std::vector<Named> families = corpus();
  const Verdict verdict = check_metrics(page_of(families));
  ASSERT_EQ(verdict.exit_code, kBadStyle) << verdict.said;
  const std::multiset<std::string> theirs = names_noted(verdict.said);
  for (const auto& [name, type] : families) {
    const std::vector<std::string> ours = convention_notes(name, type);
    EXPECT_EQ(ours.size(), theirs.count(name)) << name << ": " << ::testing::PrintToString(ours);
  }
}

}  // namespace
}  // namespace bpfmap::exposition
