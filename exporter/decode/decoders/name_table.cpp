// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/name_table.h"

#include <algorithm>
#include <unordered_set>

#include "decode/decoders/text.h"

namespace bpfmap::decode {
namespace {

// Signed order, so that -1, 0, 1 are neighbours and can share a dense table.
bool is_before(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
}

}  // namespace

NameTable::NameTable(std::vector<Row> rows) : rows_(std::move(rows)) {
  std::erase_if(rows_, [](const Row& row) { return row.name.empty(); });
  std::stable_sort(rows_.begin(), rows_.end(),
                   [](const Row& a, const Row& b) { return is_before(a.number, b.number); });
  const auto same = [](const Row& a, const Row& b) { return a.number == b.number; };
  rows_.erase(std::unique(rows_.begin(), rows_.end(), same), rows_.end());
  examine();
  index();
}

void NameTable::examine() {
  std::unordered_set<std::string_view> seen;
  for (const Row& row : rows_) {
    longest_ = std::max(longest_, row.name.size());
    if (!is_plain_text(row.name)) is_plain_ = false;
    if (row.name.find(',') != std::string::npos) is_comma_free_ = false;
    if (!seen.insert(row.name).second || parse_integer(row.name)) is_injective_ = false;
  }
}

void NameTable::index() {
  if (rows_.empty()) return;
  first_ = rows_.front().number;
  const std::uint64_t range = rows_.back().number - first_;
  constexpr std::uint64_t kMostSlotsPerName = 8;
  if (range / kMostSlotsPerName < rows_.size()) {
    dense_.resize(range + 1);
    for (const Row& row : rows_) dense_[row.number - first_] = row.name;
    return;
  }
  for (const Row& row : rows_) sparse_.push_back(row.number);
}

// Halves the range without a branch on what it finds: a wrong guess costs the processor more than
// all the other work, and in a table of random numbers every second guess is wrong.
std::string_view NameTable::find_sparse(std::uint64_t number) const {
  std::size_t at = 0;
  for (std::size_t left = sparse_.size(); left > 1;) {
    const std::size_t half = left / 2;
    at += is_before(number, sparse_[at + half]) ? 0 : half;
    left -= half;
  }
  return sparse_[at] == number ? std::string_view(rows_[at].name) : std::string_view{};
}

}  // namespace bpfmap::decode
