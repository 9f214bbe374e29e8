// SPDX-License-Identifier: Apache-2.0
#include "host/user_symbols.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace bpfmap::host {
namespace {

constexpr std::string_view kVdso = "[vdso]";

// Never waits, whatever kind of file is there; only what the process has mapped.
UniqueFd open_mapped(const std::string& path, std::uint64_t inode) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  const bool is_it =
      fd && ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_ino == inode;
  return is_it ? std::move(fd) : UniqueFd();
}

// The mapping itself as a file, which is right whatever became of its name, where this
// process may (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE); its path as the process sees it;
// what it was started from.
UniqueFd open_mapping(const std::string& process, const Mapping& mapping) {
  char range[40];
  std::snprintf(range, sizeof(range), "%llx-%llx", static_cast<unsigned long long>(mapping.begin),
                static_cast<unsigned long long>(mapping.end));
  for (const std::string& path :
       {process + "/map_files/" + range, process + "/root" + mapping.path, process + "/exe"}) {
    if (UniqueFd fd = open_mapped(path, mapping.inode)) return fd;
  }
  return UniqueFd();
}

std::optional<std::size_t> mapping_of(const std::vector<Mapping>& mappings, std::uint64_t address) {
  const auto behind =
      std::upper_bound(mappings.begin(), mappings.end(), address,
                       [](std::uint64_t wanted, const Mapping& one) { return wanted < one.begin; });
  if (behind == mappings.begin() || address >= std::prev(behind)->end) return std::nullopt;
  return static_cast<std::size_t>(std::prev(behind) - mappings.begin());
}

// The entry that was used longest ago.
template <typename Map>
auto oldest(Map& map) {
  return std::min_element(map.begin(), map.end(), [](const auto& a, const auto& b) {
    return a.second.used_at < b.second.used_at;
  });
}

}  // namespace

UserSymbols::UserSymbols(std::string procfs) : UserSymbols(steady_clock(), std::move(procfs)) {}
UserSymbols::UserSymbols(const Clock& clock, std::string procfs)
    : clock_(clock), procfs_(std::move(procfs)) {}
UserSymbols::~UserSymbols() = default;

bool UserSymbols::find(std::uint32_t pid, std::uint64_t address, UserSymbol& found) {
  const MutexLock lock(mutex_);
  Process& in = process(pid);
  auto at = mapping_of(in.mappings, address);
  // A library may have been loaded since.
  if (!at && clock_.now() - in.read_at >= kCheckAge && read(pid, in)) {
    at = mapping_of(in.mappings, address);
  }
  if (!at) return false;
  const Mapping& mapping = in.mappings[*at];
  found.binary = base_name(mapping.path);
  found.binary_offset = address - mapping.begin + mapping.offset;
  found.holder = symbols_of(pid, in, *at);
  const auto symbol =
      found.holder == nullptr ? std::nullopt : found.holder->find(found.binary_offset);
  found.name = symbol ? symbol->name : std::string_view();
  found.offset = symbol ? symbol->offset : 0;
  return symbol || !found.binary.empty();
}

UserSymbols::Process& UserSymbols::process(std::uint32_t pid) {
  const TimePoint now = clock_.now();
  auto found = processes_.find(pid);
  if (found == processes_.end()) {
    make_room_for_process();
    found = processes_.emplace(pid, Process()).first;
    read(pid, found->second);
  } else {
    process_lookups_.add(1, 0);
    if (now - found->second.checked_at >= kCheckAge) check(pid, found->second);
  }
  found->second.used_at = now;
  return found->second;
}

void UserSymbols::check(std::uint32_t pid, Process& process) {
  const TimePoint now = clock_.now();
  process.checked_at = now;
  const auto start_time = read_start_time(folder_of(pid));
  if (!start_time) return;  // it ended: what is known of it is what there will ever be
  if (start_time != process.start_time || now - process.read_at >= kMapsAge) read(pid, process);
}

bool UserSymbols::read(std::uint32_t pid, Process& process) {
  process_lookups_.add(0, 1);
  process.checked_at = process.read_at = clock_.now();
  const auto start_time = read_start_time(folder_of(pid));
  auto mappings = start_time ? read_maps(folder_of(pid)) : std::nullopt;
  if (!mappings) return false;
  process.start_time = start_time;
  process.mappings = *std::move(mappings);
  process.files.assign(process.mappings.size(), {});
  return true;
}

std::shared_ptr<const ElfSymbols> UserSymbols::symbols_of(std::uint32_t pid, Process& process,
                                                          std::size_t at) {
  MappedFile& file = process.files[at];
  std::shared_ptr<const ElfSymbols> symbols = file.symbols.lock();
  if (symbols == nullptr && !file.was_tried) {
    symbols = load(pid, process.mappings[at]);
    file.symbols = symbols;
    file.was_tried = symbols == nullptr;
  } else {
    binary_lookups_.add(1, 0);
  }
  return symbols;
}

std::shared_ptr<const ElfSymbols> UserSymbols::load(std::uint32_t pid, const Mapping& mapping) {
  if (mapping.path == kVdso) return vdso(mapping);
  if (mapping.inode == 0) return nullptr;
  const UniqueFd fd = open_mapping(folder_of(pid), mapping);
  return fd ? load_file(fd) : nullptr;
}

std::shared_ptr<const ElfSymbols> UserSymbols::load_file(const UniqueFd& fd) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return nullptr;
  const FileId id{status.st_dev, status.st_ino, status.st_size,
                  status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
  auto found = binaries_.find(id);
  if (found == binaries_.end()) {
    binary_lookups_.add(0, 1);
    make_room_for_binary();
    Binary binary;
    if (auto symbols = ElfSymbols::read(fd.get())) {
      binary.symbols = std::make_shared<const ElfSymbols>(*std::move(symbols));
      binary_bytes_ += binary.symbols->memory_bytes();
    }
    found = binaries_.emplace(id, std::move(binary)).first;
  }
  found->second.used_at = clock_.now();
  return found->second.symbols;
}

// The kernel maps the same code into all processes of one kind: that of this process can be read.
std::shared_ptr<const ElfSymbols> UserSymbols::vdso(const Mapping& mapping) {
  if (vdso_) return *vdso_;
  vdso_.emplace();
  const auto ours = read_maps("/proc/self");
  for (const Mapping& one : ours.value_or(std::vector<Mapping>())) {
    if (one.path != kVdso || one.end - one.begin != mapping.end - mapping.begin) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address is all that the kernel tells
    char* image = reinterpret_cast<char*>(one.begin);
    if (auto symbols = ElfSymbols::read(std::span(image, one.end - one.begin))) {
      vdso_ = std::make_shared<const ElfSymbols>(*std::move(symbols));
    }
  }
  return *vdso_;
}

void UserSymbols::make_room_for_process() {
  if (processes_.size() >= kMaxProcesses) processes_.erase(oldest(processes_));
}

void UserSymbols::make_room_for_binary() {
  while (!binaries_.empty() &&
         (binaries_.size() >= kMaxBinaries || binary_bytes_ > kMaxBinaryBytes)) {
    const auto gone = oldest(binaries_);
    if (gone->second.symbols != nullptr) binary_bytes_ -= gone->second.symbols->memory_bytes();
    binaries_.erase(gone);
  }
}

std::vector<CacheStatistics> UserSymbols::statistics() const {
  const MutexLock lock(mutex_);
  return {{"processes", processes_.size(), process_lookups_.hits(), process_lookups_.misses()},
          {"binaries", binaries_.size(), binary_lookups_.hits(), binary_lookups_.misses()}};
}

}  // namespace bpfmap::host
