// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "kernel/libbpf/handles.h"

namespace bpfmap::kernel {

// BTF in the making. Ids are given in the order of the calls, from 1.
class Btf {
 public:
  Btf() : btf_(btf__new_empty()) {}
  btf* get() const { return btf_.get(); }

  std::uint32_t integer(const char* name, std::size_t size, int encoding = 0) {
    return id(btf__add_int(btf_.get(), name, size, encoding));
  }
  std::uint32_t u32() { return integer("unsigned int", 4); }
  std::uint32_t u64() { return integer("unsigned long", 8); }
  std::uint32_t array(std::uint32_t element, std::uint32_t count) {
    return id(btf__add_array(btf_.get(), index(), static_cast<int>(element), count));
  }
  std::uint32_t structure(const char* name, std::uint32_t size) {
    return id(btf__add_struct(btf_.get(), name, size));
  }
  void member(const char* name, std::uint32_t type, std::uint32_t bit, std::uint32_t bits = 0) {
    ASSERT_EQ(btf__add_field(btf_.get(), name, static_cast<int>(type), bit, bits), 0);
  }
  std::uint32_t alias(const char* name, std::uint32_t type) {
    return id(btf__add_typedef(btf_.get(), name, static_cast<int>(type)));
  }
  static std::uint32_t id(int result) {
    EXPECT_GT(result, 0);
    return static_cast<std::uint32_t>(result);
  }
  btf_type* raw(std::uint32_t type) {
    return const_cast<btf_type*>(btf__type_by_id(btf_.get(), type));
  }

 private:
  int index() {
    if (index_ == 0) index_ = static_cast<int>(integer("__ARRAY_SIZE_TYPE__", 4));
    return index_;
  }

  BtfPtr btf_;
  int index_ = 0;
};

}  // namespace bpfmap::kernel
