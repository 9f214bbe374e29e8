// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What a program is attached to where its section does not say it all: as a configuration names it,
// and as the kernel module attaches to it. Values.
namespace bpfmap::model {

enum class XdpMode { kAuto, kGeneric, kNative, kOffload };
struct XdpTarget {
  std::vector<std::string> interfaces;  // names, of which each is there, and globs
  XdpMode mode = XdpMode::kAuto;
  bool operator==(const XdpTarget&) const = default;
};
enum class TcDirection { kBySection, kIngress, kEgress };
// A program that returns TC_ACT_UNSPEC (-1) lets the programs behind it see the packet; any other
// verdict ends the chain, whatever else is attached.
struct TcTarget {
  std::vector<std::string> interfaces;
  TcDirection direction = TcDirection::kBySection;  // ingress where the section says nothing
  std::uint32_t priority = 0;  // 0: a tcx link (Linux 6.6), or where the kernel chooses in clsact
  bool operator==(const TcTarget&) const = default;
};
struct CgroupTarget {
  std::string path;  // or a pattern: *, ? and [...] match within the name of one directory
  // The section that says as much ("cgroup_skb/egress"); empty where the program's own does.
  std::string type = {};
  bool operator==(const CgroupTarget&) const = default;
};
struct PerfEventTarget {
  std::string type;   // hardware, software, hw_cache, raw, or a number
  std::string event;  // by name (cpu-clock, cpu-cycles, ...) or a number
  std::optional<std::uint64_t> frequency;
  std::optional<std::uint64_t> period;
  bool operator==(const PerfEventTarget&) const = default;
};
struct UprobeTarget {
  std::string binary;  // a path, or a name that is looked up where the loader and the shell would
  std::string symbol;  // a function, name@VERSION, or a pattern: kernel/attach/function_finder.h
  std::uint64_t offset = 0;
  bool return_probe = false;
  int pid = -1;
  bool operator==(const UprobeTarget&) const = default;
};
struct UsdtTarget {
  std::string binary;
  std::string provider;
  std::string name;
  int pid = -1;
  bool operator==(const UsdtTarget&) const = default;
};
struct NetnsTarget {
  std::string path;  // of a file that stands for a network namespace; empty: the own one
  bool operator==(const NetnsTarget&) const = default;
};
using AttachTarget = std::variant<XdpTarget, TcTarget, CgroupTarget, PerfEventTarget, UprobeTarget,
                                  UsdtTarget, NetnsTarget>;

}  // namespace bpfmap::model
