// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_types.h"

#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace bpfmap::kernel {
namespace {

struct TypeFacts {
  std::string_view name;
  Access access;
  std::string_view why_not;  // empty where a MapReader walks it
};

constexpr std::string_view kEventsReason = "it carries events, not counts";
constexpr std::string_view kInnerMapsReason = "it holds other maps, not counts";
constexpr std::string_view kTargetsReason = "it holds targets for redirection, not counts";
constexpr std::string_view kConsumerReason =
    "reading an entry would take it away from its consumer";

// By number. The numbers are the kernel's promise to user space, so that types which the headers of
// the build do not name yet can stand here.
constexpr std::array<TypeFacts, 35> kTypes = {{
    {"unspec", Access::kNone, "it has no type"},
    {"hash", Access::kRows, {}},
    {"array", Access::kRows, {}},
    {"prog_array", Access::kNone, "it holds programs for tail calls, not counts"},
    {"perf_event_array", Access::kEvents, kEventsReason},
    {"percpu_hash", Access::kRows, {}},
    {"percpu_array", Access::kRows, {}},
    {"stack_trace", Access::kNone,
     "it holds stack traces, which become labels where the key of another map has their id"},
    {"cgroup_array", Access::kNone, "it holds cgroups, not counts"},
    {"lru_hash", Access::kRows, {}},
    {"lru_percpu_hash", Access::kRows, {}},
    {"lpm_trie", Access::kRows, {}},
    {"array_of_maps", Access::kInnerMaps, kInnerMapsReason},
    {"hash_of_maps", Access::kInnerMaps, kInnerMapsReason},
    {"devmap", Access::kNone, kTargetsReason},
    {"sockmap", Access::kNone, kTargetsReason},
    {"cpumap", Access::kNone, kTargetsReason},
    {"xskmap", Access::kNone, kTargetsReason},
    {"sockhash", Access::kNone, kTargetsReason},
    {"cgroup_storage", Access::kRows, {}},
    {"reuseport_sockarray", Access::kNone, kTargetsReason},
    {"percpu_cgroup_storage", Access::kRows, {}},
    {"queue", Access::kNone, kConsumerReason},
    {"stack", Access::kNone, kConsumerReason},
    {"sk_storage", Access::kStorage, {}},
    {"devmap_hash", Access::kNone, kTargetsReason},
    {"struct_ops", Access::kNone, "it holds the functions of a part of the kernel, not counts"},
    {"ringbuf", Access::kEvents, kEventsReason},
    {"inode_storage", Access::kNone,
     "its values hang on inodes, and the kernel has no iterator over inodes"},
    {"task_storage", Access::kStorage, {}},
    {"bloom_filter", Access::kNone, "a bloom filter cannot list what is in it"},
    {"user_ringbuf", Access::kNone,
     "user space writes it and the program reads it: reading it would take messages away"},
    {"cgrp_storage", Access::kStorage, {}},
    {"arena", Access::kNone,
     "it is memory without entries, of which only the program knows what lies where"},
    {"insn_array", Access::kNone, "it holds addresses of instructions, not counts"},
}};

struct FlagName {
  std::uint32_t bit;
  std::string_view name;
};

// By number, as above: the flags of BPF_MAP_CREATE, up to Linux 6.19.
constexpr std::array<FlagName, 19> kFlags = {{
    {1U << 0, "BPF_F_NO_PREALLOC"},   {1U << 1, "BPF_F_NO_COMMON_LRU"},
    {1U << 2, "BPF_F_NUMA_NODE"},     {1U << 3, "BPF_F_RDONLY"},
    {1U << 4, "BPF_F_WRONLY"},        {1U << 5, "BPF_F_STACK_BUILD_ID"},
    {1U << 6, "BPF_F_ZERO_SEED"},     {1U << 7, "BPF_F_RDONLY_PROG"},
    {1U << 8, "BPF_F_WRONLY_PROG"},   {1U << 9, "BPF_F_CLONE"},
    {1U << 10, "BPF_F_MMAPABLE"},     {1U << 11, "BPF_F_PRESERVE_ELEMS"},
    {1U << 12, "BPF_F_INNER_MAP"},    {1U << 13, "BPF_F_LINK"},
    {1U << 14, "BPF_F_PATH_FD"},      {1U << 15, "BPF_F_VTYPE_BTF_OBJ_FD"},
    {1U << 16, "BPF_F_TOKEN_FD"},     {1U << 17, "BPF_F_SEGV_ON_FAULT"},
    {1U << 18, "BPF_F_NO_USER_CONV"},
}};

std::string in_hexadecimal(std::uint32_t number) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

const TypeFacts* find_type(std::uint32_t map_type) {
  return map_type < kTypes.size() ? &kTypes.at(map_type) : nullptr;
}

}  // namespace

std::string map_type_name(std::uint32_t map_type) {
  const TypeFacts* facts = find_type(map_type);
  return facts != nullptr ? std::string(facts->name) : "type " + std::to_string(map_type);
}

std::string with_article(std::string_view name) {
  // As they are spoken: "an LRU hash", but "a user ring buffer".
  constexpr std::array<std::string_view, 9> kVowels = {"a",   "e",   "i",   "o",  "un",
                                                       "lpm", "lru", "xsk", "sk_"};
  const bool vowel = std::any_of(kVowels.begin(), kVowels.end(),
                                 [&](std::string_view start) { return name.starts_with(start); });
  return (vowel ? "an " : "a ") + std::string(name);
}

Access access_of(std::uint32_t map_type) {
  const TypeFacts* facts = find_type(map_type);
  return facts != nullptr ? facts->access : Access::kNone;
}

bool is_per_cpu(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_PERCPU_HASH || map_type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH || map_type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

bool is_array(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_ARRAY || map_type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

bool is_lru(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_LRU_HASH || map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool is_hash(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_HASH || map_type == BPF_MAP_TYPE_PERCPU_HASH || is_lru(map_type);
}

bool is_cgroup_storage(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_CGROUP_STORAGE || map_type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

bool is_event_stream(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_RINGBUF || is_perf_event_array(map_type);
}

bool is_perf_event_array(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

bool is_map_of_maps(std::uint32_t map_type) {
  return map_type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map_type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

bool is_lpm_trie(std::uint32_t map_type) { return map_type == BPF_MAP_TYPE_LPM_TRIE; }

bool has_deletable_entries(std::uint32_t map_type) {
  return is_hash(map_type) || is_lpm_trie(map_type);
}

static_assert(kArrayType == BPF_MAP_TYPE_ARRAY);

bool may_grow(const MapShape& shape) { return (shape.flags & BPF_F_INNER_MAP) != 0; }

bool is_mmapable(const MapShape& shape) {
  return shape.type == BPF_MAP_TYPE_ARRAY && (shape.flags & BPF_F_MMAPABLE) != 0;
}

std::string map_flag_names(std::uint32_t flags) {
  if (flags == 0) return "none";
  std::string text;
  for (const FlagName& flag : kFlags) {
    if ((flags & flag.bit) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(flag.name);
    flags &= ~flag.bit;
  }
  if (flags != 0) text += (text.empty() ? "" : ", ") + in_hexadecimal(flags);
  return text;
}

std::string why_not_walkable(std::uint32_t map_type) {
  const TypeFacts* facts = find_type(map_type);
  if (facts != nullptr) return std::string(facts->why_not);
  return "this version of the exporter does not know maps of this type";
}

}  // namespace bpfmap::kernel
