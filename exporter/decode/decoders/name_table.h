// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::decode {

// Names of numbers that never change: enumerators, errors, signals, system calls. Numbers without a
// name are written as numbers. Immutable; any thread.
class NameTable {
 public:
  struct Row {
    std::uint64_t number = 0;  // sign-extended where it is signed
    std::string name;
  };

  // Empty names are left out; of several names of a number the first one counts.
  explicit NameTable(std::vector<Row> rows);
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;
  NameTable(NameTable&&) = delete;
  NameTable& operator=(NameTable&&) = delete;
  ~NameTable() = default;

  // Empty where the number has no name.
  std::string_view find(std::uint64_t number) const {
    const std::uint64_t index = number - first_;  // wraps: a number below first_ is beyond the end
    if (index < dense_.size()) return dense_[index];
    return sparse_.empty() ? std::string_view{} : find_sparse(number);
  }

  std::size_t longest() const { return longest_; }
  bool is_plain() const { return is_plain_; }            // see TextTraits
  bool is_comma_free() const { return is_comma_free_; }  // see TextTraits
  // No name stands for two numbers or looks like a number, hence none for
  // another number's fallback.
  bool is_injective() const { return is_injective_; }

 private:
  void examine();
  void index();
  std::string_view find_sparse(std::uint64_t number) const;

  std::vector<Row> rows_;  // sorted by number; the views of dense_ point into it
  std::uint64_t first_ = 0;
  std::vector<std::string_view> dense_;  // by number - first_, if enough of the range is used;
  std::vector<std::uint64_t> sparse_;    // otherwise the numbers of rows_, to search in
  std::size_t longest_ = 0;
  bool is_plain_ = true;
  bool is_comma_free_ = true;
  bool is_injective_ = true;
};

using NameTablePtr = std::shared_ptr<const NameTable>;

}  // namespace bpfmap::decode
