// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/text.h"
#include "host/symbol_table.h"

namespace bpfmap::decode {

inline constexpr std::string_view kUnknownSymbol = "[unknown]";

// Writes pieces of text that must not become longer than `most` bytes all together, before
// they are escaped.
template <typename Sink>
class BoundedText {
 public:
  BoundedText(char* out, std::size_t most, DecodeState& state)
      : out_(out), left_(most), state_(state) {}

  // Whatever has no room is left out.
  void add(std::string_view text) {
    text = text.substr(0, left_);
    left_ -= text.size();
    out_ = Sink::write(out_, text, state_);
  }
  void add_offset(std::uint64_t offset) {
    add("+");
    add_address(offset);
  }
  void add_address(std::uint64_t address) {
    char digits[kMaxHexChars];
    const char* end = write_hex(digits, address);
    add({digits, static_cast<std::size_t>(end - digits)});
  }

  std::size_t left() const { return left_; }
  char* end() const { return out_; }

 private:
  char* out_;
  std::size_t left_;
  DecodeState& state_;
};

// What a symbol of the kernel looks like: "name", "name+0x12", "name [module]".
struct KernelSymbolForm {
  bool with_offset = false;
  bool with_module = false;
  // As ebpf_exporter has it: what has no name is "unknown_addr:0x12", and addresses of stacks are
  // looked up as they are.
  bool as_ebpf_exporter = false;
  bool names_starts_only = false;  // an address inside a function has no name

  // "+0x" and sixteen digits, " [" and "]" about a module's name (MODULE_NAME_LEN is 56 or 64).
  static constexpr std::size_t kMaxBytes = host::SymbolNames::kMaxName + 19 + 3 + 64;

  // The name of what `at` lies in, and how far `address` is from its beginning.
  template <typename Text>
  void write(std::uint64_t address, std::uint64_t at, Text& text, DecodeState& state) const {
    if (as_ebpf_exporter) at = address;
    const std::optional<host::Symbol> symbol = state.kernel_symbols.find(at);
    if (!symbol || (names_starts_only && symbol->offset != 0)) return write_unknown(address, text);
    text.add(symbol->name);
    if (with_offset) text.add_offset(symbol->offset + (address - at));
    if (!with_module || symbol->module.empty()) return;
    text.add(" [");
    text.add(symbol->module);
    text.add("]");
  }

 private:
  template <typename Text>
  void write_unknown(std::uint64_t address, Text& text) const {
    if (!as_ebpf_exporter) return text.add(kUnknownSymbol);
    text.add("unknown_addr:");
    char digits[kMaxHexChars];
    const char* end = write_hex(digits, address);
    text.add({digits, static_cast<std::size_t>(end - digits)});
  }
};

// The decoder `ksym`.
struct KernelSymbolName {
  KernelSymbolForm form;

  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    BoundedText<Sink> text(out, KernelSymbolForm::kMaxBytes, state);
    form.write(number.bits, number.bits, text, state);
    return text.end();
  }
  TextTraits traits(NumberRange range) const;
};

// Of names that are cut at `most` bytes. Many addresses have one name.
TextTraits symbol_traits(std::size_t most);

}  // namespace bpfmap::decode
