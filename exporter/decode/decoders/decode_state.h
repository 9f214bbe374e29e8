// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/host_names.h"

namespace bpfmap::decode {

// What one rendering carries through its decoders: scratch space that is allocated once, tables of
// the host's names, and what the decoders found out. One thread at a time.
struct DecodeState {
  explicit DecodeState(host::HostNames& names)
      : host(names),
        kernel_symbols(names.shared().kernel_symbols()),
        user_symbols(names.shared().user_symbols()) {}

  host::HostNames& host;
  host::KernelSymbolReader kernel_symbols;
  host::UserSymbols& user_symbols;
  host::UserSymbol user_symbol;  // the one found last
  // Set when a decoder dropped or replaced bytes (behind a NUL, invalid UTF-8), so that two
  // different keys may now look the same although each decoder is injective otherwise.
  bool lossy = false;
  // Set when a decoder decided that the series is not to be exported. LabelProgram::write()
  // takes it back.
  bool dropped = false;
  // Values a decoder could not make sense of; it wrote a fallback instead.
  std::uint64_t errors = 0;
  std::string scratch[2];             // between the decoders of a chain
  std::vector<std::uint64_t> frames;  // of a stack
  std::string demangled;
};

}  // namespace bpfmap::decode
