// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <limits>

#include "config/language/parts.h"

namespace bpfmap::config {
namespace {

constexpr auto kLabelKeys = std::to_array<std::string_view>(
    {"field", "decode", "value", "constant", "offset", "size", "type", "keep", "drop"});

// Width of an element; 1 for text, whose size says how long it is.
const Names<std::uint32_t>& field_types() {
  static const Names<std::uint32_t> types = {{"u8", 1},   {"u16", 2},  {"u32", 4},  {"u64", 8},
                                             {"s8", 1},   {"s16", 2},  {"s32", 4},  {"s64", 8},
                                             {"be16", 2}, {"be32", 4}, {"be64", 8}, {"f32", 4},
                                             {"f64", 8},  {"bool", 1}, {"char", 1}, {"bytes", 1}};
  return types;
}

std::optional<std::uint32_t> parse_u32(const std::optional<Field>& field, std::uint64_t least) {
  if (!field) return std::nullopt;
  const auto value = field->unsigned_integer(least, std::numeric_limits<std::uint32_t>::max());
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

void check_size(const Mapping& mapping, const ExplicitField& bytes, std::uint32_t width) {
  const bool is_text = bytes.type == "char" || bytes.type == "bytes";
  if (is_text && !mapping.has_or_misspells("size")) {
    mapping.diagnostics().error(mapping.field().at(), "a field of type '" + bytes.type +
                                                          "' needs 'size', its length in bytes");
  }
  if (bytes.size && *bytes.size % width != 0) {
    mapping.find("size")->error("expected a multiple of " + std::to_string(width) +
                                ", the size of one " + bytes.type + ", found '" +
                                std::to_string(*bytes.size) + "'");
  }
  const std::uint64_t end = std::uint64_t{bytes.offset} + bytes.size.value_or(width);
  if (end > std::numeric_limits<std::uint32_t>::max()) {
    mapping.diagnostics().error(mapping.field().at(), "the field ends beyond 4 GiB");
  }
}

void parse_decoder(const Field& field, std::vector<DecoderConfig>& decoders) {
  const Tree& tree = field.tree();
  if (tree.is_scalar()) {
    if (auto name = field.located_text()) decoders.push_back({std::move(*name), {}});
  } else if (!tree.is_mapping()) {
    field.expected("the name of a decoder or { name: arguments }");
  } else if (tree.pairs.size() != 1) {
    field.error("expected one decoder and its arguments, found " +
                std::to_string(tree.pairs.size()) + " keys (write a list for several decoders)");
  } else {
    decoders.push_back({tree.pairs.front().first, tree.pairs.front().second});
  }
}

std::vector<DecoderConfig> parse_decode(const Field& field) {
  std::vector<DecoderConfig> decoders;
  if (!field.tree().is_sequence()) {
    parse_decoder(field, decoders);
    return decoders;
  }
  if (field.tree().items.empty()) field.error("must not be empty");
  for (const Tree& item : field.tree().items) {
    parse_decoder(Field(item, field.name(), field.diagnostics()), decoders);
  }
  return decoders;
}

bool has_explicit(const Mapping& mapping) {
  return mapping.has("offset") || mapping.has("size") || mapping.has("type");
}

// A text, a part of the value, or a part of the key: one way a label.
void check_label_sources(const Mapping& mapping) {
  const auto refuse = [&](std::string_view key, std::string_view message) {
    mapping.diagnostics().error(mapping.key_position(key), std::string(message));
  };
  if (mapping.has("constant") &&
      (mapping.has("field") || mapping.has("value") || has_explicit(mapping) ||
       mapping.has("decode") || mapping.has("keep") || mapping.has("drop"))) {
    refuse("constant", "a label with 'constant' takes no other key");
  } else if (mapping.has("value") && mapping.has("field")) {
    refuse("value",
           "a label has 'field', a part of the key, or 'value', a part of the value, not both");
  } else if (mapping.has("value") && has_explicit(mapping)) {
    refuse("value",
           "which bytes of the value a label is made of is said inside: "
           "value: { offset: ..., size: ..., type: ... }");
  } else if (mapping.has("field") && has_explicit(mapping)) {
    refuse("field", "a label has 'field' or 'offset', 'size' and 'type', not both");
  }
}

LabelConfig parse_label(const Located<std::string>& name, const Field& value) {
  LabelConfig label;
  label.name = name;
  label.field = {name.at, name.value, std::nullopt};
  if (value.tree().is_null()) return label;
  if (!value.tree().is_mapping()) {
    value.expected("a mapping such as { field: a.b } or { constant: text }");
    return label;
  }
  const Mapping mapping(value, "a label", kLabelKeys);
  check_label_sources(mapping);
  if (const auto constant = mapping.find("constant")) {
    if (auto text = constant->scalar()) label.constant = {std::move(*text), constant->at()};
  }
  if (const auto of_value = mapping.find("value")) {
    label.is_of_value = true;
    if (auto field = parse_field_ref(*of_value)) label.field = std::move(*field);
  } else if (auto path = mapping.read("field", &Field::located_text)) {
    label.field = {path->at, std::move(path->value), std::nullopt};
  } else if (has_explicit(mapping)) {
    if (auto bytes = parse_explicit(mapping)) label.field = {value.at(), "", std::move(*bytes)};
  }
  if (const auto decode = mapping.find("decode")) label.decode = parse_decode(*decode);
  label.keep = mapping.read("keep", &Field::pattern);
  label.drop = mapping.read("drop", &Field::pattern);
  return label;
}

}  // namespace

std::optional<ExplicitField> parse_explicit(const Mapping& mapping) {
  const auto offset = parse_u32(mapping.require("offset"), 0);
  const auto type = mapping.require("type");
  const auto width = type ? type->one_of(field_types()) : std::nullopt;
  const auto size = parse_u32(mapping.find("size"), 1);
  if (!offset || !width) return std::nullopt;
  ExplicitField bytes{*offset, size, type->tree().scalar};
  check_size(mapping, bytes, *width);
  return bytes;
}

std::optional<FieldRef> parse_field_ref(const Field& field) {
  if (field.tree().is_mapping()) {
    auto bytes = parse_explicit(Mapping(field, "'" + field.name() + "'", kExplicitKeys));
    if (!bytes) return std::nullopt;
    return FieldRef{field.at(), "", std::move(*bytes)};
  }
  if (!field.tree().is_scalar()) {
    field.expected("a field's path or { offset: ..., type: ... }");
    return std::nullopt;
  }
  auto path = field.text();
  if (!path) return std::nullopt;
  return FieldRef{field.at(), std::move(*path), std::nullopt};
}

std::vector<LabelConfig> parse_labels(const Field& labels) {
  std::vector<LabelConfig> parsed;
  const auto* pairs = labels.pairs();
  if (pairs == nullptr) return parsed;
  for (const auto& [name, value] : *pairs) {
    const Field field(value, "label " + in_quotes(name.value), labels.diagnostics());
    parsed.push_back(parse_label(name, field));
  }
  return parsed;
}

}  // namespace bpfmap::config
