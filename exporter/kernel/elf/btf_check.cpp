// SPDX-License-Identifier: Apache-2.0
#include "kernel/elf/btf_check.h"

#include <bpf/btf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "kernel/elf/raw_bytes.h"

namespace bpfmap::kernel {
namespace {

using Bytes = std::span<const std::byte>;

// Far more than the 32 levels that the kernel follows, far less than what a stack holds.
constexpr std::uint32_t kDeepestNesting = 512;
constexpr std::uint32_t kAlignment = 4;
constexpr int kNone = -1;

// Where the numbers to check are in a type of this kind, which begins with a btf_type.
struct BtfKind {
  const char* name;
  bool refers;            // btf_type::type is an id, and no size
  std::size_t extra;      // bytes behind the btf_type
  std::size_t part = 0;   // bytes of each of the btf_vlen() parts behind it
  int part_name = kNone;  // within the part: the offset of its name,
  int part_type = kNone;  // and the id of its type
};

constexpr std::array<BtfKind, 20> kBtfKinds{{
    {"void", false, 0},
    {"INT", false, 4},
    {"PTR", true, 0},
    {"ARRAY", false, sizeof(struct btf_array)},
    {"STRUCT", false, 0, sizeof(btf_member), 0, 4},
    {"UNION", false, 0, sizeof(btf_member), 0, 4},
    {"ENUM", false, 0, sizeof(struct btf_enum), 0},
    {"FWD", false, 0},
    {"TYPEDEF", true, 0},
    {"VOLATILE", true, 0},
    {"CONST", true, 0},
    {"RESTRICT", true, 0},
    {"FUNC", true, 0},
    {"FUNC_PROTO", true, 0, sizeof(btf_param), 0, 4},
    {"VAR", true, sizeof(struct btf_var)},
    {"DATASEC", false, 0, sizeof(btf_var_secinfo), kNone, 0},
    {"FLOAT", false, 0},
    {"DECL_TAG", true, sizeof(struct btf_decl_tag)},
    {"TYPE_TAG", true, 0},
    {"ENUM64", false, 0, sizeof(struct btf_enum64), 0},
}};

std::uint32_t word_at(Bytes bytes, std::size_t offset) {
  return read_at<std::uint32_t>(bytes, offset);
}

std::string text(std::uint64_t number) { return std::to_string(number); }

// A section .BTF, cut into its types.
struct Types {
  Bytes strings;
  Bytes types;
  std::vector<std::size_t> offsets{0};  // of types, by id; void, the first, has none
  bool complete = true;                 // no newer kinds of types among them

