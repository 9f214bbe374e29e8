// SPDX-License-Identifier: Apache-2.0
#include "host/kernel_symbols.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace bpfmap::host {
namespace {

Error hidden_addresses() {
  return Error{.kind = ErrorKind::kSystem,
               .operation = "read the kernel's symbols in",
               .subject = "/proc/kallsyms",
               .detail = "all addresses are hidden",
               .hint =
                   "grant CAP_SYSLOG (AmbientCapabilities= in a systemd unit, "
                   "securityContext.capabilities.add in a pod), and set the sysctl "
                   "kernel.kptr_restrict to 0 or 1 where it is 2"};
}

// Why a list is no good; nothing where it is.
std::optional<Error> problem_of(const Result<KernelSymbolList>& list) {
  if (!list) return list.error();
  if (list->is_hidden) return hidden_addresses();
  return std::nullopt;
}

// Addresses of the kernel on all machines with a split address space. Others are those of
// processes, and no reading of the kernel's symbols gives them a name.
bool is_of_kernel(std::uint64_t address) { return address >> 63 != 0; }

}  // namespace

KernelSymbols::KernelSymbols(const HostPaths& paths)
    : KernelSymbols(
          [symbols = paths.in_procfs(kKallsymsPath), modules = paths.in_procfs(kModulesPath)] {
            return read_kallsyms(symbols, modules);
          },
          steady_clock()) {}

KernelSymbols::KernelSymbols(Source source, const Clock& clock)
    : source_(std::move(source)), clock_(clock) {}

KernelSymbols::Table KernelSymbols::table() {
  const MutexLock lock(mutex_);
  if (table_ == nullptr) load();
  return table_;
}

KernelSymbols::Table KernelSymbols::newer_than(const Table& known,
                                               std::optional<std::uint64_t> missing) {
  const MutexLock lock(mutex_);
  if (table_ != known) return table_;
  if (age() < (missing ? pause_ : kModuleAge)) return nullptr;
  load();
  if (missing) {
    const bool was_worth_it = table_->find(*missing).has_value();
    pause_ = was_worth_it ? kLeastPause : std::min(pause_ * 2, kLongestPause);
  }
  return table_;
}

void KernelSymbols::load() {
  Result<KernelSymbolList> list = source_();
  loaded_at_ = clock_.now();
  lookups_.add(0, 1);
  const bool had_problem = problem_.has_value();
  problem_ = problem_of(list);
  if (problem_ && !had_problem) {
    log::warning("symbols of the kernel are not known; labels read [unknown]",
                 {{"reason", problem_->message()}});
  } else if (had_problem && !problem_) {
    log::info("symbols of the kernel are known now");
  }
  // The last table that was good is better than none.
  if (problem_ && table_ != nullptr) return;
  table_ = std::make_shared<const SymbolTable>(list ? std::move(list->table) : SymbolTable());
}

Result<std::uint64_t> KernelSymbols::address_of(const std::string& name) {
  const MutexLock lock(mutex_);
  if (table_ == nullptr || age() >= kAddressAge) load();
  if (problem_) return unexpected(*problem_);
  if (const auto address = table_->address_of(name)) return *address;
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = "find",
                          .subject = "the kernel symbol '" + name + "'",
                          .detail = "there is none of that name in /proc/kallsyms",
                          .hint =
                              "names are exact; data has one only where the kernel was built with "
                              "CONFIG_KALLSYMS_ALL"});
}

CacheStatistics KernelSymbols::statistics() const {
  const MutexLock lock(mutex_);
  return {"kernel_symbols", table_ == nullptr ? 0 : table_->size(), lookups_.hits(),
          lookups_.misses()};
}

std::size_t KernelSymbols::memory_bytes() const {
  const MutexLock lock(mutex_);
  return table_ == nullptr ? 0 : table_->memory_bytes();
}

std::optional<Symbol> KernelSymbolReader::find(std::uint64_t address) {
  if (table_ == nullptr) table_ = symbols_->table();
  std::optional<Symbol> symbol = table_->find(address);
  const bool may_be_gone = symbol && !symbol->module.empty();
  if (may_be_gone || (!symbol && is_of_kernel(address))) {
    const auto missing = symbol ? std::nullopt : std::optional(address);
    if (auto newer = symbols_->newer_than(table_, missing)) {
      table_ = std::move(newer);
      symbol = table_->find(address);
    }
  }
  symbols_->count(1);
  return symbol;
}

}  // namespace bpfmap::host
