// SPDX-License-Identifier: Apache-2.0
#include "collect/self/process_metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/self/family_builder.h"

namespace bpfmap::collect {
namespace {

using prometheus::MetricType;
using Families = std::vector<prometheus::MetricFamily>;

UniqueFd open_file(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

// Without streams, which cost more than the kernel's part of it: this is done for every scrape. The
// files of proc(5) are made anew by every read at their beginning.
std::string read_from_start(const UniqueFd& file) {
  std::string text;
  char part[4096];
  for (ssize_t got = 0; file && (got = ::pread(file.get(), part, sizeof(part),
                                               static_cast<off_t>(text.size()))) > 0;) {
    text.append(part, static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<std::string_view> words_of(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n'; };
  std::vector<std::string_view> words;
  words.reserve(64);  // proc(5) stat has 50
  for (const char* at = text.begin(); at != text.end();) {
    at = std::find_if_not(at, text.end(), is_space);
    const char* const end = std::find_if(at, text.end(), is_space);
    if (end != at) words.emplace_back(at, end);
    at = end;
  }
  return words;
}

std::optional<double> to_number(std::string_view word) {
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

// The word behind a line's name in files such as /proc/stat.
std::optional<double> number_behind(std::string_view text, std::string_view line_name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(line_name)) {
      const auto words = words_of(line.substr(line_name.size()));
      return words.empty() ? std::nullopt : to_number(words.front());
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

// Fields of proc(5) stat from the state on; the command's name before it may hold spaces.
std::vector<std::string_view> stat_fields(std::string_view stat) {
  const std::size_t end_of_name = stat.rfind(')');
  if (end_of_name == std::string_view::npos) return {};
  return words_of(stat.substr(end_of_name + 1));
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::optional<double> entries_of(const std::string& folder) {
  const std::unique_ptr<DIR, CloseFolder> entries(::opendir(folder.c_str()));
  if (entries == nullptr) return std::nullopt;
  double count = -1;  // the one that this loop has open
  // NOLINTNEXTLINE(concurrency-mt-unsafe): of a stream that no other thread reads
  while (const dirent* entry = ::readdir(entries.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

std::optional<double> size_of(const std::string& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return std::nullopt;
  return static_cast<double>(status.st_size);
}

// Since Linux 6.2 the size of /proc/PID/fd is the number of what is open; before, it was 0.
bool has_count_as_size(const std::string& folder) {
  struct statfs system {};
  return ::statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC &&
         size_of(folder).value_or(0) > 0;
}

std::optional<double> max_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::nullopt;
  }
  return static_cast<double>(limit.rlim_cur);
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
  const std::vector<std::string_view> fields = stat_fields(stat);
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

ProcessMetrics::ProcessMetrics(const std::string& proc, const std::string& system_stat)
    : stat_(open_file(proc + "/stat")),
      descriptors_(proc + "/fd"),
      has_count_as_size_(has_count_as_size(descriptors_)),
      boot_time_(number_behind(read_from_start(open_file(system_stat)), "btime")) {}

Families ProcessMetrics::Collect() const {
  Families families;
  add_from_stat(families, read_from_start(stat_), boot_time_);
  add(families, "process_open_fds", "Number of open file descriptors.", MetricType::Gauge,
      has_count_as_size_ ? size_of(descriptors_) : entries_of(descriptors_));
  add(families, "process_max_fds", "Maximum number of open file descriptors.", MetricType::Gauge,
      max_descriptors());
  return families;
}

}  // namespace bpfmap::collect
