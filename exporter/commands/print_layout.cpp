// SPDX-License-Identifier: Apache-2.0
#include "commands/print_layout.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"

namespace bpfmap::commands {
namespace {

using kernel::Type;
using kernel::TypeKind;

constexpr std::size_t kMostEnumerators = 64;

struct Line {
  std::string offset;
  std::string size;
  std::string type;
  std::string name;
};

std::uint64_t bits_of(const kernel::Member& member) {
  return member.bit_size != 0 ? member.bit_size : std::uint64_t{member.type->size} * 8;
}

// An unnamed bitfield is padding that the source spells out.
bool is_named(const kernel::Member& member) {
  return !member.name.empty() || member.type->is_composite();
}

std::string joined(const std::string& prefix, const std::string& name) {
  return prefix.empty() || name.empty() ? prefix + name : prefix + "." + name;
}

// Calls `hole(first, end)` for each range of bits of a struct that no member has; a union has one
// at its end at most.
template <typename Hole>
void for_each_hole(const Type& type, Hole hole) {
  std::uint64_t next = 0;
  for (const kernel::Member& member : type.members) {
    if (!is_named(member)) continue;
    if (type.kind == TypeKind::kStruct && member.bit_offset > next) hole(next, member.bit_offset);
    next = std::max(next, member.bit_offset + bits_of(member));
  }
  const std::uint64_t end = std::uint64_t{type.size} * 8;
  if (end > next) hole(next, end);
}

class LayoutTable {
 public:
  explicit LayoutTable(std::string_view indent) : indent_(indent) {}

  // What is inside of a struct, a union or an array of them, which itself has a line already.
  void add_parts(const Type& type, std::uint64_t base, const std::string& path, std::size_t depth) {
    if (type.kind == TypeKind::kArray) {
      add_parts(*type.element, base, path + "[0]", depth);
      return;
    }
    note_enum(type);
    if (!type.is_composite()) return;
    add_members(type, base, path, depth);
  }

  void add_line(std::uint64_t bit, std::uint32_t bit_size, const Type& type,
                const std::string& name, std::size_t depth) {
    std::string shown = type.name;
    if (type.kind == TypeKind::kKernelPrivate) shown += " (private to the kernel)";
    lines_.push_back({place(bit, bit_size != 0),
                      bit_size != 0 ? counted(bit_size, "bit") : std::to_string(type.size),
                      std::move(shown), std::string(depth * 2, ' ') + name});
  }

  std::string text() const {
    Line head{"offset", "size", "type", "name"};
    std::size_t offset = head.offset.size();
    std::size_t size = head.size.size();
    std::size_t type = head.type.size();
    for (const Line& line : lines_) {
      offset = std::max(offset, line.offset.size());
      size = std::max(size, line.size.size());
      type = std::max(type, line.type.size());
    }
    std::string table;
    const auto append = [&](const Line& line) {
      std::string row = indent_ + std::string(offset - line.offset.size(), ' ') + line.offset +
                        "  " + std::string(size - line.size.size(), ' ') + line.size + "  " +
                        line.type + std::string(type - line.type.size(), ' ') + "  " + line.name;
      row.erase(row.find_last_not_of(' ') + 1);
      table += row + "\n";
    };
    append(head);
    for (const Line& line : lines_) append(line);
    return table;
  }

  std::string enums_text() const {
    std::string text;
    for (const Type* type : enums_) text += enum_text(*type);
    return text;
  }

 private:
  // "12", and "12:3" for bit 3 of byte 12.
  static std::string place(std::uint64_t bit, bool in_bits) {
    std::string text = std::to_string(bit / 8);
    if (in_bits) text += ":" + std::to_string(bit % 8);
    return text;
  }

