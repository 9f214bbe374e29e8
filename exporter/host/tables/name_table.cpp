// SPDX-License-Identifier: Apache-2.0
#include "host/tables/name_table.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/log.h"

namespace bpfmap::host {

NameTable::NameTable(const TableKind& kind, std::vector<Row> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.id < b.id; });
  take_distinct(kind, rows);
  if (kind.may_repeat) mark_repeated();
}

void NameTable::take_distinct(const TableKind& kind, const std::vector<Row>& rows) {
  std::unordered_set<std::string_view> names;
  for (const Row& row : rows) {
    if (entries_.size() == kMaxRows) break;
    const bool is_repeated = !entries_.empty() && entries_.back().id == row.id;
    if (is_repeated || row.name.empty() || row.name.size() > kind.max_name) continue;
    if (!kind.may_repeat && !names.insert(row.name).second) continue;
    const bool ambiguous = row.name.find_first_not_of(kind.ambiguous_bytes) == std::string::npos;
    entries_.push_back({row.id, {row.name, ambiguous}});
  }
}

void NameTable::mark_repeated() {
  std::unordered_map<std::string_view, Entry*> first;
  for (Entry& entry : entries_) {
    const auto [at, is_new] = first.try_emplace(entry.name.text, &entry);
    if (is_new) continue;
    at->second->name.ambiguous = true;
    entry.name.ambiguous = true;
  }
}

const Name* NameTable::find(std::uint64_t id) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), id,
                       [](const Entry& entry, std::uint64_t key) { return entry.id < key; });
  return at != entries_.end() && at->id == id ? &at->name : nullptr;
}

SharedTable::SharedTable(TableKind kind, Source source, ChangeTest may_have_changed)
    : kind_(kind),
      source_(std::move(source)),
      may_have_changed_(std::move(may_have_changed)),
      names_(std::make_shared<const NameTable>()) {}

SharedTable::Current SharedTable::current(TimePoint since) {
  const MutexLock lock(mutex_);
  if (read_at_ && *read_at_ > since) return {names_, false};
  const bool must_read = !read_at_ || is_failing_;
  read_at_ = SteadyClock().now();
  const bool may_have_changed = !may_have_changed_ || may_have_changed_();
  if (!must_read && !may_have_changed) return {names_, false};
  read();
  return {names_, true};
}

void SharedTable::read() {
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
  if (rows) names_ = std::make_shared<const NameTable>(kind_, *std::move(rows));
}

CacheStatistics SharedTable::statistics() const {
  const MutexLock lock(mutex_);
  return {kind_.cache, names_->size(), lookups_.hits(), lookups_.misses()};
}

void TableView::refresh() {
  is_stale_ = false;
  SharedTable::Current current = table_.current(begun_);
  names_ = std::move(current.names);
  ++(current.was_read ? misses_ : hits_);
}

void TableView::count() { table_.count(std::exchange(hits_, 0), std::exchange(misses_, 0)); }

}  // namespace bpfmap::host
