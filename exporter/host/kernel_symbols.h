// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/host_paths.h"
#include "base/mutex.h"
#include "host/symbols/kallsyms.h"
#include "host/tables/cache_statistics.h"

namespace bpfmap::host {

// The symbols of the running kernel, of its modules and of BPF programs. Read when they are first
// asked for, and again when an address of the kernel has no name or lies in something that can be
// unloaded: at most once in kLeastPause, and less and less often as long as that finds nothing.
// Thread-safe; threads that ask during a reading wait for it.
class KernelSymbols {
 public:
  static constexpr Duration kLeastPause = std::chrono::seconds(10);
  static constexpr Duration kLongestPause = std::chrono::minutes(5);
  // For how long names of modules and BPF programs are believed.
  static constexpr Duration kModuleAge = std::chrono::minutes(1);
  // For how long addresses are believed: those of modules move when they are loaded anew, and what
  // a program reads at a wrong address does not show that it is one.
  static constexpr Duration kAddressAge = std::chrono::seconds(1);

  using Source = std::function<Result<KernelSymbolList>()>;

  explicit KernelSymbols(const HostPaths& paths = {});  // /proc/kallsyms
  KernelSymbols(Source source, const Clock& clock);

  // The address of a function or of data by its exact name, the first of that name. The error
  // says whether there is none, or whether the kernel hides its addresses; what was known once is
  // no answer then.
  Result<std::uint64_t> address_of(const std::string& name);

  // For KernelSymbolReader, which is what renderings use. Never null; empty where nothing
  // can be read.
  using Table = std::shared_ptr<const SymbolTable>;
  Table table();
  // What is newer than `known`, read anew where it is time for that; null where there is nothing
  // newer. `missing`: an address that `known` has no name for.
  Table newer_than(const Table& known, std::optional<std::uint64_t> missing);
  void count(std::uint64_t lookups) { lookups_.add(lookups, 0); }

  // Entries are symbols; a miss is a reading of the kernel's list.
  CacheStatistics statistics() const;
  std::size_t memory_bytes() const;

 private:
  Duration age() const BPFMAP_REQUIRES(mutex_) { return clock_.now() - loaded_at_; }
  void load() BPFMAP_REQUIRES(mutex_);

  const Source source_;
  const Clock& clock_;
  mutable Mutex mutex_;
  Table table_ BPFMAP_GUARDED_BY(mutex_);
  TimePoint loaded_at_ BPFMAP_GUARDED_BY(mutex_);
  Duration pause_ BPFMAP_GUARDED_BY(mutex_) = kLeastPause;
  // Why the table is not what it should be.
  std::optional<Error> problem_ BPFMAP_GUARDED_BY(mutex_);
  LookupCounts lookups_;
};

// What one rendering sees of the symbols: the same table from first to last, unless it has to be
// read anew. A value, for one thread at a time; does not outlive what it reads.
class KernelSymbolReader {
 public:
  explicit KernelSymbolReader(KernelSymbols& symbols) : symbols_(&symbols) {}

  // Valid until the next call.
  std::optional<Symbol> find(std::uint64_t address);

 private:
  KernelSymbols* symbols_;
  KernelSymbols::Table table_;
};

}  // namespace bpfmap::host
