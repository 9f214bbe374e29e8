// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/boot_clocks.h"
#include "decode/decoders/decode_state.h"
#include "decode/render/family_output.h"
#include "decode/render/family_run.h"
#include "exposition/body.h"
#include "exposition/formats.h"
#include "host/host_names.h"

namespace bpfmap::decode {

using FamilyNames = std::set<std::string, std::less<>>;

// How one map becomes metric families: compiled once from its configuration and BTF
// (compile_rows.h), with nothing looked up by name afterwards. Immutable; any number of threads may
// render at a time, each with a run of its own.
class SamplePlan {
 public:
  explicit SamplePlan(std::vector<Family> families) : families_(std::move(families)) {}

  class Run;

  const std::vector<Family>& families() const { return families_; }
  // The family of that name; null where there is none.
  const Family* find(std::string_view name) const;

 private:
  std::vector<Family> families_;
};

// One rendering, of rows as a walk brings them: the text of the first family can be had while the
// walk goes on, the others' behind it. Allocates nothing per row, but for the tables of families
// whose rows share series. One thread at a time.
class SamplePlan::Run {
 public:
  // Of take(), except the last of a family.
  static constexpr std::size_t kChunkBytes = FamilyOutput::kChunkBytes;

  struct Options {
    exposition::Format format = exposition::Format::kText;
    BootOffsets clocks = {};               // as they stood when the rows were read
    const FamilyNames* without = nullptr;  // families that are left out; null: none
  };
  // `plan`, `names` and `options.without` outlive the run, and nothing else uses `names` until
  // then.
  Run(const SamplePlan& plan, host::HostNames& names, const Options& options);

  // The rows outlive the run.
  void add(const kernel::RowBlock& rows);

  // After the last row. False where the text cannot be completed, because what was taken of it has
  // turned out to be wrong: two rows that were told apart are of one series. Never where nothing
  // was taken before.
  bool end_rows();

  // After end_rows(): writes some of what is left to write. False when that was all.
  bool write_more();

  // The chunks that are full, and behind the last write_more() all that is left.
  exposition::Body take();

  std::uint64_t samples() const { return samples_; }       // when all is written
  std::uint64_t decode_errors() const { return errors_; }  // behind end_rows()

 private:
  host::HostNames& names_;
  DecodeState state_;
  std::vector<std::unique_ptr<FamilyRun>> families_;
  std::size_t at_ = 0;      // the family whose text comes next
  exposition::Body ready_;  // of families before that
  std::uint64_t samples_ = 0;
  std::uint64_t errors_ = 0;
};

}  // namespace bpfmap::decode
