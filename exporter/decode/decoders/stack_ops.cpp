// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/stack_ops.h"

#include <cxxabi.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace bpfmap::decode {

FrameCount FramesInKey::read(const std::byte* key, DecodeState& state) const {
  if (state.frames.size() < count) state.frames.resize(count);
  std::memcpy(state.frames.data(), key + offset, count * sizeof(std::uint64_t));
  const auto end = state.frames.begin() + count;
  return std::find(state.frames.begin(), end, 0) - state.frames.begin();
}

FrameCount FramesById::read(const std::byte* key, DecodeState& state) const {
  const std::uint64_t bits = id.read(key).bits;
  // A field of 32 bits that is unsigned has the errno as well; no stack has so high an id.
  const auto narrow = static_cast<std::int32_t>(bits);
  if (narrow < 0) return narrow;
  const std::size_t count = bits > std::numeric_limits<std::uint32_t>::max()
                                ? 0
                                : map->read(static_cast<std::uint32_t>(bits), state.frames);
  if (count == 0) ++state.errors;
  return static_cast<FrameCount>(count);
}

std::string_view no_stack_text(FrameCount negative_errno) {
  switch (-negative_errno) {
    case EFAULT: return "[EFAULT]";
    case EEXIST: return "[EEXIST]";
    case ENOMEM: return "[ENOMEM]";
    case EINVAL: return "[EINVAL]";
    case ENOENT: return "[ENOENT]";
    default: return "[no stack]";
  }
}

std::string_view UserFrameName::demangled(std::string_view name, DecodeState& state) {
  if (!name.starts_with("_Z")) return name;
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  int status = 0;
  // The names of a table end with a NUL.
  const std::unique_ptr<char, Free> text(
      abi::__cxa_demangle(name.data(), nullptr, nullptr, &status));
  if (text == nullptr) return name;
  state.demangled.assign(text.get());
  return std::string_view(state.demangled).substr(0, host::SymbolNames::kMaxName);
}

}  // namespace bpfmap::decode
