// SPDX-License-Identifier: Apache-2.0
#include "kernel/code/memory_notes.h"

#include <linux/bpf.h>

#include <algorithm>
#include <string>
#include <utility>

namespace bpfmap::kernel {
namespace {

using Kind = Content::Kind;

// As large as a stack: of a key or value behind an address.
constexpr std::int64_t kLargestPart = 512;
constexpr std::int64_t kUnknownFill = 8;  // bytes that are written where it is not known how many

Content content_of(const MemoryPart& part) {
  return part.constant ? Content::constant(*part.constant) : Content::of(part.origin);
}

MemoryPart part_from(std::uint32_t size, const Content& content) {
  MemoryPart part;
  part.size = size;
  if (content.is(Kind::kConstant)) part.constant = content.offset;
  if (content.is(Kind::kNumber)) part.origin = part_of(content.number, 0, size);
  return part;
}

void add_part(MemoryParts& parts, std::uint32_t offset, std::uint32_t size,
              const Content& content) {
  const MemoryPart part = part_from(size, content);
  const auto [place, is_new] = parts.try_emplace(offset, part);
  if (is_new) return;
  const std::uint32_t both = std::max(place->second.size, size);
  place->second = part_from(both, joined(content_of(place->second), content_of(part)));
}

// What lies on the stack from an address on, as far as one object can reach.
MemoryParts parts_on_stack(const CodeState& state, const Content& address, std::int64_t size) {
  MemoryParts parts;
  const auto end = state.stack.lower_bound(address.offset + size);
  for (auto place = state.stack.lower_bound(address.offset); place != end; ++place) {
    const auto offset = static_cast<std::uint32_t>(place->first - address.offset);
    add_part(parts, offset, place->second.size, place->second.content);
  }
  return parts;
}

void add_parts(MemoryParts& parts, const MemoryParts& more) {
  for (const auto& [offset, part] : more) add_part(parts, offset, part.size, content_of(part));
}

void note(std::set<std::uint32_t>& offsets, const Content& address) {
  const bool is_known = address.is_at_known_place() && address.offset >= 0;
  offsets.insert(is_known ? static_cast<std::uint32_t>(address.offset) : MemoryUse::kSomewhere);
}

void join_at(std::map<std::uint32_t, NumberOrigin>& origins, std::uint32_t at,
             const NumberOrigin& origin) {
  const auto [place, is_new] = origins.try_emplace(at, origin);
  if (!is_new) place->second = joined_origin(place->second, origin);
}

void note_growth(MemoryUse& use, const Content& address, const NumberOrigin& added) {
  note(use.grows, address);
  if (address.offset < 0) return;
  const auto at = static_cast<std::uint32_t>(address.offset);
  join_at(use.added, at, added);
  if (address.indexed) join_at(use.counted_by, at, address.number);
}

bool is_on_known_stack(const Content& content) {
  return content.is(Kind::kStack) && content.offset != Content::kAnywhere;
}

void note_key(MemoryUse& use, const CodeState& state) {
  const Content& key = state.registers[2];
  if (is_on_known_stack(key)) {
    add_parts(use.keys, parts_on_stack(state, key, kLargestPart));
  } else {
    use.other_keys = true;
  }
}

std::uint32_t size_in(const Content& content) {
  const bool is_size =
      content.is(Kind::kConstant) && content.offset > 0 && content.offset < INT32_MAX;
  return is_size ? static_cast<std::uint32_t>(content.offset) : 0;
}

}  // namespace

void MemoryNotes::store(const Content& address, std::uint32_t size, const Content& source) {
  MemoryUse& use = uses_[address.region];
  const bool is_own =
      source.region == address.region && source.offset == address.offset && !address.indexed;
  const bool is_of_array = address.indexed && source.region == address.region;
  if ((is_own || is_of_array) && source.is(Kind::kGrown)) {
    note_growth(use, address, source.number);
  } else if ((is_own || is_of_array) && source.is(Kind::kFallen)) {
    note(use.falls, address);
  } else {
    note(use.assigned, address);
    if (address.is_at_known_place() && address.offset >= 0) {
      add_part(use.values, static_cast<std::uint32_t>(address.offset), size, source);
    }
  }
  if (source.refers_to_region()) uses_[source.region].escapes = true;
}

void MemoryNotes::store_atomically(const Content& address, std::int32_t operation,
                                   const Content& source) {
  MemoryUse& use = uses_[address.region];
  if ((operation & ~BPF_FETCH) != BPF_ADD) {
    note(use.assigned, address);
  } else if (source.is_negative()) {
    note(use.falls, address);
  } else {
    note_growth(use, address, origin_of(source));
  }
}

void MemoryNotes::let_escape(const Content& content, const CodeState& state) {
  if (content.refers_to_region()) uses_[content.region].escapes = true;
  if (!content.is(Kind::kStack)) return;
  for (const auto& [offset, part] : state.stack) {
    if (part.content.refers_to_region()) uses_[part.content.region].escapes = true;
  }
}

void MemoryNotes::let_all_escape() {
  for (MemoryUse& use : uses_) use.escapes = true;
}

Content MemoryNotes::call(const HelperEffect& helper, CodeState& state) {
  using enum HelperEffect::Does;
  switch (helper.does) {
    case kReturn: {
      NumberOrigin returned{helper.meaning};
      const Content& flags = state.registers[3];
      const bool is_user = flags.is(Kind::kConstant) && (flags.offset & BPF_F_USER_STACK) != 0;
      if (returned.meaning == Meaning::kKernelStack && is_user) {
        returned.meaning = Meaning::kUserStack;
      }
      return Content::of(returned);
    }
    case kFill: fill(helper, state); return unknown_content();
    case kSend: send(helper, state); return unknown_content();
    default: break;
  }
  return use_map(helper, state).value_or(unknown_content());
}

// What a call to a helper for maps gives back, where it is an address.
std::optional<Content> MemoryNotes::use_map(const HelperEffect& helper, const CodeState& state) {
  using enum HelperEffect::Does;
  const Content& map = state.registers[1];
  if (!map.is(Kind::kMap)) return std::nullopt;
  MemoryUse& use = uses_[map.region];
  const Content value{Kind::kAddress, false, map.region, 0, {}};
  switch (helper.does) {
    case kStorage:
      use.updated = true;
      use.looked_up = true;
      return value;
    case kLookup: look_up(use, state); return value;
    case kUpdate: update(use, state); return std::nullopt;
    case kDelete: use.deleted = true; return std::nullopt;
    case kReserve: return reserve(map.region, state.registers[helper.argument]);
    default: return std::nullopt;
  }
}

void MemoryNotes::look_up(MemoryUse& use, const CodeState& state) {
  use.looked_up = true;
  note_key(use, state);
}

void MemoryNotes::update(MemoryUse& use, const CodeState& state) {
  use.updated = true;
  note_key(use, state);
  const Content& value = state.registers[3];
  if (value.is(Kind::kAddress)) uses_[value.region].sent = true;
  if (is_on_known_stack(value)) add_parts(use.values, parts_on_stack(state, value, kLargestPart));
}

void MemoryNotes::fill(const HelperEffect& helper, CodeState& state) {
  const Content& bytes = state.registers[helper.argument];
  const std::uint32_t size = size_in(state.registers[helper.argument + 1]);
  const Content content = Content::of({helper.meaning});
  if (bytes.is(Kind::kAddress)) {
    note(uses_[bytes.region].assigned, bytes);
    if (!bytes.is_at_known_place() || bytes.offset < 0) return;
    add_part(uses_[bytes.region].values, static_cast<std::uint32_t>(bytes.offset), size, content);
  }
  if (!is_on_known_stack(bytes)) return;
  const std::int64_t end = bytes.offset + (size == 0 ? kUnknownFill : size);
  state.stack.erase(state.stack.lower_bound(bytes.offset), state.stack.lower_bound(end));
  state.stack[bytes.offset] = {size, content};
}

void MemoryNotes::send(const HelperEffect& helper, const CodeState& state) {
  const Content& bytes = state.registers[helper.argument];
  const std::uint32_t size = size_in(state.registers[helper.argument + 1]);
  if (bytes.is(Kind::kAddress)) uses_[bytes.region].sent = true;
  const Content& map = state.registers[helper.map];
  if (!map.is(Kind::kMap)) return;
  const bool is_value = bytes.is(Kind::kAddress) && code_.regions[bytes.region].is_map;
  const std::string value_of = is_value ? code_.regions[bytes.region].name : std::string();
  MemoryUse::Record& record = uses_[map.region].records[value_of + "/" + std::to_string(size)];
  record.size = size;
  record.value_of = value_of;
  if (is_on_known_stack(bytes)) {
    add_parts(record.parts, parts_on_stack(state, bytes, size == 0 ? kLargestPart : size));
  }
}

Content MemoryNotes::reserve(std::size_t region, const Content& size) {
  MemoryUse::Record& record = uses_[region].records["/" + std::to_string(size_in(size))];
  record.size = size_in(size);
  record.value_of = code_.regions[region].name;  // it is put together in place
  return {Kind::kAddress, false, region, 0, {}};
}

MemoryUses MemoryNotes::take() {
  MemoryUses uses;
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    uses.emplace(code_.regions[i].name, std::move(uses_[i]));
  }
  return uses;
}

}  // namespace bpfmap::kernel
