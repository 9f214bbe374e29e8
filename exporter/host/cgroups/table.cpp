// SPDX-License-Identifier: Apache-2.0
#include "host/cgroups/table.h"

#include <algorithm>
#include <utility>

namespace bpfmap::host {

const KnownCgroup* CgroupSnapshot::find(std::uint64_t id) const {
  const auto at = std::lower_bound(
      cgroups_.begin(), cgroups_.end(), id,
      [](const KnownCgroup& known, std::uint64_t key) { return known.cgroup->id < key; });
  return at != cgroups_.end() && at->cgroup->id == id ? &*at : nullptr;
}

bool CgroupTable::add(std::uint64_t id, const std::string& file, std::size_t mount_bytes) {
  const auto place = places_.find(file);
  if (place != places_.end() && place->second == id) return true;
  if (place != places_.end()) bury(place->second);
  if (cgroups_.contains(id)) {
    bury(id);  // at its old place
    died_.erase(id);
  } else {
    make_room();
    if (cgroups_.size() >= options_.max_cgroups) return false;
  }
  auto cgroup = std::make_shared<Cgroup>(Cgroup{id, file, mount_bytes, {}});
  cgroup->owner = owner_of(cgroup->path());
  changes_.push_back({cgroup, true});
  cgroups_[id] = {std::move(cgroup), true};
  places_[file] = id;
  snapshot_ = nullptr;
  return true;
}

void CgroupTable::forget_place(const KnownCgroup& known) {
  const auto place = places_.find(known.cgroup->file);
  if (place != places_.end() && place->second == known.cgroup->id) places_.erase(place);
}

void CgroupTable::bury(std::uint64_t id) {
  const auto at = cgroups_.find(id);
  if (at == cgroups_.end() || !at->second.is_alive) return;
  forget_place(at->second);
  at->second.is_alive = false;
  const TimePoint now = clock_.now();
  died_[id] = now;
  deaths_.push_back({id, now});
  changes_.push_back({at->second.cgroup, false});
  snapshot_ = nullptr;
}

void CgroupTable::remove(const std::string& file) {
  const std::string below = file + '/';
  std::vector<std::uint64_t> gone;
  if (const auto at = places_.find(file); at != places_.end()) gone.push_back(at->second);
  for (auto at = places_.lower_bound(below); at != places_.end() && at->first.starts_with(below);
       ++at) {
    gone.push_back(at->second);
  }
  for (const std::uint64_t id : gone) bury(id);
}

void CgroupTable::remove_all_but(const std::unordered_set<std::uint64_t>& ids) {
  std::vector<std::uint64_t> gone;
  for (const auto& [file, id] : places_) {
    if (!ids.contains(id)) gone.push_back(id);
  }
  for (const std::uint64_t id : gone) bury(id);
}

const KnownCgroup* CgroupTable::find(std::uint64_t id) const {
  const auto at = cgroups_.find(id);
  return at == cgroups_.end() ? nullptr : &at->second;
}

void CgroupTable::forget_first_death() {
  const Death death = deaths_.front();
  deaths_.pop_front();
  const auto died = died_.find(death.id);
  if (died == died_.end() || died->second != death.at) return;  // it came back
  died_.erase(died);
  cgroups_.erase(death.id);
  snapshot_ = nullptr;
}

void CgroupTable::make_room() {
  while (cgroups_.size() >= options_.max_cgroups && !deaths_.empty()) forget_first_death();
}

void CgroupTable::expire() {
  const TimePoint now = clock_.now();
  while (!deaths_.empty() && now - deaths_.front().at >= options_.keep) forget_first_death();
}

std::shared_ptr<const CgroupSnapshot> CgroupTable::snapshot() {
  expire();
  if (snapshot_ == nullptr) {
    std::vector<KnownCgroup> all;
    all.reserve(cgroups_.size());
    for (const auto& [id, known] : cgroups_) all.push_back(known);
    snapshot_ = std::make_shared<const CgroupSnapshot>(std::move(all));
  }
  return snapshot_;
}

}  // namespace bpfmap::host
