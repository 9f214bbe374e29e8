// SPDX-License-Identifier: Apache-2.0
#include "decode/sample_plan.h"

#include <algorithm>
#include <utility>

namespace bpfmap::decode {

const Family* SamplePlan::find(std::string_view name) const {
  const auto found = std::find_if(families_.begin(), families_.end(), [&](const Family& family) {
    return frame_of(family).head.name == name;
  });
  return found == families_.end() ? nullptr : &*found;
}

SamplePlan::Run::Run(const SamplePlan& plan, host::HostNames& names, const Options& options)
    : names_((names.begin_rendering(), names)), state_(names) {
  families_.reserve(plan.families_.size());
  for (const Family& family : plan.families_) {
    const std::string& name = frame_of(family).head.name;
    if (options.without != nullptr && options.without->contains(name)) continue;
    families_.push_back(FamilyRun::begin(family, options.format, options.clocks));
  }
}

void SamplePlan::Run::add(const kernel::RowBlock& rows) {
  for (const auto& family : families_) family->add(rows, state_);
}

bool SamplePlan::Run::end_rows() {
  bool whole = true;
  for (const auto& family : families_) {
    whole = family->end_rows() && whole;
    errors_ += family->errors();
  }
  names_.end_rendering();
  return whole;
}

bool SamplePlan::Run::write_more() {
  if (at_ == families_.size()) return false;
  FamilyRun& family = *families_[at_];
  if (!family.write_more()) {
    ready_.append(family.finish());
    samples_ += family.samples();
    ++at_;
  }
  return at_ < families_.size();
}

exposition::Body SamplePlan::Run::take() {
  if (at_ < families_.size()) ready_.append(families_[at_]->take());
  return std::exchange(ready_, {});
}

}  // namespace bpfmap::decode