  std::uint32_t count() const { return static_cast<std::uint32_t>(offsets.size() - 1); }
  btf_type head(std::uint32_t id) const {
    return id == 0 ? btf_type{} : read_at<btf_type>(types, offsets[id]);
  }
  std::uint32_t kind(std::uint32_t id) const {
    const btf_type type = head(id);
    return btf_kind(&type);
  }
  std::uint32_t vlen(std::uint32_t id) const {
    const btf_type type = head(id);
    return btf_vlen(&type);
  }
  std::uint32_t parts(std::uint32_t id) const {
    return kBtfKinds[kind(id)].part == 0 ? 0 : vlen(id);
  }
  Bytes extra(std::uint32_t id) const {
    return types.subspan(offsets[id] + sizeof(btf_type), kBtfKinds[kind(id)].extra);
  }
  Bytes part(std::uint32_t id, std::uint32_t index) const {
    const std::size_t size = kBtfKinds[kind(id)].part;
    return types.subspan(offsets[id] + sizeof(btf_type) + index * size, size);
  }
  // "type 17 (STRUCT)"
  std::string subject(std::uint32_t id) const {
    return "type " + text(id) + " (" + kBtfKinds[kind(id)].name + ")";
  }
};

bool has_string(const Types& types, std::uint32_t offset) { return offset < types.strings.size(); }

std::string no_string(const Types& types, std::uint32_t offset, const std::string& subject) {
  return subject + " refers to a string at " + text(offset) + ", there are " +
         text(types.strings.size()) + " bytes of them";
}

bool has_type(const Types& types, std::uint32_t id) {
  return !types.complete || id <= types.count();
}

std::string no_type(const Types& types, std::uint32_t id, const std::string& subject) {
  return subject + " refers to type " + text(id) + ", there are " + text(types.count());
}

// Finds strings and types by the header.
std::string split_section(Bytes section, Types& types) {
  const auto header = read_at<btf_header>(section, 0);
  if (header.hdr_len < sizeof(header) || header.hdr_len > section.size()) {
    return "its header has " + text(header.hdr_len) + " bytes";
  }
  const Bytes rest = section.subspan(header.hdr_len);
  if (!is_within(rest.size(), header.type_off, header.type_len))
    return "its types reach beyond its end";
  if (!is_within(rest.size(), header.str_off, header.str_len))
    return "its strings reach beyond its end";
  if (header.type_off % kAlignment != 0) return "its types are not aligned";
  types.types = rest.subspan(header.type_off, header.type_len);
  types.strings = rest.subspan(header.str_off, header.str_len);
  constexpr std::byte kNul{};
  if (types.strings.empty() || types.strings.front() != kNul || types.strings.back() != kNul) {
    return "its strings do not begin and end with a NUL";
  }
  return {};
}

// The bytes of a type, beginning with the `head`; none if its kind is newer than this program.
std::optional<std::size_t> size_of_type(const btf_type& head) {
  const std::uint32_t kind = btf_kind(&head);
  if (kind == BTF_KIND_UNKN || kind >= kBtfKinds.size()) return std::nullopt;
  return sizeof(head) + kBtfKinds[kind].extra + kBtfKinds[kind].part * btf_vlen(&head);
}

std::string find_types(Types& types) {
  std::size_t offset = 0;
  while (offset < types.types.size()) {
    const std::string subject = "type " + text(types.offsets.size());
    if (!is_within(types.types.size(), offset, sizeof(btf_type))) return subject + " is cut short";
    const auto size = size_of_type(read_at<btf_type>(types.types, offset));
    if (!size) {
      types.complete = false;
      return {};
    }
    if (!is_within(types.types.size(), offset, *size))
      return subject + " reaches beyond the last type";
    types.offsets.push_back(offset);
    offset += *size;
  }
  return {};
}

std::string check_parts(const Types& types, std::uint32_t id) {
  const BtfKind& kind = kBtfKinds[types.kind(id)];
  const std::uint32_t count = types.parts(id);
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes part = types.part(id, i);
    if (kind.part_name != kNone) {
      const std::uint32_t name = word_at(part, static_cast<std::size_t>(kind.part_name));
      if (!has_string(types, name)) {
        return no_string(types, name, "part " + text(i) + " of " + types.subject(id));
      }
    }
    if (kind.part_type != kNone) {
      const std::uint32_t type = word_at(part, static_cast<std::size_t>(kind.part_type));
      if (!has_type(types, type)) return no_type(types, type, types.subject(id));
    }
  }
  return {};
}

// Whether all that this type mentions exists.
std::string check_references(const Types& types, std::uint32_t id) {
  const btf_type head = types.head(id);
  const std::uint32_t kind = types.kind(id);
  if (!has_string(types, head.name_off)) return no_string(types, head.name_off, types.subject(id));
  std::uint32_t largest = kBtfKinds[kind].refers ? head.type : 0;
  if (kind == BTF_KIND_ARRAY) {
    const auto array = read_at<struct btf_array>(types.extra(id), 0);
    largest = std::max(array.type, array.index_type);
  }
  if (!has_type(types, largest)) return no_type(types, largest, types.subject(id));
  return check_parts(types, id);
}

std::string check_function(const Types& types, std::uint32_t id) {
  const std::uint32_t prototype = types.head(id).type;
  if (types.kind(prototype) == BTF_KIND_FUNC_PROTO) return {};
  return types.subject(id) + " refers to " + types.subject(prototype) + ", which is no FUNC_PROTO";
}

// Functions are in the sections of what an object wants from the kernel.
std::string check_section(const Types& types, std::uint32_t id) {
  const std::uint32_t count = types.parts(id);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t variable = word_at(types.part(id, i), 0);
    const std::uint32_t kind = types.kind(variable);
    if (kind == BTF_KIND_VAR || kind == BTF_KIND_FUNC) continue;
    return types.subject(id) + " refers to " + types.subject(variable) +
           ", which is no VAR and no FUNC";
  }
  return {};
}

std::string check_tag(const Types& types, std::uint32_t id) {
  std::uint32_t target = types.head(id).type;
  const auto component = read_at<std::int32_t>(types.extra(id), 0);
  if (component == -1) return {};  // of the whole
  const std::string tagged = types.subject(target);
  if (types.kind(target) == BTF_KIND_FUNC) target = types.head(target).type;  // has the parameters
  const bool exists = component >= 0 && static_cast<std::uint32_t>(component) < types.parts(target);
  if (exists) return {};
  return types.subject(id) + " refers to part " + std::to_string(component) + " of " + tagged +
         ", which has " + text(types.parts(target));
}

