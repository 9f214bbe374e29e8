// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "decode/decoders/number_ops.h"
#include "decode/number_source.h"
#include "kernel/layout.h"

// What the type of a field offers to decoders. Pure functions.
namespace bpfmap::decode {

// A field that is a number or an array of them.
struct FieldNumbers {
  NumberSource source;  // of the first. A bool's byte as it is, so that 1 and 2 can be told apart
  std::uint32_t stride = 0;
  std::uint32_t count = 1;
  bool is_array = false;
  kernel::TypePtr scalar;
  NumberRange range;
};
std::optional<FieldNumbers> numbers_of(const kernel::Field& field);

// Why numbers_of() returns nothing, and what to write instead.
std::string why_no_numbers(const kernel::Field& field);

// "field 'comm' (char[16])"
std::string describe(const kernel::Field& field);

bool is_integer(const kernel::Type& type);  // also an enum, a bool, a pointer, a plain char

// An array of bytes that may be text or not: char, signed char, unsigned char.
bool is_byte_array(const kernel::Type& type);

// A whole of so many bytes that holds integers: a number, an array, a struct or a union.
bool is_block_of(const kernel::Field& field, std::uint32_t bytes);

// The field as decoders of numbers want it: raw bytes (`type: bytes`) of the size of a number are
// an unsigned one in the order of this machine. Other fields are what they are.
kernel::Field as_number(const kernel::Field& field);
// The same for any array of bytes that may be a number.
kernel::Field bytes_as_number(const kernel::Field& field);

}  // namespace bpfmap::decode
