// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/symbol_text.h"
#include "decode/number_source.h"
#include "host/user_symbols.h"
#include "kernel/stack_map.h"

// Stacks as text: the decoders `kstack` and `ustack`.
namespace bpfmap::decode {

// How many addresses a stack has. Negative: there is none, and this is the errno that says why.
using FrameCount = std::int64_t;

// A field that is an array of addresses, ended by a 0 or by its size.
struct FramesInKey {
  std::uint32_t offset = 0;
  std::uint32_t count = 0;

  FrameCount read(const std::byte* key, DecodeState& state) const;
};

// A field that is the id of a stack, or the negative errno for which bpf_get_stackid() got none.
struct FramesById {
  NumberSource id;
  std::shared_ptr<const kernel::StackMap> map;

  // 0 where the stack is not there any more, which counts as an error.
  FrameCount read(const std::byte* key, DecodeState& state) const;
};

struct StackForm {
  std::string separator = "\n";
  std::uint32_t depth = 0;                         // the most frames, from the innermost one
  std::string_view of_no_frames = kUnknownSymbol;  // constant text
  // Of the text, before it is escaped: a limit for names that are long and many.
  static constexpr std::size_t kMaxBytes = 16384;
  static constexpr std::string_view kCut = "...";
};

// The name of an errno in brackets: "[EFAULT]".
std::string_view no_stack_text(FrameCount negative_errno);

// `Frames` finds the addresses, `Name` writes the name of each.
template <typename Frames, typename Name>
struct Stack {
  Frames frames;
  Name name;
  StackForm form;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    const FrameCount count = frames.read(key, state);
    BoundedText<Sink> text(out, StackForm::kMaxBytes, state);
    if (count <= 0) {
      text.add(count < 0 ? no_stack_text(count) : form.of_no_frames);
      return text.end();
    }
    const auto shown = std::min<std::uint64_t>(static_cast<std::uint64_t>(count), form.depth);
    for (std::size_t i = 0; i < shown; ++i) {
      if (i > 0) text.add(form.separator);
      if (text.left() < StackForm::kCut.size() + form.separator.size() + Name::kMaxBytes) {
        text.add(StackForm::kCut);
        break;
      }
      // All but the innermost address are where a call returns to, which may be behind the function
      // that calls one that never returns.
      const std::uint64_t address = state.frames[i];
      name.write(key, address, i > 0 ? address - 1 : address, text, state);
    }
    return text.end();
  }
  static TextTraits traits() { return symbol_traits(StackForm::kMaxBytes); }
};

struct KernelFrameName {
  static constexpr std::size_t kMaxBytes = KernelSymbolForm::kMaxBytes;
  KernelSymbolForm form;

  template <typename Text>
  void write(const std::byte*, std::uint64_t address, std::uint64_t at, Text& text,
             DecodeState& state) const {
    form.write(address, at, text, state);
  }
};

// What a function of a process looks like: "name", "name+0x12"; where only its binary is known
// "binary+0x1234", with the offset in the file; the address where the exporter does not see
// the machine's processes.
struct UserFrameName {
  static constexpr std::size_t kMaxBytes = host::SymbolNames::kMaxName + 19;
  NumberSource pid;  // in the same key
  bool with_offset = false;
  bool demangles = false;

  template <typename Text>
  void write(const std::byte* key, std::uint64_t address, std::uint64_t at, Text& text,
             DecodeState& state) const {
    host::UserSymbol& symbol = state.user_symbol;
    if (!state.host.shared().shows_processes()) {
      text.add_address(address);
    } else if (!state.user_symbols.find(pid_of(pid.read(key).bits), at, symbol)) {
      text.add(kUnknownSymbol);
    } else if (symbol.name.empty()) {
      text.add(std::string_view(symbol.binary).substr(0, host::SymbolNames::kMaxName));
      text.add_offset(symbol.binary_offset + (address - at));
    } else {
      text.add(demangles ? demangled(symbol.name, state) : symbol.name);
      if (with_offset) text.add_offset(symbol.offset + (address - at));
    }
  }

 private:
  // What bpf_get_current_pid_tgid() returns has the pid in its upper half.
  static std::uint32_t pid_of(std::uint64_t bits) {
    return static_cast<std::uint32_t>(bits >> 32 != 0 ? bits >> 32 : bits);
  }
  // The name as the source has it; as it is where it is no C++ name. Kept in `state`.
  static std::string_view demangled(std::string_view name, DecodeState& state);
};

// The decoder `usym`.
struct UserSymbolName {
  NumberSource address;
  UserFrameName name;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    BoundedText<Sink> text(out, UserFrameName::kMaxBytes, state);
    const std::uint64_t at = address.read(key).bits;
    name.write(key, at, at, text, state);
    return text.end();
  }
  static TextTraits traits() { return symbol_traits(UserFrameName::kMaxBytes); }
};

}  // namespace bpfmap::decode
