// SPDX-License-Identifier: Apache-2.0
#include "commands/map_text.h"

#include "base/text.h"

#include "collect/lost_updates.h"
#include "commands/print_layout.h"
#include "kernel/map_types.h"
#include "kernel/open_reader.h"

namespace bpfmap::commands {
namespace {

using kernel::Access;
using kernel::MapInfo;

std::string reader_for(const MapInfo& map) {
  const std::uint32_t type = map.shape.type;
  if (kernel::is_mmapable(map.shape)) return "mmap, without a system call";
  if (kernel::is_cgroup_storage(type)) return "next_key";
  if (!map.shape.per_cpu) return "batch";
  const kernel::ReaderOptions added_up(model::ReaderChoice::kIter, false, map.value);
  const std::string why_not = kernel::why_not_iter(map.shape, added_up);
  return why_not.empty() ? "batch, or iter where it is measured to be faster"
                         : "batch (not iter: " + why_not + ")";
}

std::string how_rows_are_exported(const MapInfo& map) {
  std::string text = "rows, by the reader " + reader_for(map);
  if (map.shape.per_cpu) text += "; the values of all CPUs are added up";
  if (kernel::is_lru(map.shape.type)) {
    text += "; evicts before it is full: mode: accumulate keeps totals";
  }
  if (kernel::is_array(map.shape.type) && map.shape.max_entries > 1) {
    text += "; every index has an entry: skip_zero: true leaves out zeros";
  }
  return text;
}

std::string how_inner_maps_are_exported(const MapInfo& map) {
  if (map.inner == nullptr) return "the maps in it, whose type nothing says";
  return "the maps in it (" + how_exported(*map.inner) + "); the key is the field outer";
}

// Text of several lines, of which all but the first are indented.
std::string property(std::string_view indent, std::string_view name, const std::string& text) {
  constexpr std::size_t kWidth = 13;
  const std::string start =
      std::string(indent) + std::string(name) + std::string(kWidth - name.size(), ' ');
  return start + wrapped(text, start.size(), std::string(indent.size() + kWidth, ' ')) + "\n";
}

std::string note(std::string_view indent, const std::string& text) {
  const std::string start = std::string(indent) + "note: ";
  return start + wrapped(text, start.size(), std::string(start.size(), ' ')) + "\n";
}

bool is_word(std::uint32_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

std::string untyped_text(std::string_view role, std::uint32_t size, std::string_view indent) {
  std::string text =
      std::string(indent) + std::string(role) + ": " + counted(size, "byte") + ", no BTF: ";
  text += is_word(size) ? "read as an unsigned number" : "named by offset, size and type";
  return text + "\n";
}

std::string part_text(std::string_view role, const kernel::TypePtr& type, std::uint32_t size,
                      std::string_view indent) {
  return type == nullptr ? untyped_text(role, size, indent) : layout_text(role, type, indent);
}

std::string padding_note(const MapInfo& map, std::string_view indent) {
  const std::uint64_t bits = map.key == nullptr ? 0 : padding_bits(*map.key);
  if (bits == 0) return {};
  const std::string amount = bits % 8 == 0 ? counted(bits / 8, "byte") : counted(bits, "bit");
  return note(indent, amount + " of the key " + (amount.starts_with("1 ") ? "is" : "are") +
                          " padding. Keys that differ there alone are different for the kernel, "
                          "and equal in every field; the exporter adds up what they count. "
                          "Programs should clear a key as a whole before they set its fields: "
                          "__builtin_memset(&key, 0, sizeof(key))");
}

std::string notes_text(const MapInfo& map, std::string_view indent) {
  std::string text = padding_note(map, indent);
  if (map.shape.has_spin_lock) {
    text += note(indent, "values are read under their bpf_spin_lock, and are consistent");
  }
  if (map.name == collect::kLostUpdatesMap) {
    text += note(indent, "exported without being asked for, as bpfmap_exporter_lost_updates_total");
  }
  return text;
}

std::string how_pinned(const MapInfo& map) {
  return "by its name (LIBBPF_PIN_BY_NAME): `run` uses what is /sys/fs/bpf/" + map.name +
         ", or pins it there; dump has a map of its own";
}

std::string event_text(const MapInfo& map, std::string_view indent) {
  if (map.value != nullptr) return layout_text("event", map.value, indent);
  return std::string(indent) +
         "event: the map does not say its struct; `event:` of a configuration does\n";
}

}  // namespace

std::string how_exported(const MapInfo& map) {
  const std::uint32_t type = map.shape.type;
  switch (kernel::access_of(type)) {
    case Access::kRows: return how_rows_are_exported(map);
    case Access::kInnerMaps: return how_inner_maps_are_exported(map);
    case Access::kEvents: return "events, which are taken out as they come and added up";
    case Access::kStorage: break;
    case Access::kNone: return "not: " + kernel::why_not_walkable(type);
  }
  if (map.shape.has_spin_lock) return "not: values with a bpf_spin_lock cannot be read by iter";
  return "rows, by the reader iter, which walks what the values hang on";
}

std::string map_text(const MapInfo& map, std::string_view indent) {
  const std::uint32_t type = map.shape.type;
  std::string text = property(indent, "type", kernel::map_type_name(type));
  text += property(indent, "max_entries", std::to_string(map.shape.max_entries));
  text += property(indent, "flags", kernel::map_flag_names(map.shape.flags));
  text += property(indent, "exported as", how_exported(map));
  if (map.pinned_by_name) text += property(indent, "pinned", how_pinned(map));
  if (kernel::is_event_stream(type)) return text + event_text(map, indent);
  if (map.shape.key_size > 0) text += part_text("key", map.key, map.shape.key_size, indent);
  if (kernel::is_map_of_maps(type)) {
    if (map.inner == nullptr) return text;
    const std::string deeper = std::string(indent) + "  ";
    return text + std::string(indent) + "maps in it:\n" + map_text(*map.inner, deeper);
  }
  text += part_text("value", map.value, map.shape.value_size, indent);
  return text + notes_text(map, indent);
}

}  // namespace bpfmap::commands
