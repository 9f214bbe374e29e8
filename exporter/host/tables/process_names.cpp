// SPDX-License-Identifier: Apache-2.0
#include "host/tables/process_names.h"

#include "base/small_file.h"

namespace bpfmap::host {
namespace {

ShortName read_name(const std::string& proc, std::uint32_t pid) {
  const std::string path = proc + "/" + std::to_string(pid) + "/comm";
  const std::optional<std::string> text = read_small_file(path);
  if (!text) return {};
  std::string_view name = *text;
  if (name.ends_with('\n')) name.remove_suffix(1);
  return ShortName(name);
}

}  // namespace

ShortName ProcessNames::find(std::uint32_t pid, TimePoint now) {
  {
    const MutexLock lock(mutex_);
    const auto known = entries_.find(pid);
    if (known != entries_.end() && now - known->second.read_at < kMaxAge) {
      lookups_.add(1, 0);
      return known->second.name;
    }
  }
  lookups_.add(0, 1);
  return keep(pid, read_name(proc_, pid), now);
}

ShortName ProcessNames::keep(std::uint32_t pid, const ShortName& name, TimePoint now) {
  const MutexLock lock(mutex_);
  const auto known = entries_.find(pid);
  if (known != entries_.end()) {
    known->second.read_at = now;
    if (!name.empty()) known->second.name = name;
    return known->second.name;
  }
  if (make_room(now)) entries_.emplace(pid, Entry{name, now});
  return name;
}

// Forgets names that were not looked up lately. Looks at everything, and therefore only once
// for each rendering.
bool ProcessNames::make_room(TimePoint now) {
  if (entries_.size() < kMaxEntries) return true;
  if (swept_at_ == now) return false;
  swept_at_ = now;
  std::erase_if(entries_,
                [now](const auto& entry) { return now - entry.second.read_at >= kMaxAge; });
  return entries_.size() < kMaxEntries;
}

CacheStatistics ProcessNames::statistics() const {
  const MutexLock lock(mutex_);
  return {"process_names", entries_.size(), lookups_.hits(), lookups_.misses()};
}

}  // namespace bpfmap::host
