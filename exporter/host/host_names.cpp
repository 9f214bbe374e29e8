// SPDX-License-Identifier: Apache-2.0
#include "host/host_names.h"

#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "host/cgroup_view.h"
#include "host/pod_names.h"

namespace bpfmap::host {
namespace {

template <std::size_t... I>
std::array<TableView, kTables> views_of(Host& host, std::index_sequence<I...>) {
  return {TableView(host.table(static_cast<TableId>(I)))...};
}

std::shared_ptr<const PodSnapshot> snapshot_of_pods(Host& host) {
  if (const PodNames* names = host.pods(); names != nullptr) return names->snapshot();
  static const auto none = [] {
    log::warning("labels of pods read 'unknown': no kubelet is asked",
                 {{"hint", "--kubelet.url=https://127.0.0.1:10250/pods"}});
    return std::make_shared<const PodSnapshot>();
  }();
  return none;
}

}  // namespace

HostNames::HostNames(std::shared_ptr<Host> host)
    : host_(std::move(host)),
      views_(views_of(*host_, std::make_index_sequence<kTables>())),
      cgroups_(std::make_unique<CgroupView>(host_->cgroups())) {
  begin_rendering();
}

HostNames::HostNames(const Source& interfaces, const Source& block_devices)
    : HostNames(std::make_shared<Host>(interfaces, block_devices)) {}

HostNames::~HostNames() = default;

const PodSnapshot& HostNames::pods() {
  if (pods_ == nullptr) pods_ = snapshot_of_pods(*host_);
  return *pods_;
}

void HostNames::begin_rendering() {
  cgroups_->begin_rendering();
  pods_ = nullptr;
  begun_ = SteadyClock().now();
  for (TableView& view : views_) view.begin(begun_);
}

void HostNames::end_rendering() {
  cgroups_->count();
  for (TableView& view : views_) view.count();
}

}  // namespace bpfmap::host