std::string check_float(const Types& types, std::uint32_t id) {
  constexpr std::array<std::uint32_t, 5> kSizes{2, 4, 8, 12, 16};
  const std::uint32_t size = types.head(id).size;
  if (std::find(kSizes.begin(), kSizes.end(), size) != kSizes.end()) return {};
  return types.subject(id) + " has " + text(size) + " bytes";
}

// What only some kinds of types have. To be called when all references are known to exist.
std::string check_kind(const Types& types, std::uint32_t id) {
  switch (types.kind(id)) {
    case BTF_KIND_FUNC: return check_function(types, id);
    case BTF_KIND_DATASEC: return check_section(types, id);
    case BTF_KIND_DECL_TAG: return check_tag(types, id);
    case BTF_KIND_FLOAT: return check_float(types, id);
    default: return {};
  }
}

// The number of types that are part of this one's layout.
std::uint32_t contained_count(const Types& types, std::uint32_t id) {
  switch (types.kind(id)) {
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
    case BTF_KIND_VAR:
    case BTF_KIND_ARRAY: return 1;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: return types.vlen(id);
    default: return 0;
  }
}

std::uint32_t contained(const Types& types, std::uint32_t id, std::uint32_t index) {
  switch (types.kind(id)) {
    case BTF_KIND_ARRAY: return word_at(types.extra(id), 0);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION: return word_at(types.part(id, index), 4);
    default: return types.head(id).type;
  }
}

// Walks down from every type, each once, without recursion of its own.
class NestingCheck {
 public:
  explicit NestingCheck(const Types& types) : types_(types), levels_(types.count() + 1, kUnseen) {}

  std::string run() {
    for (std::uint32_t id = 1; id <= types_.count(); ++id) {
      if (levels_[id] != kUnseen) continue;
      enter(id);
      while (!path_.empty()) {
        if (std::string why = step(); !why.empty()) return why;
      }
    }
    return {};
  }

 private:
  static constexpr std::uint32_t kUnseen = 0xffffffff;
  static constexpr std::uint32_t kOnPath = 0xfffffffe;

  struct Visit {
    std::uint32_t id;
    std::uint32_t next;    // the index of what it contains
    std::uint32_t levels;  // below it
  };

  void enter(std::uint32_t id) {
    levels_[id] = kOnPath;
    path_.push_back({id, 0, 0});
  }

  std::string step() {
    Visit& visit = path_.back();
    if (visit.next == contained_count(types_, visit.id)) return leave();
    const std::uint32_t inner = contained(types_, visit.id, visit.next);
    if (levels_[inner] == kOnPath) return types_.subject(inner) + " contains itself";
    if (levels_[inner] == kUnseen) {
      enter(inner);
      return {};
    }
    ++visit.next;
    visit.levels = std::max(visit.levels, levels_[inner] + 1);
    if (visit.levels > kDeepestNesting) return types_.subject(visit.id) + " is nested too deep";
    return {};
  }

  std::string leave() {
    levels_[path_.back().id] = path_.back().levels;
    path_.pop_back();
    return {};
  }

  const Types& types_;
  std::vector<std::uint32_t> levels_;  // by id
  std::vector<Visit> path_;
};

std::string check_types(const Types& types) {
  for (std::uint32_t id = 1; id <= types.count(); ++id) {
    if (std::string why = check_references(types, id); !why.empty()) return why;
  }
  for (std::uint32_t id = 1; id <= types.count(); ++id) {
    if (std::string why = check_kind(types, id); !why.empty()) return why;
  }
  return NestingCheck(types).run();
}

// Sections of either name begin alike: with a magic number and a version.
std::string why_no_header(Bytes section, std::size_t least) {
  if (section.size() < least) return "its header is cut short";
  if (read_at<std::uint16_t>(section, 0) != BTF_MAGIC) return "it does not begin as BTF does";
  return {};
}

bool is_newer(Bytes section) {
  return read_at<std::uint8_t>(section, offsetof(btf_header, version)) != BTF_VERSION;
}

std::string check_btf(Bytes section, Types& types) {
  if (std::string why = why_no_header(section, sizeof(btf_header)); !why.empty()) return why;
  if (is_newer(section)) {
    types.complete = false;
    return {};
  }
  if (std::string why = split_section(section, types); !why.empty()) return why;
  if (std::string why = find_types(types); !why.empty()) return why;
  return types.complete ? check_types(types) : std::string();
}

