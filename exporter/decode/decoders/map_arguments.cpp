// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/suggest.h"
#include "decode/decoders/builders.h"
#include "decode/decoders/text_table.h"

// The arguments of the decoders `map` and `static_map`:
//   map: { table: { KEY: TEXT, ... }, default: TEXT }     or `keep_unknown: true` instead of
//   `default`
namespace bpfmap::decode {
namespace {

struct MapArguments {
  const config::Tree* table = nullptr;
  const config::Tree* replacement = nullptr;
  bool keep_unknown = false;
};

bool parse_keep_unknown(const Request& request, const config::Tree& value, MapArguments& parsed) {
  const bool is_bool =
      value.is_scalar() && !value.quoted && (value.scalar == "true" || value.scalar == "false");
  if (!is_bool) {
    request.fail_at(value.at, "'keep_unknown' is either true or false");
    return false;
  }
  parsed.keep_unknown = value.scalar == "true";
  return true;
}

bool parse_argument(const Request& request, const config::Located<std::string>& key,
                    const config::Tree& value, MapArguments& parsed) {
  if (key.value == "table") {
    parsed.table = &value;
    return true;
  }
  if (key.value == "keep_unknown") return parse_keep_unknown(request, value, parsed);
  if (key.value != "default") {
    const std::vector<std::string> names = {"table", "default", "keep_unknown"};
    request.fail_at(key.at, "unknown argument " + in_quotes(key.value) + " of " +
                                in_quotes(request.name) + suggestion(key.value, names));
    return false;
  }
  if (!value.is_scalar()) {
    request.fail_at(value.at, "'default' is a text");
    return false;
  }
  parsed.replacement = &value;
  return true;
}

std::optional<MapArguments> parse_arguments(const Request& request) {
  const std::string without_table = in_quotes(request.name) + " needs a table: '" +
                                    std::string(request.name) + ": {table: {1: read, 2: write}}'";
  const config::Tree& arguments = request.arguments;
  if (arguments.find("table") == nullptr) {
    request.fail_at(arguments.at, without_table);
    return std::nullopt;
  }
  MapArguments parsed;
  bool is_good = true;
  for (const auto& [key, value] : arguments.pairs) {
    is_good = parse_argument(request, key, value, parsed) && is_good;
  }
  if (!is_good || parsed.table == nullptr) return std::nullopt;
  if (!parsed.table->is_mapping() || parsed.table->pairs.empty()) {
    request.fail_at(parsed.table->at, without_table);
    return std::nullopt;
  }
  if (parsed.keep_unknown && parsed.replacement != nullptr) {
    request.fail_at(parsed.replacement->at, "either 'default' or 'keep_unknown: true', not both");
    return std::nullopt;
  }
  return parsed;
}

TextTable empty_table(const MapArguments& arguments) {
  if (arguments.replacement != nullptr) {
    return TextTable(TextTable::Unknown::kReplace, arguments.replacement->scalar);
  }
  return TextTable(arguments.keep_unknown ? TextTable::Unknown::kKeep : TextTable::Unknown::kMark);
}

// A key spelt the way the step before spells its texts, so that 0x10 finds 16 and the
// other way round.
std::optional<std::string> spelt_like(const TextTraits& before, const std::string& key) {
  if (!before.is_integer()) return key;
  const std::optional<Number> number = parse_integer(key);
  if (!number) return std::nullopt;
  char text[exposition::kMaxIntegerChars + kMaxHexChars];
  const char* end = before.form == TextTraits::Form::kDecimal ? write_integer(text, *number)
                                                              : write_hex(text, number->bits);
  return std::string(static_cast<const char*>(text), end);
}

// Tables of ebpf_exporter are text to it: it takes whatever they hold.
bool is_strict(const Request& request) { return request.name != "static_map"; }

bool add_pair(const Request& request, const config::Located<std::string>& key,
              const config::Tree& value, const TextTraits& before, TextTable& table) {
  if (!value.is_scalar()) {
    request.fail_at(value.at, "the text for " + in_quotes(key.value) + " is missing");
    return false;
  }
  std::optional<std::string> text = spelt_like(before, key.value);
  if (!text) {
    if (!is_strict(request)) return true;
    request.fail_at(key.at, in_quotes(key.value) + " is never found: 'map' gets integers here");
    return false;
  }
  if (!table.add(*text, value.scalar) && is_strict(request)) {
    request.fail_at(key.at, in_quotes(*text) + " is in the table already");
    return false;
  }
  return true;
}

}  // namespace

std::optional<LaterStep> build_map(const Request& request, const TextTraits& before) {
  const std::optional<MapArguments> arguments = parse_arguments(request);
  if (!arguments) return std::nullopt;
  TextTable table = empty_table(*arguments);
  bool is_good = true;
  for (const auto& [key, value] : arguments->table->pairs) {
    is_good = add_pair(request, key, value, before, table) && is_good;
  }
  if (!is_good) return std::nullopt;
  const TextTraits text = table.traits(before);
  return LaterStep{TableText{std::make_shared<const TextTable>(std::move(table))}, text};
}

}  // namespace bpfmap::decode
