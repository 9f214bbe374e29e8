// SPDX-License-Identifier: Apache-2.0
#include "decode/sample_plan.h"

#include <algorithm>

namespace bpfmap::decode {

namespace {

const std::string& name_of(const SamplePlan::Family& family) {
  return std::visit([](const auto& of_kind) -> const std::string& { return of_kind.frame().name; },
                    family);
}

}  // namespace

const SamplePlan::Family* SamplePlan::find(std::string_view name) const {
  const auto found = std::find_if(families_.begin(), families_.end(),
                                  [&](const Family& family) { return name_of(family) == name; });
  return found == families_.end() ? nullptr : &*found;
}

SamplePlan::Run::Run(const SamplePlan& plan, host::HostNames& names, const BootOffsets& clocks,
                     const FamilyNames* without)
    : names_((names.begin_rendering(), names)), state_(names) {
  families_.reserve(plan.families_.size());
  for (const Family& family : plan.families_) {
    if (without != nullptr && without->contains(name_of(family))) continue;
    std::visit(
        [&]<typename Kind>(const Kind& of_kind) {
          families_.emplace_back(std::in_place_type<typename Kind::Run>, of_kind, clocks);
        },
        family);
  }
}

void SamplePlan::Run::add(const kernel::RowBlock& rows) {
  for (FamilyRun& family : families_) {
    std::visit([&](auto& of_kind) { of_kind.add(rows, state_); }, family);
  }
}

bool SamplePlan::Run::end_rows() {
  bool whole = true;
  for (FamilyRun& family : families_) {
    std::visit(
        [&](auto& of_kind) {
          whole = of_kind.end_rows() && whole;
          errors_ += of_kind.errors;
        },
        family);
  }
  names_.end_rendering();
  return whole;
}

bool SamplePlan::Run::write_more() {
  if (at_ == families_.size()) return false;
  std::visit(
      [&](auto& family) {
        if (family.write_more()) return;
        ready_.append(family.text.finish());
        samples_ += family.samples;
        ++at_;
      },
      families_[at_]);
  return at_ < families_.size();
}

exposition::Body SamplePlan::Run::take() {
  if (at_ < families_.size()) {
    std::visit([&](auto& family) { ready_.append(family.take()); }, families_[at_]);
  }
  return std::exchange(ready_, {});
}

}  // namespace bpfmap::decode
