// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <vector>

#include "decode/decoders/arguments.h"
#include "decode/decoders/builders.h"
#include "decode/decoders/host_ops.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/number_steps.h"
#include "decode/decoders/text_ops.h"

// The decoders of numbers that take an argument.
namespace bpfmap::decode {
namespace {

constexpr auto kDurationUnits = std::to_array<std::string_view>({"ns", "us", "ms", "s"});
constexpr auto kNamespaceKinds = std::to_array<std::string_view>(
    {"", "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"});

std::optional<DurationText> duration_op(const Request& request) {
  const auto unit = parse_choice(request, "unit", kDurationUnits, 0);
  if (!unit) return std::nullopt;
  return DurationText{static_cast<unsigned>(3 * *unit)};
}

std::optional<NamespaceName> namespace_op(const Request& request) {
  const auto kind = parse_choice(request, "kind", kNamespaceKinds, 0);
  if (!kind) return std::nullopt;
  return NamespaceName{kNamespaceKinds[*kind]};
}

}  // namespace

std::optional<std::size_t> parse_choice(const Request& request, std::string_view argument,
                                        std::span<const std::string_view> words,
                                        std::size_t otherwise) {
  const config::Tree& arguments = request.arguments;
  if (arguments.is_null()) return otherwise;
  const config::Tree* value = arguments.find(std::string(argument));
  if (value == nullptr || arguments.pairs.size() != 1) {
    const bool is_misspelt = arguments.is_mapping() && arguments.pairs.size() == 1;
    request.fail_at(arguments.at,
                    in_quotes(request.name) + " takes " + in_quotes(argument) +
                        " and nothing else" +
                        (is_misspelt ? ", not " + in_quotes(arguments.pairs.front().first.value)
                                     : std::string()));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (value->is_scalar() && !words[i].empty() && value->scalar == words[i]) return i;
  }
  const auto named = words.front().empty() ? words.subspan(1) : words;
  request.fail_at(value->at, in_quotes(argument) + " is " + in_choice(named));
  return std::nullopt;
}

std::optional<FirstStep> build_duration(const Request& request) {
  return over_integers(request, duration_op(request));
}
std::optional<LaterStep> build_duration_text(const Request& request, const TextTraits& before) {
  return over_integer_text(request, before, duration_op(request));
}

std::optional<FirstStep> build_namespace(const Request& request) {
  return over_integers(request, namespace_op(request));
}
std::optional<LaterStep> build_namespace_text(const Request& request, const TextTraits& before) {
  return over_integer_text(request, before, namespace_op(request));
}

std::optional<FirstStep> build_uint(const Request& request) {
  if (!takes_no_arguments(request)) return std::nullopt;
  if (auto wide = wide_step(request.field)) return wide;
  kernel::Field field = bytes_as_number(request.field);
  const kernel::Type& type = *field.type;
  if (!is_integer(type) || numbers_of(field) == std::nullopt) {
    request.fail(needs(request, "an integer, or 1, 2, 4 or 8 bytes") + size_in_words(field));
    return std::nullopt;
  }
  if (!type.big_endian) {
    field.type = kernel::explicit_type("u" + std::to_string(type.size * 8));
  }
  return over_field(*numbers_of(field), Decimal{});
}

}  // namespace bpfmap::decode
