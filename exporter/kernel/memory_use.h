// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "kernel/number_origin.h"

namespace bpfmap::kernel {

// What programs put into one place of a key, a value or an event.
struct MemoryPart {
  std::uint32_t size = 0;
  NumberOrigin origin;
  std::optional<std::int64_t> constant;  // where it is always the same number
};
using MemoryParts = std::map<std::uint32_t, MemoryPart>;  // by their offsets

// What programs do with a map's values, or with a global variable. An array that is indexed counts
// as kSomewhere: its address is computed as that of a field which is chosen may be.
struct MemoryUse {
  bool looked_up = false;  // bpf_map_lookup_elem() and its kin
  bool updated = false;    // bpf_map_update_elem()
  bool deleted = false;    // bpf_map_delete_elem(): entries are of something that ends
  bool sent = false;       // values go to user space as events, or into other maps
  bool read = false;       // programs look at what the values hold
  // Programs pass its address on to where this analysis does not follow: what is not seen here may
  // happen all the same.
  bool escapes = false;

  // Offsets in the value; kSomewhere where one is not known.
  static constexpr std::uint32_t kSomewhere = UINT32_MAX;
  std::set<std::uint32_t> grows;     // what is added to
  std::set<std::uint32_t> falls;     // what something may be taken from
  std::set<std::uint32_t> assigned;  // what is overwritten

  // Arrays of which the element is counted in that a number says: the number, by their offsets. Its
  // `multiplied` is the size of an element.
  std::map<std::uint32_t, NumberOrigin> counted_by;

  // What is added there, by offsets; of an array that is indexed that of its beginning.
  std::map<std::uint32_t, NumberOrigin> added;

  MemoryParts values;       // what is put into values, where that is known
  MemoryParts keys;         // what values are looked up by, where that is known
  bool other_keys = false;  // there are such as are not known

  // Of maps that carry events.
  struct Record {
    std::uint32_t size = 0;  // 0 where it is not always the same
    MemoryParts parts;
    std::string value_of;  // the map whose value is sent; empty where it is none
  };
  std::map<std::string, Record> records;  // by what tells kinds of them apart: size and map

  // What would be, were the settings of the object (.rodata) others than they are.
  bool used_otherwise = false;                // although it is not used as they are
  std::set<std::uint32_t> written_otherwise;  // offsets that nothing writes as they are

  bool is_written() const { return updated || changes(); }
  bool changes() const { return !grows.empty() || !falls.empty() || !assigned.empty(); }
  bool is_used() const {
    return looked_up || deleted || sent || read || escapes || is_written() || !records.empty();
  }
};

// By names of maps and variables, for all that the code refers to.
using MemoryUses = std::map<std::string, MemoryUse>;

}  // namespace bpfmap::kernel
