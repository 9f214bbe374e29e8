// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <utility>

#include "base/suggest.h"
#include "base/terminal_text.h"
#include "kernel/layout.h"

// Paths through types. Types that come from BTF have a bounded number of parts (see
// btf_layout.cpp), so every walk here ends soon, whatever an object claims.
namespace bpfmap::kernel {
namespace {

static_assert(
    std::endian::native == std::endian::little,
    "bitfields are found by counting bits from the least significant one of the first byte");

constexpr std::uint32_t kMostBytesOfABitfield = 8;

unexpected<Error> wrong(std::string sentence) {
  return unexpected(Error{.kind = ErrorKind::kConfiguration, .operation = std::move(sentence)});
}

// False for what the kernel keeps, and for empty structs and flexible or zero-length arrays.
bool holds_data(const Type& type) {
  if (type.kind == TypeKind::kArray && !holds_data(*type.element)) return false;
  return type.kind != TypeKind::kKernelPrivate && type.size > 0;
}

bool fits_in_a_word(const Field& field) {
  return (field.bit_offset + field.bit_size + 7) / 8 <= kMostBytesOfABitfield;
}

// The member as a field of what `parent` describes; its path is the caller's to set.
Field member_field(const Field& parent, const Member& member) {
  Field field;
  field.type = member.type;
  field.offset = parent.offset + member.bit_offset / 8;
  field.bit_size = member.bit_size;
  field.bit_offset = member.bit_size > 0 ? member.bit_offset % 8 : 0;
  return field;
}

// Looks a name up as C does: anonymous structs and unions lend their members to
// what surrounds them.
std::optional<Field> find_member(const Field& parent, std::string_view name) {
  for (const Member& member : parent.type->members) {
    if (member.name == name) return member_field(parent, member);
    if (!member.name.empty() || !member.type->is_composite()) continue;
    if (auto inner = find_member(member_field(parent, member), name)) return inner;
  }
  return std::nullopt;
}

// Some rows have a part that no configuration can name: labels of the value.
bool is_made_up(const Member& member) { return member.name.starts_with('<'); }

void append_member_names(const Type& type, std::vector<std::string>& names) {
  for (const Member& member : type.members) {
    if (member.name.empty()) {
      append_member_names(*member.type, names);
    } else if (member.type->kind != TypeKind::kKernelPrivate && !is_made_up(member)) {
      names.push_back(member.name);
    }
  }
}

std::string join(std::string_view prefix, std::string_view name) {
  if (prefix.empty()) return std::string(name);
  return std::string(prefix) + "." + std::string(name);
}

// "(v4|v6)" for a union without a name: no path can name it, but a message can.
std::string describe_anonymous_union(const Type& type) {
  std::vector<std::string> names;
  append_member_names(type, names);
  std::string text = "(";
  for (const std::string& name : names) text += (text.size() > 1 ? "|" : "") + name;
  return text + ")";
}

std::string member_path(std::string_view prefix, const Member& member) {
  if (!member.name.empty()) return join(prefix, member.name);
  if (member.type->kind == TypeKind::kUnion) {
    return join(prefix, describe_anonymous_union(*member.type));
  }
  return std::string(prefix);
}

void append_leaves(const Field& field, std::vector<Field>& leaves) {
  if (!holds_data(*field.type) || !fits_in_a_word(field)) return;
  if (field.type->kind != TypeKind::kStruct || address_of(*field.type) != Address::kNone) {
    leaves.push_back(field);
    return;
  }
  for (const Member& member : field.type->members) {
    // An unnamed bitfield is padding.
    if (member.name.empty() && !member.type->is_composite()) continue;
    Field part = member_field(field, member);
    part.path = member_path(field.path, member);
    append_leaves(part, leaves);
  }
}

// `prefix` is what a user writes before the members' names.
void append_paths(const Type& type, const std::string& prefix, std::vector<std::string>& paths) {
  for (const Member& member : type.members) {
    if (!holds_data(*member.type) || is_made_up(member)) continue;
    const std::string path = member.name.empty() ? prefix : join(prefix, member.name);
    if (member.type->is_composite() && address_of(*member.type) == Address::kNone) {
      append_paths(*member.type, path, paths);
    } else if (!member.name.empty()) {
      paths.push_back(path);
    }
  }
}

// The one field elsewhere in the type that has this name, for a path that leaves out what it
// is part of.
std::string path_ending_in(const TypePtr& whole, std::string_view name) {
  const std::string ending = "." + std::string(name);
  for (std::string& path : field_paths(whole, {})) {
    if (path.ends_with(ending)) return std::move(path);
  }
  return {};
}

// Follows a path step by step.
class PathWalker {
 public:
  // Starts behind the first `at` characters, which name the whole.
  PathWalker(const TypePtr& whole, std::string_view path, std::size_t at)
      : whole_(whole), path_(path), at_(at) {
    field_.type = whole;
  }

