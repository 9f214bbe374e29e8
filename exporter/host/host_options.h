// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "base/capabilities.h"
#include "base/clock.h"
#include "base/host_paths.h"

// What the command line says about names of the host.
namespace bpfmap::host {

struct CgroupOptions {
  Duration keep = std::chrono::minutes(5);  // names of cgroups that were removed
  std::size_t max_cgroups = 65536;          // of each hierarchy
  std::string mountinfo = "/proc/self/mountinfo";
  std::string sysfs = "/sys";  // of mounts that show the same, one below it is used
  // What may be used where the kernel permits it; tests switch it off.
  bool uses_watch = true;
  bool uses_handles = true;
  // What those that are told of cgroups need, beside reading.
  CapabilitySet listeners_need{};
};

struct KubeletOptions {
  std::string url;         // "https://127.0.0.1:10250/pods"
  std::string token_file;  // empty: no token. Read anew for each request
  std::string ca_file;     // empty: what the system trusts
  bool skips_verification = false;
  Duration interval = std::chrono::seconds(15);
  Duration timeout = std::chrono::seconds(5);  // of one request
  Duration keep = std::chrono::minutes(5);     // names of pods that are gone
};

struct HostOptions {
  HostPaths paths{};
  CgroupOptions cgroups{};
  std::optional<KubeletOptions> kubelet{};
};

}  // namespace bpfmap::host
