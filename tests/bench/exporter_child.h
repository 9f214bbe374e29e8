// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace bpfmap::bench {

// The exporter's own binary, as its users run it, on a free port of 127.0.0.1. Ends
// with this object.
class ExporterChild {
 public:
  // Returns when it listens; throws when it ends before that.
  explicit ExporterChild(std::vector<std::string> arguments);
  ~ExporterChild();
  ExporterChild(const ExporterChild&) = delete;
  ExporterChild& operator=(const ExporterChild&) = delete;

  std::uint16_t port() const { return port_; }

  // A line of /proc/PID/status, such as "VmRSS", in MB.
  double status_mb(const std::string& name) const;
  // From here on, VmHWM is the peak since this call.
  void reset_peak() const;
  // What it has used of all CPUs, user and system.
  double cpu_seconds() const;

 private:
  std::uint16_t read_port();
  std::string proc_path(const char* file) const;

  UniqueFd log_;  // the other end of its standard error; a pipe has room for all that is logged
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace bpfmap::bench
