// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/terminal_text.h"
#include "config/diagnostics.h"
#include "config/tree.h"
#include "decode/decoders/text.h"
#include "kernel/layout.h"
#include "kernel/map_info.h"

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

// "'mac' needs 6 bytes, but field 'f' (__u32) is ", and what follows there.
std::string needs(const Request& request, std::string_view what);
// "a number of 4 bytes", "a bitfield"
std::string size_in_words(const kernel::Field& field);
std::string kind_in_words(const kernel::Type& type);

// Reports arguments of a decoder that takes none.
bool takes_no_arguments(const Request& request);

}  // namespace bpfmap::decode
