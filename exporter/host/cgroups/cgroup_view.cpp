// SPDX-License-Identifier: Apache-2.0
#include "host/cgroup_view.h"

#include <utility>

namespace bpfmap::host {

void CgroupView::begin_rendering() {
  count();
  for (const auto& part : parts_) {
    part->snapshot = nullptr;
    part->resolved.clear();
  }
}

void CgroupView::count() {
  for (const auto& part : parts_) {
    part->tree.count_lookups(std::exchange(part->hits, 0), std::exchange(part->misses, 0));
  }
}

CgroupView::Part& CgroupView::part_of(std::string_view hierarchy) {
  for (const auto& part : parts_) {
    if (part->name == hierarchy) return *part;
  }
  parts_.push_back(std::make_unique<Part>(
      Part{std::string(hierarchy), cgroups_.hierarchy(hierarchy), nullptr, {}, 0, 0}));
  return *parts_.back();
}

CgroupView::Found CgroupView::find(std::string_view hierarchy, std::uint64_t id) {
  Part& part = part_of(hierarchy);
  if (!part.tree.shows_all()) return {nullptr, true, true};
  if (part.snapshot == nullptr) part.snapshot = part.tree.snapshot();
  const KnownCgroup* known = part.snapshot->find(id);
  if (known == nullptr) return resolve(part, id);
  ++part.hits;
  return {known->cgroup.get(), !known->is_alive};
}

// Newer than the snapshot, in which something else may have had its path.
CgroupView::Found CgroupView::resolve(Part& part, std::uint64_t id) {
  ++part.misses;
  auto at = part.resolved.find(id);
  if (at == part.resolved.end()) {
    const std::optional<KnownCgroup> known = part.tree.resolve(id);
    at = part.resolved.emplace(id, known ? known->cgroup : nullptr).first;
  }
  return {at->second.get(), true};
}

}  // namespace bpfmap::host
