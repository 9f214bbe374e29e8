// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/layout.h"

struct btf;
struct btf_type;

namespace bpfmap::kernel {

// A variable of a data section.
struct BtfVariable {
  std::string name;
  TypePtr type;
  std::uint32_t offset = 0;  // bytes from the start of its section
};

// "handler.____fmt": a static variable of a function, a format string mostly, which no
// configuration is to read or set.
inline bool is_static_in_function(const std::string& variable) {
  return variable.find('.') != std::string::npos;
}

// Copies types out of BTF. BTF comes from files that were not checked: ids that point nowhere,
// structs that contain themselves and sizes that contradict each other are errors
// (kConfiguration, with the sentence as `operation`), and the work and the result are bounded by
// kMostParts and kDeepest. Holds `btf` without owning it; the types it returns are independent of
// it. Not thread-safe.
class BtfLayout {
 public:
  // Parts of one type, with every member of every struct and union counted as often as it occurs.
  static constexpr std::uint64_t kMostParts = 65536;
  static constexpr int kDeepest = 64;

  explicit BtfLayout(const btf* types) : btf_(types) {}

  Result<TypePtr> type(std::uint32_t id);

  // The variables of a data section (BTF_KIND_DATASEC), in the order of their offsets.
  Result<std::vector<BtfVariable>> variables(std::uint32_t section_id);

  // The name of any type; empty where it has none.
  std::string name_of(std::uint32_t id) const;

 private:
  struct Known {
    TypePtr type;
    std::uint64_t parts = 1;
  };

  // What the typedefs before a type say about it.
  struct Typedefs {
    std::string alias;  // the outermost one's name
    bool big_endian = false;
  };

  Result<Known> convert(std::uint32_t id, int depth);
  Result<Known> build(const btf_type& type, std::uint32_t id, const Typedefs& typedefs, int depth);
  Result<Known> build_array(const btf_type& type, const std::string& alias, int depth);
  Result<Known> build_composite(const btf_type& type, const std::string& alias, int depth);
  Result<Member> build_member(const btf_type& composite, std::uint32_t index, int depth,
                              std::uint64_t& parts);
  TypePtr build_enum(const btf_type& type, const std::string& alias) const;
  TypePtr build_pointer(const btf_type& type, const std::string& alias) const;
  Result<const btf_type*> strip(std::uint32_t& id, Typedefs& typedefs) const;
  const btf_type* raw(std::uint32_t id) const;
  std::string text(std::uint32_t offset) const;

  const btf* btf_;
  std::map<std::uint32_t, Known> known_;
  std::set<std::uint32_t> open_;  // composites that are being built: meeting one again is a loop
};

}  // namespace bpfmap::kernel
