// SPDX-License-Identifier: Apache-2.0
#include "decode/render/scalar_family.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "decode/numbers/ratio_text.h"

namespace bpfmap::decode {

ScalarFamily::ScalarFamily(FamilyFrame frame, AmountSource value, ScalarForm form)
    : frame_(std::move(frame)),
      value_(value),
      form_(form),
      may_be_refused_(form.is_counter && value.may_be_negative()),
      layouts_(exposition::scalar_layouts(frame_.head, label_space(frame_.labels))),
      meaning_((value_.is_float() ? "floating-point numbers times " : "whole numbers times ") +
               text_of(form_.scale)) {}

Amount ScalarFamily::value_of(const RowPart& part) const {
  Amount amount = value_.read(part.value);
  for (std::uint32_t cpu = 1; cpu < part.cpus; ++cpu) {
    const std::byte* value = part.value + std::size_t{cpu} * part.cpu_stride;
    combine(amount, value_.read(value));
  }
  return amount;
}

// A CPU or a key where nothing has happened yet has no time that could be the earliest.
void ScalarFamily::combine(Amount& to, const Amount& other) const {
  if (form_.clock && other.is_zero()) return;
  if (form_.clock && to.is_zero()) {
    to = other;
  } else {
    to.combine(other, form_.aggregate);
  }
}

std::optional<Amount> ScalarFamily::epoch(const BootOffsets& clocks) const {
  if (!form_.clock) return std::nullopt;
  const bool is_boot = *form_.clock == config::BootClock::kBoot;
  const std::int64_t offset = is_boot ? clocks.boot : clocks.monotonic;
  return Amount::of({Number::Kind::kSigned, static_cast<std::uint64_t>(offset)});
}

}  // namespace bpfmap::decode
