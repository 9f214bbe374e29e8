// SPDX-License-Identifier: Apache-2.0
#include "host/tables/process_names.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace bpfmap::host {
namespace {

ShortName read_name(const std::string& proc, std::uint32_t pid) {
  const std::string path = proc + "/" + std::to_string(pid) + "/comm";
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  char text[ShortName::kMax + 1];
  const ssize_t got = ::read(fd.get(), text, sizeof(text));
  if (got <= 0) return {};
  std::string_view name(text, static_cast<std::size_t>(got));
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
