// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "decode/decoders/text.h"

namespace bpfmap::decode {

// Texts that the configuration gives to texts: the decoder `map`. Immutable once it is
// built; any thread.
class TextTable {
 public:
  enum class Unknown : std::uint8_t { kMark, kKeep, kReplace };

  // What is written for a text that is not in the table: "unknown:" and the text, the text
  // itself, or `replacement`.
  explicit TextTable(Unknown unknown, std::string replacement = {});

  // False, and nothing changes, where the key is in the table already.
  bool add(std::string key, std::string text);

  // What is known about the texts it makes out of such texts.
  TextTraits traits(const TextTraits& before) const;

  template <typename Sink>
  char* write(std::string_view text, char* out, DecodeState& state) const {
    if (const auto at = texts_.find(text); at != texts_.end()) {
      return write_entry<Sink>(at->second, out, state);
    }
    switch (unknown_) {
      case Unknown::kReplace: return write_entry<Sink>(replacement_, out, state);
      case Unknown::kMark: out = copy_text(out, kMark); break;
      case Unknown::kKeep: break;
    }
    return Sink::write(out, text, state);
  }

 private:
  static constexpr std::string_view kMark = "unknown:";

  struct Entry {
    std::string text;
    bool is_plain;
  };
  struct Hash {
    using is_transparent = void;  // lookups by string_view, without making a string
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  template <typename Sink>
  static char* write_entry(const Entry& entry, char* out, DecodeState& state) {
    return entry.is_plain ? copy_text(out, entry.text) : Sink::write(out, entry.text, state);
  }

  bool is_injective(const TextTraits& before) const;
  bool is_also_a_fallback(std::string_view text, const TextTraits& before) const;

  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> texts_;
  Unknown unknown_;
  Entry replacement_;
};

using TextTablePtr = std::shared_ptr<const TextTable>;

struct TableText {
  TextTablePtr table;

  template <typename Sink>
  char* write(std::string_view text, char* out, DecodeState& state) const {
    return table->write<Sink>(text, out, state);
  }
};

}  // namespace bpfmap::decode
