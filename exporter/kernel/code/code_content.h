// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "kernel/number_origin.h"

// What registers and the stack of a program hold, by kind, while its code is followed.
namespace bpfmap::kernel {

struct Content {
  enum class Kind : std::uint8_t {
    kNothing,   // nothing was written there yet, or it is never used
    kNumber,    // a number, or an address that is of no interest
    kConstant,  // `offset` is the number; 0 may be a null
    kMap,       // a map
    kAddress,   // of a value, a variable or an event, `offset` into it, and `number` behind that
                // where it is `indexed`
    kLoaded,    // the number at `offset` of one
    kGrown,     // the same, and `number` was added
    kFallen,    // the same, and something was taken away
    kNegative,  // a number that may be below zero: negated, or a constant on one of two ways
    kContext,   // the address of what the kernel calls the program with
    kStack,     // an address on the stack, `offset` from its end
  };
  static constexpr std::int64_t kAnywhere = INT64_MIN;  // an offset that is not known

  Kind kind = Kind::kNothing;
  bool indexed = false;
  std::size_t region = 0;
  std::int64_t offset = 0;
  NumberOrigin number;
  bool operator==(const Content&) const = default;

  static Content of(const NumberOrigin& number) { return {Kind::kNumber, false, 0, 0, number}; }
  static Content constant(std::int64_t number) { return {Kind::kConstant, false, 0, number, {}}; }

  bool is(Kind wanted) const { return kind == wanted; }
  bool refers_to_region() const { return kind == Kind::kMap || kind == Kind::kAddress; }
  bool is_negative() const {
    return kind == Kind::kNegative || (kind == Kind::kConstant && offset < 0);
  }
  // An address with a place that is known.
  bool is_at_known_place() const { return offset != kAnywhere && !indexed; }
  // The same number of bytes on; kAnywhere stays so.
  Content moved(std::int64_t by) const;
};

// What a number is made of; of what a value holds nothing is known but that it was read.
NumberOrigin origin_of(const Content& content);

// A number of which nothing is known but that it is one.
inline Content unknown_content() { return Content::of({}); }

// Of two ways to the same instruction.
Content joined(const Content& one, const Content& other);

// The result of an instruction of the classes BPF_ALU and BPF_ALU64.
Content computed(std::uint8_t code, const Content& target, const Content& source);

// Whether a conditional jump between two constants is taken.
bool is_taken(std::uint8_t code, std::int64_t target, std::int64_t source);

struct StackPart {
  std::uint32_t size = 0;
  Content content;
  bool operator==(const StackPart&) const = default;
};

// The registers and the stack before an instruction.
struct CodeState {
  static constexpr std::size_t kRegisters = 11;
  std::array<Content, kRegisters> registers;
  std::map<std::int64_t, StackPart> stack;  // by their offsets

  // Whether that changed anything.
  bool join(const CodeState& other);
  Content load(std::int64_t at, std::uint32_t size) const;
};

}  // namespace bpfmap::kernel