  Result<Field> walk() {
    while (at_ < path_.size()) {
      const Result<void> step = path_[at_] == '[' ? enter_element() : enter_member();
      if (!step) return unexpected(step.error());
    }
    if (field_.type->kind == TypeKind::kKernelPrivate) {
      return wrong(in_quotes(path_) + " is a " + field_.type->name +
                   ", which the kernel keeps to itself");
    }
    if (!fits_in_a_word(field_)) {
      return wrong(in_quotes(path_) +
                   " is a bitfield that lies across nine bytes; it cannot be read");
    }
    field_.path = path_;
    return field_;
  }

 private:
  std::string_view done() const { return path_.substr(0, at_); }

  Result<void> enter_member() {
    if (at_ > 0) {
      if (path_[at_] != '.') {
        return wrong("expected '.' or '[' after " + in_quotes(done()) + " in " + in_quotes(path_));
      }
      if (!field_.type->is_composite()) return not_a_struct();
      ++at_;
    }
    const std::size_t end = std::min(path_.find_first_of(".[", at_), path_.size());
    const std::string_view name = path_.substr(at_, end - at_);
    if (name.empty()) return wrong("a name is missing in " + in_quotes(path_));
    if (!field_.type->is_composite()) return unknown(name);
    auto found = find_member(field_, name);
    if (!found) return unknown(name);
    field_ = *found;
    at_ = end;
    return {};
  }

  Result<void> enter_element() {
    const std::size_t end = path_.find(']', at_);
    if (end == std::string_view::npos) return wrong("']' is missing in " + in_quotes(path_));
    const std::string_view digits = path_.substr(at_ + 1, end - at_ - 1);
    if (field_.type->kind != TypeKind::kArray) {
      const std::string what = at_ == 0 ? "the whole" : in_quotes(done());
      return wrong(what + " is " + field_.type->name + ", not an array");
    }
    std::uint32_t index = 0;
    const auto [stop, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), index);
    const bool all_digits = stop == digits.data() + digits.size() && !digits.empty();
    if (!all_digits || (failed != std::errc{} && failed != std::errc::result_out_of_range)) {
      return wrong(in_quotes(digits) + " in " + in_quotes(path_) + " is not an index");
    }
    if (failed == std::errc::result_out_of_range || index >= field_.type->count) {
      return wrong("index " + std::string(digits) + " is beyond " + field_.type->name);
    }
    const TypePtr element = field_.type->element;
    field_.offset += index * element->size;
    field_.type = element;
    at_ = end + 1;
    return {};
  }

  Result<void> not_a_struct() const {
    return wrong(in_quotes(done()) + " is " + field_.type->name + ", not a struct");
  }

  Result<void> unknown(std::string_view name) const {
    std::vector<std::string> names;
    append_member_names(*field_.type, names);
    std::string what = "unknown field " + in_quotes(name) + " in " + field_.type->name;
    if (closest_match(name, names).empty()) {
      if (const std::string path = path_ending_in(whole_, name); !path.empty()) {
        return wrong(what + " (did you mean " + in_quotes(path) + "?)");
      }
    }
    return wrong(what + suggestion(name, names));
  }

  const TypePtr& whole_;
  std::string_view path_;
  std::size_t at_;
  Field field_;
};

}  // namespace

Result<Field> resolve_field(const TypePtr& whole, std::string_view path,
                            std::string_view scalar_name) {
  if (!whole) {
    return wrong("unknown field " + in_quotes(path) + ": there is no BTF that describes it");
  }
  const bool is_whole =
      whole->is_composite() && path == scalar_name && !find_member(Field{{}, whole, 0, 0, 0}, path);
  if (is_whole) return PathWalker(whole, path, path.size()).walk();
  if (whole->is_composite() || scalar_name.empty() || path.empty() || path.front() == '[') {
    return PathWalker(whole, path, 0).walk();
  }
  const std::string_view first = path.substr(0, path.find_first_of(".["));
  if (first != scalar_name) {
    return wrong("unknown field " + in_quotes(path) + ": there is only one " + whole->name +
                 ", called " + in_quotes(scalar_name));
  }
  return PathWalker(whole, path, scalar_name.size()).walk();
}

std::vector<Field> leaf_fields(const TypePtr& whole, std::string_view scalar_name) {
  std::vector<Field> leaves;
  if (!whole) return leaves;
  Field field;
  field.type = whole;
  const bool is_one = whole->kind != TypeKind::kStruct || address_of(*whole) != Address::kNone;
  if (is_one) field.path = scalar_name;
  append_leaves(field, leaves);
  return leaves;
}

std::vector<std::string> field_paths(const TypePtr& whole, std::string_view scalar_name) {
  std::vector<std::string> paths;
  if (!whole || !holds_data(*whole)) return paths;
  if (whole->is_composite()) {
    append_paths(*whole, {}, paths);
  } else if (!scalar_name.empty()) {
    paths.emplace_back(scalar_name);
  }
  return paths;
}

}  // namespace bpfmap::kernel
