// SPDX-License-Identifier: Apache-2.0
#include "host/host_names.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/log.h"
#include "host/cgroup_view.h"
#include "host/name_sources.h"
#include "host/pod_names.h"

namespace bpfmap::host {
namespace {

std::shared_ptr<const PodSnapshot> snapshot_of_pods(Host& host) {
  if (const PodNames* names = host.pods(); names != nullptr) return names->snapshot();
  static const auto kNone = [] {
    log::warning("labels of pods read 'unknown': no kubelet is asked",
                 {{"hint", "--kubelet.url=https://127.0.0.1:10250/pods"}});
    return std::make_shared<const PodSnapshot>();
  }();
  return kNone;
}

}  // namespace

HostNames::HostNames(std::shared_ptr<Host> host)
    : HostNames(std::move(host), read_interfaces, [] { return read_partitions(kPartitionsPath); }) {
}

HostNames::HostNames(Source interfaces, Source block_devices)
    : HostNames(std::make_shared<Host>(), std::move(interfaces), std::move(block_devices)) {}

HostNames::HostNames(std::shared_ptr<Host> host, Source interfaces, Source block_devices)
    : host_(std::move(host)),
      cgroups_(std::make_unique<CgroupView>(host_->cgroups())),
      interfaces_({"network interfaces", kMaxInterfaceName, "-0123456789"}, std::move(interfaces)),
      block_devices_({"block devices", kMaxBlockDeviceName, "0123456789:"},
                     std::move(block_devices)) {}

HostNames::~HostNames() = default;

const PodSnapshot& HostNames::pods() {
  if (pods_ == nullptr) pods_ = snapshot_of_pods(*host_);
  return *pods_;
}

void HostNames::begin_rendering() {
  cgroups_->begin_rendering();
  pods_ = nullptr;
  interfaces_.mark_stale();
  block_devices_.mark_stale();
}

void HostNames::Table::load() {
  is_stale_ = false;
  std::optional<std::vector<Row>> rows = source_();
  const bool failed = !rows.has_value();
  if (failed != std::exchange(is_failing_, failed)) {
    if (failed) {
      log::warning("cannot read the names of the host; the last ones known stay in use",
                   {{"of", kind_.what}});
    } else {
      log::info("the names of the host can be read again", {{"of", kind_.what}});
    }
  }
  if (rows) take(std::move(*rows));
}

void HostNames::Table::take(std::vector<Row> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.id < b.id; });
  entries_.clear();
  std::unordered_set<std::string_view> names;
  for (const Row& row : rows) {
    if (entries_.size() == kMaxRows) break;
    const bool is_repeated = !entries_.empty() && entries_.back().id == row.id;
    if (is_repeated || row.name.empty() || row.name.size() > kind_.max_name) continue;
    if (!names.insert(row.name).second) continue;
    const bool ambiguous = row.name.find_first_not_of(kind_.ambiguous_bytes) == std::string::npos;
    entries_.push_back({row.id, {row.name, ambiguous}});
  }
}

const HostNames::Name* HostNames::Table::lookup(std::uint64_t id) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), id,
                       [](const Entry& entry, std::uint64_t key) { return entry.id < key; });
  return at != entries_.end() && at->id == id ? &at->name : nullptr;
}

}  // namespace bpfmap::host
