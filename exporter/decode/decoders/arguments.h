// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "decode/decoders/request.h"

namespace bpfmap::decode {

// Whose texts a decoder writes, where ebpf_exporter has others: the argument `names`.
inline constexpr std::string_view kNameSources[] = {"system", "ebpf_exporter"};
inline constexpr std::size_t kEbpfExporterNames = 1;

// "'a', 'b' or 'c'"
std::string in_choice(std::span<const std::string_view> words);

// The arguments of a decoder that takes some, by name. Reports what is wrong and remembers that
// there was something, so that a builder reads all of them and asks is_good() at its end.
class Arguments {
 public:
  // Reports arguments that are none of `known`, and anything but a mapping.
  Arguments(const Request& request, std::initializer_list<std::string_view> known);

  bool is_good() const { return is_good_; }
  bool has(std::string_view name) const { return find(name) != nullptr; }

  // false where it is left out.
  bool flag(std::string_view name);
  // Null where it is left out, or no text.
  const config::Tree* text(std::string_view name, std::string_view what);
  std::optional<std::uint32_t> number(std::string_view name, std::uint32_t least,
                                      std::uint32_t most);
  // Which of the words; the first where it is left out.
  std::size_t choice(std::string_view name, std::span<const std::string_view> words);

  void fail_at(config::Position at, std::string message);

 private:
  const config::Tree* find(std::string_view name) const;

  const Request& request_;
  bool is_good_ = true;
};

}  // namespace bpfmap::decode