// One of the tables in .BTF.ext, each of which begins with the size of its records.
struct Table {
  const char* name;
  std::size_t place;           // in the header, of its offset and length
  std::uint32_t record;        // the least that a record has
  int type;                    // within a record: the id of a type,
  std::array<int, 2> strings;  // and offsets of strings
};

constexpr std::array<Table, 3> kTables{{
    {"functions", 8, 8, 4, {kNone, kNone}},
    {"lines", 16, 16, kNone, {4, 8}},
    {"relocations", 24, 16, 4, {8, kNone}},
}};
constexpr std::size_t kLeastExtHeader = 24;  // without the last of these
constexpr std::size_t kSectionHead = 8;      // the name of a section and the number of records

std::string subject_of_record(const Table& table) {
  return std::string("one of its ") + table.name;
}

std::string check_record(const Types& types, const Table& table, Bytes record) {
  for (const int place : table.strings) {
    if (place == kNone) continue;
    const std::uint32_t offset = word_at(record, static_cast<std::size_t>(place));
    if (!has_string(types, offset)) return no_string(types, offset, subject_of_record(table));
  }
  if (table.type == kNone) return {};
  const std::uint32_t type = word_at(record, static_cast<std::size_t>(table.type));
  return has_type(types, type) ? "" : no_type(types, type, subject_of_record(table));
}

// `rest` begins with a section's head, and is what follows its records afterwards.
std::string check_records(const Types& types, const Table& table, std::uint32_t size, Bytes& rest) {
  const std::string subject = std::string("the table of its ") + table.name;
  if (rest.size() < kSectionHead) return subject + " is cut short";
  const std::uint32_t name = word_at(rest, 0);
  const std::uint64_t count = word_at(rest, 4);
  if (!has_string(types, name)) return no_string(types, name, "a section in " + subject);
  rest = rest.subspan(kSectionHead);
  if (count == 0) return subject + " has a section without any";
  if (count > rest.size() / size) {
    return subject + " has room for " + text(rest.size() / size) + ", and is to have " +
           text(count);
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string why = check_record(types, table, rest.subspan(i * size, size));
    if (!why.empty()) return why;
  }
  rest = rest.subspan(count * size);
  return {};
}

std::string check_table(const Types& types, const Table& table, Bytes content) {
  if (content.empty()) return {};
  const std::string subject = std::string("the table of its ") + table.name;
  if (content.size() < sizeof(std::uint32_t)) return subject + " is cut short";
  const std::uint32_t size = word_at(content, 0);
  if (size < table.record || size % kAlignment != 0) {
    return subject + " has records of " + text(size) + " bytes";
  }
  Bytes rest = content.subspan(sizeof(size));
  while (!rest.empty()) {
    if (auto why = check_records(types, table, size, rest); !why.empty()) return why;
  }
  return {};
}

std::string check_ext(const Types& types, Bytes section) {
  if (std::string why = why_no_header(section, kLeastExtHeader); !why.empty()) return why;
  if (is_newer(section)) return {};
  const std::uint32_t header = word_at(section, offsetof(btf_header, hdr_len));
  if (header < kLeastExtHeader || header > section.size()) {
    return "its header has " + text(header) + " bytes";
  }
  const Bytes rest = section.subspan(header);
  for (const Table& table : kTables) {
    if (table.place + 2 * sizeof(std::uint32_t) > header) continue;  // of an old compiler
    const std::uint32_t offset = word_at(section, table.place);
    const std::uint32_t length = word_at(section, table.place + sizeof(offset));
    if (length == 0) continue;
    const std::string subject = std::string("the table of its ") + table.name;
    if (!is_within(rest.size(), offset, length)) return subject + " reaches beyond its end";
    if (offset % kAlignment != 0) return subject + " is not aligned";
    std::string why = check_table(types, table, rest.subspan(offset, length));
    if (!why.empty()) return why;
  }
  return {};
}

}  // namespace

std::string why_broken_btf(std::span<const std::byte> btf, std::span<const std::byte> ext) {
  if (btf.empty()) return {};  // what is in .BTF.ext means nothing without it
  Types types;
  if (std::string why = check_btf(btf, types); !why.empty()) {
    return "the object's BTF is broken: " + why;
  }
  // Without its strings, nothing can be said of the other section's.
  if (ext.empty() || types.strings.empty()) return {};
  if (std::string why = check_ext(types, ext); !why.empty()) {
    return "the object's section .BTF.ext is broken: " + why;
  }
  return {};
}

}  // namespace bpfmap::kernel
