// SPDX-License-Identifier: Apache-2.0
#include "http/negotiate.h"

#include <algorithm>
#include <optional>

namespace bpfmap::http {
namespace {

// A weight in thousandths, as the grammar has at most three decimals.
constexpr int kFullWeight = 1000;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Cuts and returns what stands before `separator`; all of it when there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return trim(head);
}

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
std::optional<int> parse_qvalue(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || text.size() > 5) return std::nullopt;
  int weight = text[0] == '1' ? kFullWeight : 0;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int unit = kFullWeight / 10;
  for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (digit < '0' || digit > '9') return std::nullopt;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return weight <= kFullWeight ? std::optional(weight) : std::nullopt;
}

// The weight of an element whose name was cut off already; parameters other than q are not defined.
std::optional<int> parse_weight(std::string_view parameters) {
  if (trim(parameters).empty()) return kFullWeight;
  const std::string_view name = take_until(parameters, '=');
  return same_name(name, "q") ? parse_qvalue(trim(parameters)) : std::nullopt;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> any;
  int identity = 0;
  while (!accept_encoding.empty()) {
    std::string_view element = take_until(accept_encoding, ',');
    const std::string_view name = take_until(element, ';');
    const std::optional<int> weight = parse_weight(element);
    if (!weight) continue;
    if (same_name(name, "gzip") || same_name(name, "x-gzip")) {
      gzip = std::max(gzip.value_or(0), *weight);
    } else if (name == "*") {
      any = *weight;
    } else if (same_name(name, "identity")) {
      identity = *weight;
    }
  }
  const int weight = gzip ? *gzip : any.value_or(0);
  return weight > 0 && weight >= identity;
}

}  // namespace bpfmap::http
