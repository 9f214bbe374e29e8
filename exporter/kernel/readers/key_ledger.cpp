// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/key_ledger.h"

#include <string_view>

namespace bpfmap::kernel {

void KeyLedger::begin_walk() {
  if (forgotten_ > keys_.size() / 2) drop_forgotten();
  ++walk_;
  steps_ = 0;
  checked_ = 0;
  expected_ = 0;
}

bool KeyLedger::note(const std::byte* key) {
  ++steps_;
  const std::string_view bytes(reinterpret_cast<const char*>(key), key_size_);
  const bool as_expected = expected_ < keys_.size() && keys_.bytes(expected_) == bytes;
  const std::size_t number = as_expected ? expected_ : keys_.find_or_add(bytes);
  expected_ = number + 1;
  if (number == last_seen_.size()) {
    last_seen_.push_back(walk_);
    return true;
  }
  if (last_seen_[number] == walk_) return false;
  if (last_seen_[number] == 0) --forgotten_;
  last_seen_[number] = walk_;
  return true;
}

const std::byte* KeyLedger::next_missing() {
  while (checked_ < last_seen_.size()) {
    const std::size_t number = checked_++;
    if (last_seen_[number] == walk_ || last_seen_[number] == 0) continue;
    return reinterpret_cast<const std::byte*>(keys_.bytes(number).data());
  }
  return nullptr;
}

void KeyLedger::forget() {
  last_seen_[checked_ - 1] = 0;
  ++forgotten_;
}

void KeyLedger::drop_forgotten() {
  ByteTable kept;
  std::vector<std::uint64_t> last_seen;
  for (std::size_t number = 0; number < last_seen_.size(); ++number) {
    if (last_seen_[number] == 0) continue;
    kept.find_or_add(keys_.bytes(number));
    last_seen.push_back(last_seen_[number]);
  }
  keys_ = std::move(kept);
  last_seen_ = std::move(last_seen);
  forgotten_ = 0;
}

}  // namespace bpfmap::kernel
