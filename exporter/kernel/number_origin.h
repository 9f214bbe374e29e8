// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace bpfmap::kernel {

// What a number or some bytes are, by the helper function that programs get them from.
enum class Meaning : std::uint8_t {
  kNone,
  kTime,              // since boot, in nanoseconds
  kElapsed,           // between two of these
  kProcessAndThread,  // bpf_get_current_pid_tgid()
  kProcess,           // its upper half, the pid of user space
  kThread,            // its lower half
  kUserAndGroup,      // bpf_get_current_uid_gid()
  kUser,
  kCpu,
  kCgroup,
  kKernelStack,  // the id of a stack
  kUserStack,
  kSystemCall,  // the number of one
  kText,        // read from a string
  kCommand,     // the name of a thread
};

// How a number came to be: what it was made of, and how it was computed from that.
struct NumberOrigin {
  enum class Shape : std::uint8_t {
    kChoice,     // one of several constants
    kPlain,      // (what it is made of + `added`) * multiplied / divided
    kLogarithm,  // to the base 2, of (that + `added` / divided), rounded down
    kOther,      // by a computation that is not followed
  };
  Meaning meaning = Meaning::kNone;
  Shape shape = Shape::kPlain;
  std::uint64_t multiplied = 1;
  std::uint64_t divided = 1;
  std::int64_t added = 0;
  bool operator==(const NumberOrigin&) const = default;

  bool is_logarithm() const { return shape == Shape::kLogarithm; }
  bool is_plain() const { return shape == Shape::kPlain; }
  bool is_choice() const { return shape == Shape::kChoice; }
  bool is_text() const { return meaning == Meaning::kText || meaning == Meaning::kCommand; }
};

// Of two ways to the same place.
NumberOrigin joined_origin(const NumberOrigin& one, const NumberOrigin& other);

NumberOrigin shifted_left(const NumberOrigin& number, std::int64_t bits);
NumberOrigin shifted_right(const NumberOrigin& number, std::int64_t bits);
// By a number of bits that depends on the number: a step in the search for its highest bit.
NumberOrigin shifted_by_choice(const NumberOrigin& number);
NumberOrigin multiplied_by(const NumberOrigin& number, std::int64_t factor);
NumberOrigin divided_by(const NumberOrigin& number, std::int64_t divisor);
NumberOrigin plus(const NumberOrigin& number, std::int64_t constant);
// By an operation that brings bits of two numbers together.
NumberOrigin combined(const NumberOrigin& one, const NumberOrigin& other);
NumberOrigin minus(const NumberOrigin& from, const NumberOrigin& what);
NumberOrigin masked(const NumberOrigin& number, std::int64_t mask);
// What of it fits into so many bytes, from `offset` on.
NumberOrigin part_of(const NumberOrigin& number, std::uint32_t offset, std::uint32_t size);

}  // namespace bpfmap::kernel
