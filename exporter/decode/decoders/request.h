// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "config/diagnostics.h"
#include "config/tree.h"
#include "decode/decoders/text.h"
#include "kernel/layout.h"
#include "kernel/object.h"

namespace bpfmap::decode {

// What a decoder is made of. The references must outlive the compilation only.
struct Request {
  const kernel::Field& field;
  std::string_view name;  // of the decoder; empty where the type alone decides
  config::Position at;
  const config::Tree& arguments;
  config::Diagnostics& diagnostics;
  const kernel::MapInfo* map = nullptr;  // whose key has the field; null where that is not known

  void fail(std::string message) const { diagnostics.error(at, std::move(message)); }
  void fail_at(config::Position where, std::string message) const {
    diagnostics.error(where.line != 0 ? where : at, std::move(message));
  }
};

inline std::string quoted(std::string_view word) {
  std::string text = "'";
  text += word;
  return text += '\'';
}

// The field as decoders of numbers want it: raw bytes (`type: bytes`) of the size of a number are
// an unsigned one in the order of this machine. Other fields are what they are.
kernel::Field as_number(const kernel::Field& field);
// The same for any array of bytes that may be a number.
kernel::Field bytes_as_number(const kernel::Field& field);

// Reports arguments of a decoder that takes none.
bool takes_no_arguments(const Request& request);

}  // namespace bpfmap::decode
