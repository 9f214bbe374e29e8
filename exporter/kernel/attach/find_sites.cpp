// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/find_sites.h"

#include <variant>

#include "kernel/attach/cgroup.h"
#include "kernel/attach/netns.h"
#include "kernel/attach/perf_event.h"
#include "kernel/attach/tc.h"
#include "kernel/attach/uprobe.h"
#include "kernel/attach/usdt.h"
#include "kernel/attach/xdp.h"

namespace bpfmap::kernel {
namespace {

struct FindSites {
  const LoadedProgram& program;

  Sites operator()(const model::XdpTarget& target) { return xdp_sites(program, target); }
  Sites operator()(const model::TcTarget& target) { return tc_sites(program, target); }
  Sites operator()(const model::CgroupTarget& target) { return cgroup_sites(program, target); }
  Sites operator()(const model::PerfEventTarget& target) {
    return perf_event_sites(program, target);
  }
  Sites operator()(const model::UprobeTarget& target) { return uprobe_sites(program, target); }
  Sites operator()(const model::UsdtTarget& target) { return usdt_sites(program, target); }
  Sites operator()(const model::NetnsTarget& target) { return netns_sites(program, target); }
};

}  // namespace

Sites find_sites(const LoadedProgram& program, const model::AttachTarget& target) {
  return std::visit(FindSites{program}, target);
}

}  // namespace bpfmap::kernel
