// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/object_info.h"
#include "kernel/program_request.h"

// Sets of programs of which one is enough, and what is known of each: not yet refused, or why.
namespace bpfmap::kernel {

// A program of a set, by its place in the object.
struct AlternativeProgram {
  std::size_t index = 0;
  std::string name;
  bool required = true;  // false: the set works without it, as long as it has another one
  std::string problem;   // why the program does not work; empty as long as it may
};

struct AlternativeSet {
  std::vector<AlternativeProgram> programs;

  std::string name() const;  // "count_entry, count_exit"
  bool has(std::size_t program) const;
  bool works() const;
  // Each reason once: "count_entry: load program ...".
  std::string problem() const;
};

struct AlternativeGroup {
  std::vector<AlternativeSet> sets;        // in the order of preference
  std::optional<std::size_t> chosen = {};  // the set that is attached

  // Whether it is an error that no set works: not where no program is required.
  bool required() const;
  bool has(std::size_t program) const;
  // Whether the program is of a set that may still be used.
  bool needs(std::size_t program) const;
  bool has_working_set() const;
  void refuse(std::size_t program, const std::string& problem);
};

// The groups of `requests`, for an object with these programs.
std::vector<AlternativeGroup> alternatives_of(std::span<const ProgramInfo> programs,
                                              std::span<const ProgramRequest> requests);

// The group that a program is of; null where it is of none.
AlternativeGroup* group_of(std::span<AlternativeGroup> groups, std::size_t program);

// What is said where no set of a group works: each set with its reasons.
Error none_works(const AlternativeGroup& group, const std::string& object);

}  // namespace bpfmap::kernel