  void add_members(const Type& type, std::uint64_t base, const std::string& path,
                   std::size_t depth) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> holes;
    for_each_hole(type,
                  [&](std::uint64_t first, std::uint64_t end) { holes.emplace_back(first, end); });
    auto hole = holes.begin();
    for (const kernel::Member& member : type.members) {
      if (!is_named(member)) continue;
      while (type.kind == TypeKind::kStruct && hole != holes.end() &&
             hole->first < member.bit_offset) {
        add_hole(base, *hole++, "PADDING", depth);
      }
      add_member(member, base + member.bit_offset, joined(path, member.name), depth);
    }
    const std::string at_end =
        depth == 0 ? "PADDING at the end" : "PADDING at the end of " + type.name;
    for (; hole != holes.end(); ++hole) add_hole(base, *hole, at_end, depth);
  }

  void add_member(const kernel::Member& member, std::uint64_t bit, const std::string& path,
                  std::size_t depth) {
    add_line(bit, member.bit_size, *member.type, member.name.empty() ? "" : path, depth);
    add_parts(*member.type, bit, path, depth + 1);
  }

  void add_hole(std::uint64_t base, std::pair<std::uint64_t, std::uint64_t> hole,
                const std::string& name, std::size_t depth) {
    const std::uint64_t bits = hole.second - hole.first;
    const bool in_bits = hole.first % 8 != 0 || bits % 8 != 0;
    lines_.push_back({place(base + hole.first, in_bits),
                      in_bits ? counted(bits, "bit") : std::to_string(bits / 8), "",
                      std::string(depth * 2, ' ') + name});
  }

  void note_enum(const Type& type) {
    if (type.kind == TypeKind::kEnum && known_.insert(&type).second) enums_.push_back(&type);
  }

  std::string enum_text(const Type& type) const {
    std::string text = type.name + ":";
    std::size_t count = 0;
    for (const kernel::Enumerator& enumerator : type.enumerators) {
      if (count++ == kMostEnumerators) {
        text += " and " + std::to_string(type.enumerators.size() - kMostEnumerators) + " more";
        break;
      }
      const std::string value = type.is_signed
                                    ? std::to_string(static_cast<std::int64_t>(enumerator.value))
                                    : std::to_string(enumerator.value);
      text += " " + enumerator.name + "=" + value;
      if (count < type.enumerators.size()) text += ",";
    }
    if (type.enumerators.empty()) text += " (no values)";
    return indent_ + wrapped(text, indent_.size(), indent_ + "  ") + "\n";
  }

  std::string indent_;
  std::vector<Line> lines_;
  std::vector<const Type*> enums_;  // in the order in which they were met
  std::set<const Type*> known_;
};

// A number, text, or an array of numbers is said in one line.
bool needs_table(const Type& type) {
  const Type* inner = &type;
  while (inner->kind == TypeKind::kArray) inner = inner->element.get();
  return inner->is_composite();
}

}  // namespace

std::uint64_t padding_bits(const Type& type) {
  if (type.kind == TypeKind::kArray) return padding_bits(*type.element) * type.count;
  if (type.kind != TypeKind::kStruct) return 0;
  std::uint64_t bits = 0;
  for_each_hole(type, [&](std::uint64_t first, std::uint64_t end) { bits += end - first; });
  for (const kernel::Member& member : type.members) bits += padding_bits(*member.type);
  return bits;
}

std::string layout_text(std::string_view role, const kernel::TypePtr& type,
                        std::string_view indent) {
  LayoutTable table(std::string(indent) + "  ");
  std::string text = std::string(indent) + std::string(role) + ": " + type->name + ", " +
                     counted(type->size, "byte") + "\n";
  table.add_parts(
      *type, 0,
      needs_table(*type) && type->kind == TypeKind::kArray ? std::string(role) : std::string(), 0);
  if (needs_table(*type)) text += table.text();
  return text + table.enums_text();
}

std::string variables_text(std::span<const kernel::GlobalInfo> variables, std::string_view indent) {
  LayoutTable table(indent);
  for (const kernel::GlobalInfo& variable : variables) {
    const std::uint64_t bit = std::uint64_t{variable.offset} * 8;
    table.add_line(bit, 0, *variable.type, variable.name, 0);
    table.add_parts(*variable.type, bit, variable.name, 1);
  }
  return table.text() + table.enums_text();
}

}  // namespace bpfmap::commands
