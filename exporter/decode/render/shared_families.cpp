// SPDX-License-Identifier: Apache-2.0
#include "decode/shared_families.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/byte_table.h"
#include "decode/metric_kind.h"
#include "decode/metric_names.h"
#include "decode/render/family_output.h"
#include "decode/render/label_order.h"
#include "decode/render/series_writer.h"

namespace bpfmap::decode {
namespace {

// One map's part of a family.
struct Member {
  const Family* family;
  SharedRows* rows;
  std::optional<LabelOrder> order;  // none where all have the same labels in the same order
};

std::vector<Member> members_of(const std::string& name, std::span<SharedRows> parts) {
  std::vector<Member> members;
  for (SharedRows& part : parts) {
    const Family* family = part.plan->find(name);
    if (family != nullptr) members.push_back({family, &part, std::nullopt});
  }
  const auto labels = [](const Member& member) { return frame_of(*member.family).labels.names(); };
  const bool are_alike = std::all_of(members.begin(), members.end(), [&](const Member& member) {
    return labels(member) == labels(members.front());
  });
  for (Member& member : members) {
    if (!are_alike) member.order.emplace(labels(member));
  }
  return members;
}

// Adds up the samples of one family. `Series` has what a family of the kind counts of one series:
//   Series(family)              nothing yet, in what that family counts
//   add(family, part, state)    adds a row of another that adds_up_with() it
//   is_left_out(skip_zero)      there is nothing to write
//   is_below_zero()             as no counter can be: left out, and an error
//   write<Format>(labels, out)
template <typename Series>
class Sum {
 public:
  using Family = typename Series::Family;

  void add(Member& member) {
    const Family& family = std::get<Family>(*member.family);
    const LabelProgram& labels = family.frame().labels;
    buffer_.resize(labels.max_bytes());
    host::HostNames& names = *member.rows->names;
    names.begin_rendering();
    DecodeState state(names);
    for (const kernel::RowBlock* rows : member.rows->rows) {
      for_each_part(*rows, labels.has_cpu(), [&](const RowPart& part) {
        const char* end = write_labels(labels, part, buffer_.data(), state);
        if (end == nullptr) return true;
        std::string_view text(buffer_.data(), end);
        if (member.order) text = member.order->apply(text);
        add_row(family, &member, text, part, state);
        return true;
      });
    }
    names.end_rendering();
    member.rows->errors += state.errors;
  }

  template <typename Format>
  void write(FamilyOutput& out) const {
    for (std::size_t number = 0; number < table_.size(); ++number) {
      const Entry& entry = entries_[number];
      if (entry.series.is_left_out(entry.skip_zero)) continue;
      if (entry.series.is_below_zero()) {
        ++entry.last->rows->errors;
        continue;
      }
      entry.series.template write<Format>(table_.bytes(number), out);
    }
  }

 private:
  struct Entry {
    Series series;
    const Member* last;  // that has added to it
    bool skip_zero;      // all that have added to it leave out zeroes
  };

  void add_row(const Family& family, const Member* member, std::string_view labels,
               const RowPart& part, DecodeState& state) {
    const std::size_t number = table_.find_or_add(labels);
    if (number == entries_.size()) {
      entries_.push_back({Series(family), member, family.frame().skip_zero});
    }
    Entry& entry = entries_[number];
    if (entry.last != member && !family.adds_up_with(entry.series.family())) {
      ++state.errors;
      return;
    }
    entry.last = member;
    entry.skip_zero = entry.skip_zero && family.frame().skip_zero;
    entry.series.add(family, part, member->rows->clocks, state);
  }

  std::vector<char> buffer_;
  ByteTable table_;
  std::vector<Entry> entries_;
};

class ScalarSeries {
 public:
  using Family = ScalarFamily;
  explicit ScalarSeries(const Family& family) : family_(&family) {}

  const Family& family() const { return *family_; }
  void add(const Family& family, const RowPart& part, const BootOffsets& clocks,
           DecodeState& /*state*/) {
    Amount amount = family.value_of(part);
    if (const auto epoch = family.epoch(clocks)) {
      if (amount.is_zero()) return;  // no time
      amount.combine(*epoch, config::Aggregate::kSum);
    }
    if (is_first_) {
      amount_ = amount;
    } else {
      amount_.combine(amount, family.aggregate());
    }
    is_first_ = false;
  }
  bool is_left_out(bool skip_zero) const { return is_first_ || (skip_zero && amount_.is_zero()); }
  bool is_below_zero() const { return family_->is_counter() && amount_.is_negative(); }
  template <typename Format>
  void write(std::string_view labels, FamilyOutput& out) const {
    ScalarWriter<Format>(*family_, out).write(labels, amount_);
  }

 private:
  const Family* family_;
  Amount amount_;
  bool is_first_ = true;
};

class HistogramSeries {
 public:
  using Family = HistogramFamily;
  explicit HistogramSeries(const Family& family) : family_(&family), counts_(family.size()) {}

  const Family& family() const { return *family_; }
  void add(const Family& family, const RowPart& part, const BootOffsets& /*clocks*/,
           DecodeState& state) {
    family.add_row(part, counts_, sum_, state);
  }
  bool is_left_out(bool skip_zero) const {
    return skip_zero && std::all_of(counts_.begin(), counts_.end(),
                                    [](exposition::Int128 count) { return count == 0; });
  }
  bool is_below_zero() const { return false; }  // counts of rows are not
  template <typename Format>
  void write(std::string_view labels, FamilyOutput& out) const {
    HistogramWriter<Format>(*family_, out).write(labels, counts_, sum_);
  }

 private:
  const Family* family_;
  std::vector<exposition::Int128> counts_;
  Amount sum_;
};

template <typename Series>
exposition::Body render(const exposition::FamilyHead& head, std::vector<Member>& members,
                        exposition::Format format) {
  Sum<Series> sum;
  for (Member& member : members) {
    if (std::holds_alternative<typename Series::Family>(*member.family)) sum.add(member);
  }
  return exposition::with_format(format, [&]<typename Format>(Format) {
    FamilyOutput out(Format::header(head));
    sum.template write<Format>(out);
    return out.body.finish();
  });
}

}  // namespace

std::shared_ptr<const SharedFamilies> shared_families(
    std::span<const std::shared_ptr<const config::Config>> configs) {
  struct Met {
    std::string help;
    config::MetricKind kind;
    int maps = 0;
  };
  std::map<std::string, Met> met;
  std::vector<std::string> shared;
  for (const auto& config : configs) {
    for (const config::MapConfig& map : config->maps) {
      for (const config::MetricConfig& metric : map.metrics) {
        const std::string name = config->prefix.value + metric.name.value;
        Met& family = met.emplace(name, Met{{}, metric.kind}).first->second;
        if (family.help.empty()) family.help = metric.help;
        if (++family.maps == 2) shared.push_back(name);
      }
    }
  }
  if (shared.empty()) return nullptr;
  auto families = std::make_shared<SharedFamilies>();
  for (const std::string& name : shared) {
    const Met& family = met.at(name);
    families->families.push_back(
        {.name = name, .help = family.help, .type = metric_type(family.kind)});
    families->names.insert(name);
  }
  return families;
}

exposition::Body render_shared(const exposition::FamilyHead& family, std::span<SharedRows> parts,
                               exposition::Format format) {
  std::vector<Member> members = members_of(family.name, parts);
  if (members.empty()) return {};
  return std::holds_alternative<ScalarFamily>(*members.front().family)
             ? render<ScalarSeries>(family, members, format)
             : render<HistogramSeries>(family, members, format);
}

}  // namespace bpfmap::decode
