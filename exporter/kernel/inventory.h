// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

// All BPF programs, maps and links of the system, whichever process made them.
namespace bpfmap::kernel {

// A program as the kernel describes it (struct bpf_prog_info). What this kernel is too old to
// tell is missing.
struct ProgramRecord {
  std::uint32_t id = 0;
  std::string type;  // "xdp", "tracing"; "type 99" for one that is not known
  std::string name;  // whole where its BTF has it, otherwise cut at 15 characters; may be empty
  std::string tag;   // its instructions' hash, hex
  std::uint64_t runs = 0;  // while statistics were on, see run_statistics.h
  std::uint64_t run_nanoseconds = 0;
  std::optional<std::uint64_t> recursion_misses;  // Linux 5.12
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::uint32_t> verified_instructions;  // Linux 5.16
  std::uint64_t load_time_ns = 0;                      // CLOCK_BOOTTIME
  std::vector<std::uint32_t> map_ids;
};

struct MapRecord {
  std::uint32_t id = 0;
  std::string type;  // "hash", "percpu_array"
  std::string name;  // cut at 15 characters; may be empty
  std::uint32_t key_bytes = 0;
  std::uint32_t value_bytes = 0;
  std::uint32_t max_entries = 0;
  std::optional<std::uint64_t> memory_bytes;  // estimated by kernels before 6.4
  std::optional<std::uint64_t> entries;       // where the kernel keeps count, see entry_counts.h
  std::optional<bool> frozen;                 // user space may not write it any more
};

// A link and what of its target can be had from the kernel in one call. Which of the fields are
// there depends on the type.
struct LinkRecord {
  std::uint32_t id = 0;
  std::string type;              // "xdp", "perf_event"
  std::uint32_t program_id = 0;  // 0 for links without one (struct_ops)
  std::string attach_type;       // "cgroup_inet_ingress"
  std::string target;  // of a tracepoint, iterator, probed function or file: its name ("+offset")
  std::optional<std::uint32_t> ifindex;  // in the network namespace of the interface
  std::optional<std::uint64_t> cgroup_id;
  std::optional<std::uint32_t> netns;   // inode number
  std::optional<std::uint32_t> map_id;  // of a struct_ops or sockmap link
};

enum class ObjectKind { kProgram, kMap, kLink };

// A process that holds a descriptor of a program, map or link.
struct OwnerRecord {
  ObjectKind kind = ObjectKind::kProgram;
  std::uint32_t id = 0;
  std::uint32_t pid = 0;  // in the PID namespace of this process
  std::string comm;       // any bytes
};

struct OwnerList {
  std::vector<OwnerRecord> owners;  // each process once for an object
  bool complete = true;  // false where processes could not be looked into, or there were too many
};

// One look at the system. The lists are read one after the other: an object may be in one and gone
// in the next. Each is whole or an error; ordered by id, and no id is there twice.
struct Inventory {
  Result<std::vector<ProgramRecord>> programs;
  Result<std::vector<MapRecord>> maps;
  Result<std::vector<LinkRecord>> links;
  Result<OwnerList> owners;
  double boot_time_seconds = 0;  // since 1970: when CLOCK_BOOTTIME was 0
};

// Where inventories come from; an interface so that tests can make some up. For one thread
// at a time.
class InventorySource {
 public:
  virtual ~InventorySource() = default;
  virtual Inventory read() = 0;
};

// Objects of one kind beyond this number make their list an error, so that memory is bounded.
inline constexpr std::size_t kMostObjectsOfAKind = 65536;

}  // namespace bpfmap::kernel
