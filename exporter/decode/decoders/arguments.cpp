// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/arguments.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/suggest.h"

namespace bpfmap::decode {

std::string in_choice(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += in_quotes(words[i]);
  }
  return text;
}

Arguments::Arguments(const Request& request, std::initializer_list<std::string_view> known)
    : request_(request) {
  const config::Tree& arguments = request.arguments;
  const std::vector<std::string> names(known.begin(), known.end());
  if (!arguments.is_null() && !arguments.is_mapping()) {
    fail_at(arguments.at,
            in_quotes(request.name) + " takes arguments by name" + suggestion("", names));
  }
  for (const auto& [key, value] : arguments.pairs) {
    if (std::find(names.begin(), names.end(), key.value) != names.end()) continue;
    fail_at(key.at, "unknown argument " + in_quotes(key.value) + " of " + in_quotes(request.name) +
                        suggestion(key.value, names));
  }
}

void Arguments::fail_at(config::Position at, std::string message) {
  is_good_ = false;
  request_.fail_at(at, std::move(message));
}

const config::Tree* Arguments::find(std::string_view name) const {
  return request_.arguments.find(name);
}

bool Arguments::flag(std::string_view name) {
  const config::Tree* value = find(name);
  if (value == nullptr) return false;
  const bool is_true = value->is_scalar() && !value->quoted && value->scalar == "true";
  const bool is_false = value->is_scalar() && !value->quoted && value->scalar == "false";
  if (!is_true && !is_false) fail_at(value->at, in_quotes(name) + " is either true or false");
  return is_true;
}

const config::Tree* Arguments::text(std::string_view name, std::string_view what) {
  const config::Tree* value = find(name);
  if (value == nullptr || (value->is_scalar() && !value->scalar.empty())) return value;
  fail_at(value->at, in_quotes(name) + " is " + std::string(what));
  return nullptr;
}

std::size_t Arguments::choice(std::string_view name, std::span<const std::string_view> words) {
  const config::Tree* value = find(name);
  if (value == nullptr) return 0;
  const auto at = std::find(words.begin(), words.end(), value->scalar);
  if (value->is_scalar() && at != words.end()) return static_cast<std::size_t>(at - words.begin());
  fail_at(value->at, in_quotes(name) + " is " + in_choice(words));
  return 0;
}

std::optional<std::uint32_t> Arguments::number(std::string_view name, std::uint32_t least,
                                               std::uint32_t most) {
  const config::Tree* value = find(name);
  if (value == nullptr) return std::nullopt;
  std::uint32_t number = 0;
  const std::string& digits = value->scalar;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = value->is_scalar() && !value->quoted && error == std::errc{} &&
                         end == digits.data() + digits.size();
  if (is_number && number >= least && number <= most) return number;
  fail_at(value->at, in_quotes(name) + " is a number from " + std::to_string(least) + " to " +
                         std::to_string(most));
  return std::nullopt;
}

}  // namespace bpfmap::decode
