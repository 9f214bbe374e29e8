// SPDX-License-Identifier: Apache-2.0
#include "collect/process_metrics.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "collect/family_builder.h"

namespace bpfmap::collect {
namespace {

using prometheus::MetricType;
using Families = std::vector<prometheus::MetricFamily>;

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::optional<double> to_number(const std::string& word) {
  std::uint64_t number = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), number);
  if (result.ec != std::errc{}) return std::nullopt;
  return static_cast<double>(number);
}

void add(Families& families, const char* name, const char* help, MetricType type,
         std::optional<double> value) {
  if (!value) return;
  families.push_back(make_family(name, help, type));
  add_sample(families.back(), {}, *value);
}

// The word behind a line's name in files such as /proc/stat and /proc/self/limits.
std::optional<double> number_behind(const std::string& text, const std::string& line_name) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(line_name)) continue;
    const std::vector<std::string> words = words_of(line.substr(line_name.size()));
    return words.empty() ? std::nullopt : to_number(words.front());
  }
  return std::nullopt;
}

// Fields of proc(5) stat from the state on; the command's name before it may hold spaces.
std::vector<std::string> stat_fields(const std::string& stat) {
  const std::size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos) return {};
  return words_of(stat.substr(end_of_name + 1));
}

std::optional<double> open_descriptors(const std::string& folder) {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  if (error) return std::nullopt;
  return count - 1;  // the one that this loop had open
}

// Positions in proc(5) stat, counted from the state, which is field 3 there.
enum StatField : std::size_t {
  kUserTicks = 11,
  kSystemTicks = 12,
  kThreads = 17,
  kStartTicks = 19,
  kVirtualBytes = 20,
  kResidentPages = 21,
  kStatFields = 22,
};

void add_from_stat(Families& families, const std::string& stat, std::optional<double> boot_time) {
  const std::vector<std::string> fields = stat_fields(stat);
  if (fields.size() < kStatFields) return;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const auto at = [&](StatField field) { return to_number(fields[field]).value_or(0); };
  add(families, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
      MetricType::Counter, (at(kUserTicks) + at(kSystemTicks)) / ticks);
  add(families, "process_resident_memory_bytes", "Resident memory size in bytes.",
      MetricType::Gauge, at(kResidentPages) * page);
  add(families, "process_virtual_memory_bytes", "Virtual memory size in bytes.", MetricType::Gauge,
      at(kVirtualBytes));
  add(families, "process_threads", "Number of OS threads in the process.", MetricType::Gauge,
      at(kThreads));
  if (!boot_time) return;
  add(families, "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.", MetricType::Gauge,
      *boot_time + at(kStartTicks) / ticks);
}

}  // namespace

ProcessMetrics::ProcessMetrics(std::string proc, std::string system_stat)
    : proc_(std::move(proc)), system_stat_(std::move(system_stat)) {}

Families ProcessMetrics::Collect() const {
  Families families;
  add_from_stat(families, read_file(proc_ + "/stat"),
                number_behind(read_file(system_stat_), "btime"));
  add(families, "process_open_fds", "Number of open file descriptors.", MetricType::Gauge,
      open_descriptors(proc_ + "/fd"));
  add(families, "process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
      number_behind(read_file(proc_ + "/limits"), "Max open files"));
  return families;
}

}  // namespace bpfmap::collect
