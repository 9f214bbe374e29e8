// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_sizes.h"

#include <linux/bpf.h>
#include <unistd.h>

#include <bit>
#include <cstdint>
#include <limits>

#include "kernel/map_types.h"

// The conditions are those of the alloc_check functions below kernel/bpf of Linux 4.18 to 6.18,
// where all of them have the same.
namespace bpfmap::kernel {
namespace {

// BPF_MAP_TYPE_CGRP_STORAGE, missing from headers before Linux 6.2.
constexpr std::uint32_t kCgroupLocalStorage = 32;
constexpr std::uint64_t kKiB = 1024;
// U32_MAX / sizeof(struct bucket), as a power of two.
constexpr std::uint64_t kMostHashEntries = std::uint64_t{1} << 27;
constexpr std::uint64_t kMostEntries = std::uint64_t{1} << 31;
constexpr std::uint64_t kMostPerCpuBytes = 32 * kKiB;      // PCPU_MIN_UNIT_SIZE
constexpr std::uint64_t kMostHashBytes = 4 * kKiB * kKiB;  // KMALLOC_MAX_SIZE with pages of 4 KiB
constexpr std::uint64_t kUsualPage = 4 * kKiB;
constexpr std::uint32_t kLpmPrefix = 4;
constexpr std::uint32_t kMostLpmBytes = 256;

// The sizes that a type takes.
enum class KeyRule { kAny, kSome, kNone, kWord, kLpm, kCgroup };
enum class ValueRule { kAny, kSome, kNone, kWord, kStack };
enum class CountRule { kAny, kSome, kNone, kPages };
struct Rules {
  KeyRule key = KeyRule::kAny;
  ValueRule value = ValueRule::kAny;
  CountRule count = CountRule::kAny;
};

Rules rules_of(std::uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH: return {KeyRule::kSome, ValueRule::kSome, CountRule::kSome};
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_ARRAY: return {KeyRule::kWord, ValueRule::kSome, CountRule::kSome};
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_CGROUP_ARRAY:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS: return {KeyRule::kWord, ValueRule::kWord, CountRule::kSome};
    // libbpf makes as many entries as there are CPUs where the object says 0.
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY: return {KeyRule::kWord, ValueRule::kWord, CountRule::kAny};
    case BPF_MAP_TYPE_HASH_OF_MAPS: return {KeyRule::kSome, ValueRule::kWord, CountRule::kSome};
    case BPF_MAP_TYPE_STACK_TRACE: return {KeyRule::kWord, ValueRule::kStack, CountRule::kSome};
    case BPF_MAP_TYPE_LPM_TRIE: return {KeyRule::kLpm, ValueRule::kSome, CountRule::kSome};
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK:
    case BPF_MAP_TYPE_BLOOM_FILTER: return {KeyRule::kNone, ValueRule::kSome, CountRule::kSome};
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF: return {KeyRule::kNone, ValueRule::kNone, CountRule::kPages};
    case BPF_MAP_TYPE_CGROUP_STORAGE:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
      return {KeyRule::kCgroup, ValueRule::kSome, CountRule::kNone};
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
    case kCgroupLocalStorage: return {KeyRule::kAny, ValueRule::kSome, CountRule::kNone};
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_CPUMAP:
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
    case BPF_MAP_TYPE_DEVMAP_HASH: return {KeyRule::kWord, ValueRule::kSome, CountRule::kSome};
    case BPF_MAP_TYPE_SOCKHASH: return {KeyRule::kSome, ValueRule::kSome, CountRule::kSome};
    default: return {};
  }
}

std::string is(const char* what, std::uint64_t value, const std::string& why) {
  return std::string(what) + " is " + std::to_string(value) + ": " + why;
}

// "hash maps have keys"; a map of a type "array_of_maps" is one of those.
std::string of_type(const MapShape& shape) { return with_article(map_type_name(shape.type)); }

std::string check_key(const MapShape& shape) {
  const std::uint32_t size = shape.key_size;
  switch (rules_of(shape.type).key) {
    case KeyRule::kAny: return {};
    case KeyRule::kSome:
      return size > 0 ? "" : is("key_size", size, of_type(shape) + " needs a key");
    case KeyRule::kNone:
      return size == 0 ? "" : is("key_size", size, of_type(shape) + " has no keys");
    case KeyRule::kWord:
      return size == sizeof(std::uint32_t)
                 ? ""
                 : is("key_size", size, of_type(shape) + " has keys of 4 bytes");
    case KeyRule::kLpm:
      if (size > kLpmPrefix && size <= kLpmPrefix + kMostLpmBytes) return {};
      return is("key_size", size,
                "a key of an lpm_trie is a length of 4 bytes and 1 to 256 bytes of data");
    case KeyRule::kCgroup:
      if (size == 8 || size == 16) return {};
      return is("key_size", size,
                of_type(shape) + " has keys of 8 bytes or of struct bpf_cgroup_storage_key");
  }
  return {};
}

std::string check_stack(std::uint32_t size) {
  constexpr std::uint32_t kAddress = 8;
  if (size > 0 && size % kAddress == 0) return {};
  return is("value_size", size, "a stack is addresses of 8 bytes each, 1016 bytes for 127 of them");
}

std::string check_value(const MapShape& shape) {
  const std::uint32_t size = shape.value_size;
  switch (rules_of(shape.type).value) {
    case ValueRule::kAny: return {};
    case ValueRule::kStack: return check_stack(size);
    case ValueRule::kSome:
      return size > 0 ? "" : is("value_size", size, of_type(shape) + " needs a value");
    case ValueRule::kNone:
      return size == 0 ? "" : is("value_size", size, of_type(shape) + " has no values of its own");
    case ValueRule::kWord:
      return size == sizeof(std::uint32_t)
                 ? ""
                 : is("value_size", size, of_type(shape) + " has values of 4 bytes");
  }
  return {};
}

std::string check_pages(std::uint64_t size) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (size > 0 && size % page == 0 && std::has_single_bit(size)) return {};
  return is(
      "max_entries", size,
      "a ring buffer has a power of two of bytes, and whole pages of " + std::to_string(page));
}

