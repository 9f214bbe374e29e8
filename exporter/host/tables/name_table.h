// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "host/tables/cache_statistics.h"

// Names that the host gives to numbers and that it can change at any time.
namespace bpfmap::host {

// A block device in a table, of which the ids are numbers.
constexpr std::uint64_t device_id(std::uint32_t major, std::uint32_t minor) {
  return std::uint64_t{major} << 32 | minor;
}

struct Row {
  std::uint64_t id = 0;
  std::string name;
};
// Reads a whole table; nothing where the system refuses.
using Source = std::function<std::optional<std::vector<Row>>()>;
// Whether a table may have changed since the last call: cheaper than to read it.
using ChangeTest = std::function<bool()>;

struct Name {
  std::string text;  // bytes as the host has them
  // Looks like what is written for something without a name, or is the name of several ids.
  bool ambiguous = false;
};

// What a table is about.
struct TableKind {
  const char* cache;            // see CacheStatistics
  const char* what;             // for the log
  std::size_t max_name;         // longer names are left out
  const char* ambiguous_bytes;  // a name of nothing but these is ambiguous
  // Several ids may have the same name, and are ambiguous then. Otherwise they never have: where
  // the system's answer (not atomic) says so, the higher id has none.
  bool may_repeat = false;
};

// One reading of a table. Immutable; any thread.
class NameTable {
 public:
  static constexpr std::size_t kMaxRows = 65536;  // what is behind has no name

  NameTable() = default;
  NameTable(const TableKind& kind, std::vector<Row> rows);

  // Null where the id has no name.
  const Name* find(std::uint64_t id) const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t id;
    Name name;
  };
  void take_distinct(const TableKind& kind, const std::vector<Row>& rows);
  void mark_repeated();

  std::vector<Entry> entries_;  // sorted by id
};

// A table that all renderings share and that is read when the first one asks that has begun
// since it was read last. A table that cannot be read keeps what it held, and the log says
// so once. Thread-safe.
class SharedTable {
 public:
  SharedTable(TableKind kind, Source source, ChangeTest may_have_changed = nullptr);

  struct Current {
    std::shared_ptr<const NameTable> names;
    bool was_read = false;  // by this call
  };
  // As the system had it at `since` or later.
  Current current(TimePoint since) BPFMAP_EXCLUDES(mutex_);

  void count(std::uint64_t hits, std::uint64_t misses) { lookups_.add(hits, misses); }
  CacheStatistics statistics() const BPFMAP_EXCLUDES(mutex_);

 private:
  void read() BPFMAP_REQUIRES(mutex_);

  const TableKind kind_;
  const Source source_;
  const ChangeTest may_have_changed_;  // null: always
  LookupCounts lookups_;
  mutable Mutex mutex_;
  std::shared_ptr<const NameTable> names_ BPFMAP_GUARDED_BY(mutex_);
  std::optional<TimePoint> read_at_ BPFMAP_GUARDED_BY(mutex_);
  bool is_failing_ BPFMAP_GUARDED_BY(mutex_) = false;
};

// How one rendering sees a shared table: the same from its first lookup to its end, and however
// many ids have no name, it is read once. One thread at a time.
class TableView {
 public:
  explicit TableView(SharedTable& table) : table_(table) {}

  // Reads nothing; what is found from now on was true at `now` or later.
  void begin(TimePoint now) {
    begun_ = now;
    is_stale_ = true;
  }
  // Null where there is no such thing (any more). Valid until begin().
  const Name* find(std::uint64_t id) {
    if (is_stale_) {
      refresh();
    } else {
      ++hits_;
    }
    return names_->find(id);
  }
  // Adds up what was counted since the last call.
  void count();

 private:
  void refresh();

  SharedTable& table_;
  std::shared_ptr<const NameTable> names_;
  TimePoint begun_{};
  bool is_stale_ = true;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

}  // namespace bpfmap::host
