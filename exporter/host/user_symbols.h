// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "host/symbols/elf_symbols.h"
#include "host/symbols/process_maps.h"
#include "host/tables/cache_statistics.h"

namespace bpfmap::host {

// What is known of an address in a process. Made once and filled many times.
struct UserSymbol {
  std::string_view name;            // of the function; empty where only the binary is known
  std::uint64_t offset = 0;         // into the function
  std::string binary;               // the name of the file, without its folder
  std::uint64_t binary_offset = 0;  // of the address in that file
  std::shared_ptr<const ElfSymbols> holder;  // of `name`
};

// The functions of processes, by pid and address, from the symbol tables of the files that
// they have mapped, as they see them: in their own mount namespace, and also when the
// files were deleted.
//
// A process is looked at when an address in it is first looked up, and kept after it ended until
// its place is needed. Its pid is compared with the time of its start every kCheckAge; its mappings
// are read again every kMapsAge, and when an address lies in none. Needs CAP_SYS_PTRACE for
// processes of others. All is bounded. Thread-safe; threads that look something up wait
// for each other.
class UserSymbols {
 public:
  static constexpr Duration kCheckAge = std::chrono::seconds(1);
  static constexpr Duration kMapsAge = std::chrono::seconds(10);
  static constexpr std::size_t kMaxProcesses = 4096;
  static constexpr std::size_t kMaxBinaries = 1024;
  static constexpr std::size_t kMaxBinaryBytes = std::size_t{256} << 20;

  explicit UserSymbols(std::string procfs = "/proc");
  explicit UserSymbols(const Clock& clock, std::string procfs = "/proc");
  ~UserSymbols();

  // False where the process or the address is not known.
  bool find(std::uint32_t pid, std::uint64_t address, UserSymbol& found);

  // Of the processes and of the binaries.
  std::vector<CacheStatistics> statistics() const;

 private:
  // Whether a file is still the one that was read.
  using FileId = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;
  struct Binary {
    std::shared_ptr<const ElfSymbols> symbols;  // null for what is no ELF file
    TimePoint used_at;
  };
  struct MappedFile {
    std::weak_ptr<const ElfSymbols> symbols;
    bool was_tried = false;
  };
  struct Process {
    std::optional<std::uint64_t> start_time;
    std::vector<Mapping> mappings;
    std::vector<MappedFile> files;  // of the mappings
    TimePoint checked_at;
    TimePoint read_at;
    TimePoint used_at;
  };

  Process& process(std::uint32_t pid) BPFMAP_REQUIRES(mutex_);
  void check(std::uint32_t pid, Process& process) BPFMAP_REQUIRES(mutex_);
  bool read(std::uint32_t pid, Process& process) BPFMAP_REQUIRES(mutex_);
  std::shared_ptr<const ElfSymbols> symbols_of(std::uint32_t pid, Process& process, std::size_t at)
      BPFMAP_REQUIRES(mutex_);
  std::shared_ptr<const ElfSymbols> load(std::uint32_t pid, const Mapping& mapping)
      BPFMAP_REQUIRES(mutex_);
  std::shared_ptr<const ElfSymbols> load_file(const UniqueFd& fd) BPFMAP_REQUIRES(mutex_);
  std::shared_ptr<const ElfSymbols> vdso(const Mapping& mapping) BPFMAP_REQUIRES(mutex_);
  void make_room_for_process() BPFMAP_REQUIRES(mutex_);
  void make_room_for_binary() BPFMAP_REQUIRES(mutex_);

  std::string folder_of(std::uint32_t pid) const { return procfs_ + "/" + std::to_string(pid); }

  const Clock& clock_;
  const std::string procfs_;
  mutable Mutex mutex_;
  std::unordered_map<std::uint32_t, Process> processes_ BPFMAP_GUARDED_BY(mutex_);
  std::map<FileId, Binary> binaries_ BPFMAP_GUARDED_BY(mutex_);
  std::size_t binary_bytes_ BPFMAP_GUARDED_BY(mutex_) = 0;
  std::optional<std::shared_ptr<const ElfSymbols>> vdso_ BPFMAP_GUARDED_BY(mutex_);
  LookupCounts process_lookups_;
  LookupCounts binary_lookups_;
};

}  // namespace bpfmap::host