std::string check_count(const MapShape& shape) {
  const std::uint64_t count = shape.max_entries;
  switch (rules_of(shape.type).count) {
    case CountRule::kAny: return {};
    case CountRule::kPages: return check_pages(count);
    case CountRule::kNone:
      if (count == 0) return {};
      return is("max_entries", count,
                of_type(shape) +
                    " has as many entries as there are things that they hang on, and "
                    "takes no number");
    case CountRule::kSome: break;
  }
  if (count == 0) {
    return "max_entries is 0: the object leaves the size of the map to what loads it, so the "
           "configuration has to say it (max_entries: 10240)";
  }
  const bool is_hashed = is_hash(shape.type) || shape.type == BPF_MAP_TYPE_HASH_OF_MAPS;
  if (is_hashed && count > kMostHashEntries) {
    return is("max_entries", count, "the kernel has room for 134217728 (2^27) entries in a hash");
  }
  if (count >= kMostEntries) {
    return is("max_entries", count, "2147483648 (2^31) entries and more are too many");
  }
  return {};
}

std::string check_bytes(const MapShape& shape) {
  const std::uint64_t value = shape.value_size;
  if (shape.per_cpu && value > kMostPerCpuBytes) {
    return is("value_size", value, "a value of each CPU has 32 KiB (32768 bytes) at most");
  }
  if (shape.type == BPF_MAP_TYPE_ARRAY && value > std::numeric_limits<std::int32_t>::max()) {
    return is("value_size", value, "a value of an array has less than 2 GiB");
  }
  const std::uint64_t row = value + shape.key_size;
  if (is_hash(shape.type) && row >= kMostHashBytes && sysconf(_SC_PAGESIZE) == kUsualPage) {
    return "key_size and value_size are " + std::to_string(row) +
           " together: an entry of a hash has less than 4 MiB";
  }
  return {};
}

}  // namespace

std::string why_not_creatable(const MapShape& shape) {
  for (const auto check : {check_key, check_value, check_count, check_bytes}) {
    if (std::string why = check(shape); !why.empty()) return why;
  }
  return {};
}

MapSizes usual_sizes(const MapShape& shape) {
  constexpr std::uint32_t kEntries = 10240;
  constexpr std::uint32_t kRingBytes = 256 * kKiB;
  constexpr std::uint32_t kStackBytes = 127 * 8;  // as deep as kernel.perf_event_max_stack
  MapSizes sizes;
  const Rules rules = rules_of(shape.type);
  if (shape.max_entries == 0 && rules.count == CountRule::kSome) sizes.max_entries = kEntries;
  if (shape.max_entries == 0 && rules.count == CountRule::kPages) sizes.max_entries = kRingBytes;
  if (shape.value_size == 0 && rules.value == ValueRule::kStack) sizes.value_size = kStackBytes;
  return sizes;
}

}  // namespace bpfmap::kernel
