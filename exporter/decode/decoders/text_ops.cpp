// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/text_ops.h"

#include <sys/stat.h>

#include <algorithm>

#include "decode/decoders/decode_state.h"

namespace bpfmap::decode {
namespace {

constexpr std::string_view kUnits[] = {"ns", "us", "ms", "s"};
constexpr unsigned kSeconds = 9;  // the exponent of the last one
constexpr std::uint64_t kPowers[] = {1, 1'000, 1'000'000, 1'000'000'000};

// ".5" for 500 of 1000; nothing for 0.
char* write_fraction(char* out, std::uint64_t rest, std::uint64_t of) {
  if (rest == 0) return out;
  *out++ = '.';
  while (rest != 0) {
    of /= 10;
    *out++ = static_cast<char>('0' + rest / of);
    rest %= of;
  }
  return out;
}

char letter_of(std::uint64_t type) {
  switch (type) {
    case S_IFREG: return '-';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFIFO: return 'p';
    case S_IFSOCK: return 's';
    default: return '?';
  }
}

// The third letter of a group: x, or what a set-id or sticky bit makes of it.
char execute_letter(bool may_execute, bool is_special, char special) {
  if (!is_special) return may_execute ? 'x' : '-';
  return may_execute ? special : static_cast<char>(special - 'a' + 'A');
}

}  // namespace

char* DurationText::write_span(char* out, std::uint64_t count) const {
  unsigned shown = exponent;
  while (shown < kSeconds && count >= kPowers[(shown + 3 - exponent) / 3]) shown += 3;
  if (count == 0) shown = kSeconds;
  const std::uint64_t of = kPowers[(shown - exponent) / 3];
  out = exposition::write_unsigned(out, count / of);
  out = write_fraction(out, count % of, of);
  return copy_text(out, kUnits[shown / 3]);
}

TextTraits DurationText::traits(NumberRange range) const {
  TextTraits traits = name_traits(0, range);
  constexpr std::size_t kSignPointUnitZero = 5;
  traits.max_bytes += kSignPointUnitZero;
  traits.room += exposition::kMaxIntegerChars + kSignPointUnitZero;
  traits.form = TextTraits::Form::kOther;
  return traits;
}

char* FileMode::write_mode(char* out, std::uint64_t mode, DecodeState& state) {
  constexpr std::uint64_t kAll = S_IFMT | 07777;
  const char type = letter_of(mode & S_IFMT);
  if (type == '?' || (mode & ~kAll) != 0) state.lossy = true;
  *out++ = type;
  const std::uint64_t specials[] = {S_ISUID, S_ISGID, S_ISVTX};
  for (unsigned group = 0; group < 3; ++group) {
    const std::uint64_t bits = mode >> (6 - 3 * group) & 7;
    *out++ = (bits & 4) != 0 ? 'r' : '-';
    *out++ = (bits & 2) != 0 ? 'w' : '-';
    *out++ = execute_letter((bits & 1) != 0, (mode & specials[group]) != 0, group == 2 ? 't' : 's');
  }
  return out;
}

TextTraits FileMode::traits(NumberRange) const {
  TextTraits traits;
  traits.max_bytes = kChars;
  traits.room = kChars;
  traits.is_plain = true;
  traits.is_injective = true;
  traits.is_comma_free = true;
  return traits;
}

}  // namespace bpfmap::decode
