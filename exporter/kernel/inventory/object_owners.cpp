// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/object_owners.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/small_file.h"
#include "kernel/libbpf/fd_info.h"

namespace bpfmap::kernel {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

std::optional<std::uint32_t> number_of(std::string_view name) {
  std::uint32_t number = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (failed != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

// "anon_inode:bpf-prog", "anon_inode:bpf-map", "anon_inode:bpf_link" (libbpf and bpftool rely on
// these as well), which costs less to find out than a look into fdinfo.
bool may_be_bpf(DIR* directory, const char* name) {
  std::array<char, 32> target{};
  const ssize_t length = ::readlinkat(::dirfd(directory), name, target.data(), target.size());
  if (length <= 0) return false;
  return std::string_view(target.data(), static_cast<std::size_t>(length))
      .starts_with("anon_inode:bpf");
}

struct BpfObject {
  ObjectKind kind;
  std::uint32_t id;
  bool operator==(const BpfObject&) const = default;
  bool operator<(const BpfObject& other) const {
    return std::tie(kind, id) < std::tie(other.kind, other.id);
  }
};

// A link's lines name its program as well; so the link comes first.
std::optional<BpfObject> object_of(const std::string& fd_info) {
  constexpr std::array<std::pair<const char*, ObjectKind>, 3> kFields{
      {{"link_id", ObjectKind::kLink},
       {"map_id", ObjectKind::kMap},
       {"prog_id", ObjectKind::kProgram}}};
  for (const auto& [field, kind] : kFields) {
    if (const auto id = fd_info_number(fd_info, field)) {
      return BpfObject{kind, static_cast<std::uint32_t>(*id)};
    }
  }
  return std::nullopt;
}

class Scan {
 public:
  Scan(std::string proc, const OwnerLimits& limits) : proc_(std::move(proc)), limits_(limits) {}

  Result<OwnerList> run() {
    const Directory processes(::opendir(proc_.c_str()));
    if (!processes) {
      return unexpected(Error{.kind = ErrorKind::kSystem,
                              .operation = "list",
                              .subject = "processes",
                              .code = errno,
                              .detail = proc_});
    }
    // Safe as long as no other thread reads the same stream.
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    while (const dirent* entry = ::readdir(processes.get())) {
      if (const auto pid = number_of(entry->d_name)) look_into(*pid);
      if (is_full()) break;
    }
    return std::move(list_);
  }

 private:
  bool is_full() {
    const bool full = descriptors_ >= limits_.descriptors || list_.owners.size() >= limits_.owners;
    if (full) list_.complete = false;
    return full;
  }

  void look_into(std::uint32_t pid) {
    const std::string process = proc_ + "/" + std::to_string(pid);
    const Directory descriptors(::opendir((process + "/fd").c_str()));
    if (!descriptors) {
      // A process that has ended in the meantime is none that was left out.
      if (errno != ENOENT && errno != ESRCH) list_.complete = false;
      return;
    }
    std::set<BpfObject> objects;
    std::size_t seen = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    while (const dirent* entry = ::readdir(descriptors.get())) {
      if (!number_of(entry->d_name)) continue;
      if (++seen > limits_.descriptors_of_a_process || ++descriptors_ > limits_.descriptors) {
        list_.complete = false;
        break;
      }
      if (!may_be_bpf(descriptors.get(), entry->d_name)) continue;
      const auto object =
          object_of(read_small_file(process + "/fdinfo/" + entry->d_name).value_or(""));
      if (object) objects.insert(*object);
    }
    if (!objects.empty()) add(pid, read_comm(process), objects);
  }

  static std::string read_comm(const std::string& process) {
    std::string comm = read_small_file(process + "/comm").value_or("");
    if (comm.ends_with('\n')) comm.pop_back();
    return comm;
  }

  void add(std::uint32_t pid, const std::string& comm, const std::set<BpfObject>& objects) {
    for (const BpfObject& object : objects) {
      if (list_.owners.size() >= limits_.owners) return;
      list_.owners.push_back({object.kind, object.id, pid, comm});
    }
  }

  std::string proc_;
  OwnerLimits limits_;
  std::size_t descriptors_ = 0;
  OwnerList list_;
};

}  // namespace

Result<OwnerList> find_owners(const std::string& proc, const OwnerLimits& limits) {
  return Scan(proc, limits).run();
}

}  // namespace bpfmap::kernel
