// SPDX-License-Identifier: Apache-2.0
#include "bench/ratio_reporter.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace bpfmap::bench {
namespace {

constexpr const char* kTime = "ms";
constexpr const char* kCpuTime = "ms of CPU";

struct Ratio {
  const char* title;
  const char* ours;
  const char* floor;
  double limit;  // 0: none was promised
  const char* time = kTime;
};

constexpr Ratio kRatios[] = {
    {"plain text, 1M series", "ScrapePlain/hash/1000000", "BareBatchWalk/hash/1000000", 1.25},
    {"gzip, 1M series", "ScrapeGzip/hash/1000000", "BareBatchWalk/hash/1000000", 1.35},
    {"10k histograms, a key per bucket", "ScrapePlain/histograms/270000",
     "BareBatchWalk/histograms/270000", 1.5},
    {"per-CPU hash, 1M entries", "ScrapePlain/per_cpu/1000000", "BareBatchWalk/per_cpu/1000000",
     1.25},
    {"1M keys into 10k label sets", "ScrapePlain/aggregated/1000000", "BareBatchWalk/hash/1000000",
     1.5},
    {"mode: accumulate, 1M series", "ScrapePlain/accumulated/1000000", "BareBatchWalk/hash/1000000",
     2},
    {"second scraper, plain, to bare send", "ScrapeAgainPlain", "BareSendPlain", 0},
    {"second scraper, gzip, to bare send", "ScrapeAgainGzip", "BareSendGzip", 0},
    {"walk only, 1k entries", "BatchWalk/1000", "BareBatchWalk/hash/1000", 0},
    {"walk only, 100k entries", "BatchWalk/100000", "BareBatchWalk/hash/100000", 0},
    {"walk only, 1M entries", "BatchWalk/1000000", "BareBatchWalk/hash/1000000", 0},
    {"walk only, by next key, 100k entries", "NextKeyWalk/100000", "BareBatchWalk/hash/100000", 0},
    // Of the updating thread: not what it waits for a CPU where there are fewer than threads.
    {"CPU of an update while we scrape", "UpdateWhileScraped", "UpdateAlone", 0, kCpuTime},
    {"... while a bare loop walks", "UpdateWhileWalked", "UpdateAlone", 0, kCpuTime},
};

struct Quantity {
  const char* title;
  const char* benchmark;
  const char* quantity;
  const char* unit;
  double limit;  // 0: none was promised
};

constexpr Quantity kQuantities[] = {
    {"rendering a 1M-entry array", "RenderArray/1000000", kTime, "ms", 80},
    {"its whole scrape", "ScrapePlain/array/1000000", kTime, "ms", 0},
    {"100 series, new connection, median", "SmallScrape", "p50_us", "us", 0},
    {"100 series, new conn., 99th perc.", "SmallScrape", "p99_us", "us", 0},
    {"100 series, new connection, longest", "SmallScrape", "max_us", "us", 0},
    {"100 series, kept alive, median", "SmallScrapeKeptAlive", "p50_us", "us", 0},
    {"100 series, kept alive, 99th perc.", "SmallScrapeKeptAlive", "p99_us", "us", 300},
    {"100 series, kept alive, longest", "SmallScrapeKeptAlive", "max_us", "us", 0},
    {"1M series, two of gzip: peak", "PeakMemory", "peak_MB", "MB", 200},
    {"... resident after it", "PeakMemory", "later_MB", "MB", 0},
    {"default set, idle: of one core", "IdleCost", "cpu_percent", "%", 0.1},
    {"default set, idle: resident", "IdleCost", "resident_MB", "MB", 15},
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

std::string number(double value) {
  char text[32];
  const char* const format = value < 0.1 ? "%.6f" : value < 10 ? "%.3f" : "%.1f";
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string with_spread(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return number(median(values)) + " (" + number(*least) + " to " + number(*most) + ")";
}

std::string against(double value, double limit) {
  if (limit == 0) return "";
  char text[48];
  std::snprintf(text, sizeof(text), "%g%s", limit, value > limit ? ", EXCEEDED" : "");
  return text;
}

std::string name_of(const benchmark::BenchmarkReporter::Run& run) {
  const std::string& arguments = run.run_name.args;
  return run.run_name.function_name + (arguments.empty() ? "" : "/" + arguments);
}

}  // namespace

RatioReporter::RatioReporter()
    : ConsoleReporter(::isatty(STDOUT_FILENO) != 0 ? OO_ColorTabular : OO_Tabular) {}

void RatioReporter::ReportRuns(const std::vector<Run>& reports) {
  std::vector<Run> shown;
  for (const Run& run : reports) {
    if (run.run_type == Run::RT_Iteration) keep(run);
    if (run.run_type == Run::RT_Aggregate || run.repetitions == 1) shown.push_back(run);
  }
  if (!shown.empty()) ConsoleReporter::ReportRuns(shown);
}

// A run that failed has no time.
void RatioReporter::keep(const Run& run) {
  if (run.real_accumulated_time <= 0) return;
  auto& quantities = measured_[name_of(run)];
  const auto iterations = static_cast<double>(run.iterations);
  quantities[kTime].push_back(run.real_accumulated_time * 1e3 / iterations);
  quantities[kCpuTime].push_back(run.cpu_accumulated_time * 1e3 / iterations);
  for (const auto& [name, counter] : run.counters) quantities[name].push_back(counter.value);
}

const RatioReporter::Values* RatioReporter::find(const std::string& benchmark,
                                                 const std::string& quantity) const {
  const auto quantities = measured_.find(benchmark);
  if (quantities == measured_.end()) return nullptr;
  const auto values = quantities->second.find(quantity);
  return values == quantities->second.end() ? nullptr : &values->second;
}

void RatioReporter::Finalize() {
  ConsoleReporter::Finalize();
  print_ratios();
  print_quantities();
}

void RatioReporter::print_ratios() const {
  // On a machine that has other things to do, the least of several runs tells more
  // than their median.
  std::printf("\n%-36s  %-28s %-28s %6s %8s  %s\n", "median (from least to most)", "floor, ms",
              "ours, ms", "ratio", "of least", "limit");
  for (const Ratio& row : kRatios) {
    const Values* ours = find(row.ours, row.time);
    const Values* floor = find(row.floor, row.time);
    if (ours == nullptr || floor == nullptr) continue;
    const double ratio = median(*ours) / median(*floor);
    std::printf("%-36s  %-28s %-28s %6.2f %8.2f  %s\n", row.title, with_spread(*floor).c_str(),
                with_spread(*ours).c_str(), ratio, least(*ours) / least(*floor),
                against(ratio, row.limit).c_str());
  }
}

void RatioReporter::print_quantities() const {
  std::printf("\n%-36s  %-36s %s\n", "median (from least to most)", "", "limit");
  for (const Quantity& row : kQuantities) {
    const Values* values = find(row.benchmark, row.quantity);
    if (values == nullptr) continue;
    std::printf("%-36s  %-36s %s\n", row.title, (with_spread(*values) + " " + row.unit).c_str(),
                against(median(*values), row.limit).c_str());
  }
}

}  // namespace bpfmap::bench
