// SPDX-License-Identifier: Apache-2.0
#include "decode/keeping.h"

#include <re2/re2.h>

#include <utility>

namespace bpfmap::decode {
namespace {

std::shared_ptr<const re2::RE2> compiled(const std::string& pattern) {
  if (pattern.empty()) return nullptr;
  return std::make_shared<const re2::RE2>(pattern, re2::RE2::Quiet);
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    ++i;
    plain += text[i] == 'n' ? '\n' : text[i];
  }
  return plain;
}

LabelFilter::LabelFilter(LabelDecoder decoder, const std::string& keep, const std::string& drop)
    : decoder_(std::move(decoder)), keep_(compiled(keep)), drop_(compiled(drop)) {}

bool LabelFilter::passes(const std::byte* key, DecodeState& state) const {
  std::string written(decoder_.max_bytes(), '\0');
  const char* end = decoder_.write(key, written.data(), state);
  if (std::exchange(state.dropped, false)) return false;
  const std::string text =
      unescaped({written.data(), static_cast<std::size_t>(end - written.data())});
  if (keep_ != nullptr && !re2::RE2::FullMatch(text, *keep_)) return false;
  return drop_ == nullptr || !re2::RE2::FullMatch(text, *drop_);
}

}  // namespace bpfmap::decode
