// SPDX-License-Identifier: Apache-2.0
#include "integration/exporter_process.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;

ChildOptions with_arguments(std::vector<std::string> arguments, ChildOptions options) {
  arguments.insert(arguments.begin(), exporter_binary());
  options.arguments = std::move(arguments);
  return options;
}

bool says_where(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--web.listen-address")) return true;
  }
  return false;
}

std::vector<std::string> with_free_port(std::vector<std::string> arguments) {
  if (!says_where(arguments)) arguments.emplace_back("--web.listen-address=127.0.0.1:0");
  return arguments;
}

bool exists(bpf_cmd by_id, std::uint32_t id) {
  bpf_attr attributes;  // {} would clear the first member of the union only
  std::memset(&attributes, 0, sizeof(attributes));
  attributes.prog_id = id;  // one of a union: all ids are in the same place
  const UniqueFd fd(static_cast<int>(::syscall(SYS_bpf, by_id, &attributes, sizeof(attributes))));
  return static_cast<bool>(fd);
}

std::set<std::uint32_t> existing(bpf_cmd by_id, const std::set<std::uint32_t>& ids) {
  std::set<std::uint32_t> found;
  for (const std::uint32_t id : ids) {
    if (exists(by_id, id)) found.insert(id);
  }
  return found;
}

// How many listen addresses the arguments have: as many lines have to come.
std::size_t count_addresses(const std::vector<std::string>& arguments) {
  std::size_t count = 0;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--web.listen-address")) ++count;
  }
  return count;
}

}  // namespace

std::string exporter_binary() { return BPFMAP_EXPORTER; }

std::string source_path(const std::string& name) {
  return std::string(BPFMAP_SOURCES) + "/" + name;
}

Finished run_exporter(std::vector<std::string> arguments, ChildOptions options) {
  return run_program(with_arguments(std::move(arguments), std::move(options)));
}

KernelIds kernel_ids_of(pid_t pid) {
  KernelIds ids;
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator("/proc/" + std::to_string(pid) + "/fdinfo", ignored)) {
    std::ifstream file(entry.path());
    std::string name;
    std::uint32_t id = 0;
    // A link's file names its program as well, which is right.
    for (std::string line; std::getline(file, line);) {
      std::istringstream fields(line);
      if (!(fields >> name >> id)) continue;
      if (name == "prog_id:") ids.programs.insert(id);
      if (name == "map_id:") ids.maps.insert(id);
      if (name == "link_id:") ids.links.insert(id);
    }
  }
  return ids;
}

KernelIds still_there(const KernelIds& ids) {
  return {existing(BPF_PROG_GET_FD_BY_ID, ids.programs), existing(BPF_MAP_GET_FD_BY_ID, ids.maps),
          existing(BPF_LINK_GET_FD_BY_ID, ids.links)};
}

ExporterProcess::ExporterProcess(std::vector<std::string> arguments, ChildOptions options)
    : process_(with_arguments(with_free_port(arguments), std::move(options))) {
  const std::size_t expected = count_addresses(with_free_port(std::move(arguments)));
  process_.wait_until([&] {
    urls_ = log_fields(log(), "listening", "address");
    return urls_.size() >= expected;
  });
  EXPECT_GE(urls_.size(), expected) << log();  // ":0" is two
  if (urls_.empty()) urls_.emplace_back("http://127.0.0.1:1");
}

MetricsPage ExporterProcess::scrape() const {
  const HttpResponse response = get("/metrics");
  EXPECT_EQ(response.status, 200) << log();
  return MetricsPage(response.body);
}

void ExporterProcess::stop(int signal) {
  const KernelIds ids = kernel_ids_of(process_.pid());
  EXPECT_FALSE(still_there(ids).empty()) << "the check below proves nothing";
  process_.send(signal);
  EXPECT_EQ(process_.exit_code(), 0) << log();
  // The kernel frees programs and maps some time after their last user is gone.
  EXPECT_TRUE(eventually([&] { return still_there(ids).empty(); }));
}

void ExporterProcess::stop() { stop(SIGTERM); }

std::vector<std::string> log_fields(const std::string& log, const std::string& message,
                                    const std::string& field) {
  std::vector<std::string> values;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (lines.eof()) break;  // not written to its end yet
    if (line.find(" msg=" + message + " ") == std::string::npos) continue;
    const std::string begin = " " + field + "=";
    const std::size_t at = line.find(begin);
    if (at == std::string::npos) continue;
    const std::size_t from = at + begin.size();
    values.push_back(line.substr(from, line.find(' ', from) - from));
  }
  return values;
}

}  // namespace bpfmap::test
