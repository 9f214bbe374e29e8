// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/map_reader.h"

// Facts about the types of enum bpf_map_type (linux/bpf.h), up to INSN_ARRAY of Linux 6.19. Types
// newer than the build's headers are known by number; nothing here asks the kernel.
namespace bpfmap::kernel {

// "hash", "percpu_array": the kernel's name in lower case; "type 99" for one that is not known.
std::string map_type_name(std::uint32_t map_type);

// "a hash", "an array": a name as it stands in a sentence.
std::string with_article(std::string_view name);

// How what a map of some type holds comes out of the kernel.
enum class Access {
  kRows,       // entry by entry, by a MapReader
  kInnerMaps,  // its entries are maps, which are read in its place
  kEvents,     // what programs sent through it, as it comes
  kStorage,    // through an iterator over the kernel objects that its values hang on
  kNone,
};
Access access_of(std::uint32_t map_type);

// Whether an entry can be deleted by its key.
bool has_deletable_entries(std::uint32_t map_type);

// BPF_MAP_TYPE_ARRAY: what is read by index is described as such.
inline constexpr std::uint32_t kArrayType = 2;

bool is_per_cpu(std::uint32_t map_type);
bool is_array(std::uint32_t map_type);
bool is_lru(std::uint32_t map_type);
// Hash maps of all kinds: those whose entries can be taken out in batches.
bool is_hash(std::uint32_t map_type);
// A trie of prefixes: its keys begin with a u32, the number of bits behind it that count.
bool is_lpm_trie(std::uint32_t map_type);
// Whose values are other maps.
bool is_map_of_maps(std::uint32_t map_type);

// CGROUP_STORAGE and its per-CPU kin, which list their entries but say "the end" as well when the
// entry that a walk stands on was deleted.
bool is_cgroup_storage(std::uint32_t map_type);

// A map through which programs send events, and that holds none to be listed.
bool is_event_stream(std::uint32_t map_type);

// Of the streams, the kind that tells what it has lost and whose buffers user space makes.
bool is_perf_event_array(std::uint32_t map_type);

// An array whose number of entries is not fixed where it lies in a map of maps (BPF_F_INNER_MAP).
bool may_grow(const MapShape& shape);

// An array created with BPF_F_MMAPABLE, which user space can map into its memory.
bool is_mmapable(const MapShape& shape);

// "BPF_F_NO_PREALLOC, BPF_F_MMAPABLE"; bits that are not known in hexadecimal; "none" for 0.
std::string map_flag_names(std::uint32_t flags);

// Why no MapReader walks a map of this type itself; empty where one does (kRows, kStorage).
std::string why_not_walkable(std::uint32_t map_type);

}  // namespace bpfmap::kernel
