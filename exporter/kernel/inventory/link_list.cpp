// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/link_list.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "kernel/types/bpf_type_names.h"

namespace bpfmap::kernel {
namespace {

// Of enum bpf_link_type, also those that are newer than the headers of Debian 12.
enum LinkType : std::uint32_t {
  kRawTracepoint = 1,
  kTracing = 2,
  kCgroup = 3,
  kIterator = 4,
  kNetworkNamespace = 5,
  kXdp = 6,
  kPerfEvent = 7,
  kStructOps = 9,
  kTcx = 11,
  kUprobeMulti = 12,
  kNetkit = 13,
  kSockmap = 14,
};

enum PerfEventType : std::uint32_t { kUprobe = 1, kUretprobe, kKprobe, kKretprobe, kTracepoint };

// struct bpf_link_info as of Linux 6.18, which only ever grows; of its union what is read here.
struct LinkInfo {
  struct NameBuffer {
    std::uint64_t address;
    std::uint32_t size;
    std::uint32_t number;  // a probe's offset into the function or file
  };
  struct PerfEvent {
    std::uint32_t type;
    std::uint32_t padding;
    NameBuffer named;  // kprobe, uprobe, tracepoint
  };
  struct UprobeMulti {
    std::uint64_t path;
    std::uint64_t offsets;
    std::uint64_t ref_ctr_offsets;
    std::uint64_t cookies;
    std::uint32_t path_size;
    std::uint32_t count;
  };
  struct Cgroup {
    std::uint64_t id;
    std::uint32_t attach_type;
  };
  // netns, xdp, tcx, netkit, struct_ops, sockmap: the inode, interface or map, and how.
  struct Place {
    std::uint32_t number;
    std::uint32_t attach_type;
  };
  std::uint32_t type;
  std::uint32_t id;
  std::uint32_t program_id;
  std::uint32_t padding;
  union {
    NameBuffer named;  // raw_tracepoint, iter
    PerfEvent perf_event;
    UprobeMulti uprobe_multi;
    Cgroup cgroup;
    Place place;
    std::uint32_t tracing_attach_type;
    std::array<std::uint8_t, 64> room;
  };
};
static_assert(offsetof(LinkInfo, cgroup) == offsetof(bpf_link_info, cgroup));
static_assert(offsetof(LinkInfo, place.attach_type) == offsetof(bpf_link_info, netns.attach_type));
static_assert(offsetof(LinkInfo, named.size) ==
              offsetof(bpf_link_info, raw_tracepoint.tp_name_len));

int read_info(int fd, LinkInfo& info) {
  std::uint32_t size = sizeof(info);
  return bpf_obj_get_info_by_fd(fd, &info, &size);
}

// Names come in a second call, with a buffer whose place depends on the type. Without them where
// the kernel has none, is too old to tell, or they are longer than any path.
struct Named {
  LinkInfo info{};
  std::string name;
};
Named read_named(int fd, std::uint32_t link_type) {
  std::array<char, 4096> buffer{};
  Named answer;
  LinkInfo::NameBuffer& named =
      link_type == kPerfEvent ? answer.info.perf_event.named : answer.info.named;
  named.address = reinterpret_cast<std::uintptr_t>(buffer.data());
  named.size = buffer.size();
  if (read_info(fd, answer.info) != 0) return {};
  answer.name.assign(buffer.data(), ::strnlen(buffer.data(), buffer.size()));
  return answer;
}

std::string with_offset(const std::string& name, std::uint32_t offset) {
  return offset == 0 || name.empty() ? name : name + "+" + std::to_string(offset);
}

std::string perf_event_target(int fd) {
  const Named answer = read_named(fd, kPerfEvent);
  switch (answer.info.perf_event.type) {
    case kUprobe:
    case kUretprobe:
    case kKprobe:
    case kKretprobe: return with_offset(answer.name, answer.info.perf_event.named.number);
    case kTracepoint: return answer.name;
    default: return {};  // an event without a name: numbers of perf_event_open(2)
  }
}

// The file, and which function of it or how many: Linux 6.8.
std::string uprobe_multi_target(int fd, std::uint32_t count) {
  std::array<char, 4096> path{};
  std::uint64_t offset = 0;
  LinkInfo info{};
  info.uprobe_multi.path = reinterpret_cast<std::uintptr_t>(path.data());
  info.uprobe_multi.path_size = path.size();
  if (count == 1) {
    info.uprobe_multi.offsets = reinterpret_cast<std::uintptr_t>(&offset);
    info.uprobe_multi.count = 1;
  }
  if (read_info(fd, info) != 0) return {};
  const std::string name(path.data(), ::strnlen(path.data(), path.size()));
  if (count == 1 || name.empty()) return with_offset(name, static_cast<std::uint32_t>(offset));
  return name + " (" + std::to_string(count) + " functions)";
}

void set_interface(const LinkInfo& info, LinkRecord& record) {
  // 0 once the interface is gone: the link is left, attached to nothing.
  if (info.place.number != 0) record.ifindex = info.place.number;
}

void add_target(int fd, const LinkInfo& info, LinkRecord& record) {
  switch (info.type) {
    case kRawTracepoint:
    case kIterator: record.target = read_named(fd, info.type).name; break;
    case kPerfEvent: record.target = perf_event_target(fd); break;
    case kUprobeMulti: record.target = uprobe_multi_target(fd, info.uprobe_multi.count); break;
    case kTracing: record.attach_type = attach_type_name(info.tracing_attach_type); break;
    case kCgroup:
      if (info.cgroup.id != 0) record.cgroup_id = info.cgroup.id;
      record.attach_type = attach_type_name(info.cgroup.attach_type);
      break;
    case kNetworkNamespace:
      if (info.place.number != 0) record.netns = info.place.number;
      record.attach_type = attach_type_name(info.place.attach_type);
      break;
    case kXdp: set_interface(info, record); break;
    case kTcx:
    case kNetkit:
      set_interface(info, record);
      record.attach_type = attach_type_name(info.place.attach_type);
      break;
    case kSockmap: record.attach_type = attach_type_name(info.place.attach_type); [[fallthrough]];
    case kStructOps:
      if (info.place.number != 0) record.map_id = info.place.number;
      break;
    default: break;
  }
}

int describe(int fd, std::vector<LinkRecord>& records) {
  LinkInfo info{};
  if (const int failed = read_info(fd, info); failed != 0) return failed;
  LinkRecord record;
  record.id = info.id;
  record.type = link_type_name(info.type);
  record.program_id = info.program_id;
  add_target(fd, info, record);
  records.push_back(std::move(record));
  return 0;
}

}  // namespace

Result<std::vector<LinkRecord>> list_links(const ObjectCalls& calls) {
  std::vector<LinkRecord> records;
  const auto listed =
      walk_objects(calls, [&](std::uint32_t, int fd) { return describe(fd, records); });
  if (!listed) return unexpected(listed.error());
  return records;
}

bool is_attached_to_nothing(int link_fd) {
  LinkInfo info{};
  if (read_info(link_fd, info) != 0) return false;
  switch (info.type) {
    case kCgroup: return info.cgroup.id == 0;
    case kXdp:
    case kTcx:
    case kNetkit:
    case kNetworkNamespace:
    case kSockmap: return info.place.number == 0;
    default: return false;
  }
}

bool takes_other_programs(int link_fd) {
  LinkInfo info{};
  if (read_info(link_fd, info) != 0) return false;
  return info.type == kXdp || info.type == kTcx || info.type == kCgroup ||
         info.type == kNetworkNamespace;
}

}  // namespace bpfmap::kernel
