// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/http_client.h"
#include "support/metrics_page.h"

namespace bpfmap::test {

// The binary under test, and the folder of the sources, without a slash at the end.
std::string exporter_binary();
std::string source_path(const std::string& name);

// Runs the binary to its end.
Finished run_exporter(std::vector<std::string> arguments, ChildOptions options = {});

// What a process holds of BPF, by the ids that the kernel gives.
struct KernelIds {
  std::set<std::uint32_t> programs;
  std::set<std::uint32_t> maps;
  std::set<std::uint32_t> links;
  bool empty() const { return programs.empty() && maps.empty() && links.empty(); }
};
KernelIds kernel_ids_of(pid_t pid);
// Those that still exist, whichever process holds them.
KernelIds still_there(const KernelIds& ids);

// An exporter that serves, on a free port of 127.0.0.1 unless the arguments say where.
class ExporterProcess {
 public:
  // Returns when it listens; the test fails if it never does.
  explicit ExporterProcess(std::vector<std::string> arguments, ChildOptions options = {});

  ChildProcess& process() { return process_; }
  const std::string& log() const { return process_.err(); }
  // What it says that it listens on.
  const std::vector<std::string>& urls() const { return urls_; }
  const std::string& url() const { return urls_.front(); }

  // The page of metrics; the test fails if it is not served.
  MetricsPage scrape() const;
  HttpResponse get(const std::string& path) const { return fetch(url(), path); }

  // Sends a signal and expects a good end that leaves nothing in the kernel.
  void stop(int signal);
  void stop();

 private:
  ChildProcess process_;
  std::vector<std::string> urls_;
};

// The values of a field of the log's lines with that message: msg=... field=... (logfmt).
std::vector<std::string> log_fields(const std::string& log, const std::string& message,
                                    const std::string& field);

}  // namespace bpfmap::test
