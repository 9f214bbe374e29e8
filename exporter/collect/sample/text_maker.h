// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "collect/sample/host_names_pool.h"
#include "collect/sample/walk_rows.h"
#include "decode/sample_plan.h"
#include "decode/shared_families.h"
#include "exposition/body.h"
#include "exposition/formats.h"

namespace bpfmap::collect {

// What the renderings of one map's samples have in common; outlives them. Thread-safe.
struct RenderingResources {
  explicit RenderingResources(std::shared_ptr<host::Host> host) : host_names(std::move(host)) {}

  HostNamesPool host_names;
  // Two rows of this map were told apart at first, and turned out to be of one series when a part
  // of the text was made already: from now on no part is made before all rows are there.
  std::atomic<bool> whole_only{false};
};

// A text that is there already, as it was made.
struct WholeText {
  exposition::Body body;
  std::uint64_t samples = 0;
  std::uint64_t decode_errors = 0;
};

// The error of a text that cannot be made: for want of memory where the code is ENOMEM.
Error text_error(int code, std::string why);

// Makes the text of one walk, some of it at a time, as its rows come. One thread at a time.
class TextMaker {
 public:
  // `rows` and `resources` outlive it. Families that `without` names are left out; null: none.
  // `plain` is the text where it is there already.
  TextMaker(const WalkRows& rows, RenderingResources& resources, exposition::Format format,
            std::shared_ptr<const decode::SharedFamilies> without, std::optional<WholeText> plain)
      : rows_(rows),
        resources_(resources),
        format_(format),
        without_(std::move(without)),
        plain_(std::move(plain)) {}

  struct Made {
    exposition::Body body;
    bool is_last = false;
  };
  // `enough` bytes at least, unless it is the last. Waits for rows. An error where the walk failed,
  // or the text cannot be completed although it began, for want of memory, or see
  // RenderingResources::whole_only.
  Result<Made> make(std::size_t enough);

  // Of the whole text, when the last of it is made.
  std::uint64_t samples() const { return samples_; }
  std::uint64_t decode_errors() const { return decode_errors_; }

 private:
  // A rendering under way.
  struct Rendering {
    Rendering(const WalkRows& rows, HostNamesPool& pool, exposition::Format format,
              const decode::FamilyNames* without)
        : plan(rows.plan()),
          names(pool),
          run(*plan, *names, {.format = format, .clocks = rows.clocks(), .without = without}) {}
    std::shared_ptr<const decode::SamplePlan> plan;
    HostNamesPool::Lease names;
    decode::SamplePlan::Run run;
  };

  Result<Made> make_some();
  Made read_plain();
  Result<Made> add_rows();
  Made finish(exposition::Body last);

  const WalkRows& rows_;
  RenderingResources& resources_;
  const exposition::Format format_;
  const std::shared_ptr<const decode::SharedFamilies> without_;
  std::optional<WholeText> plain_;
  std::unique_ptr<Rendering> rendering_;
  std::size_t next_ = 0;  // block of rows, or chunk of plain_
  bool in_parts_ = true;
  bool has_all_rows_ = false;
  std::uint64_t samples_ = 0;
  std::uint64_t decode_errors_ = 0;
};

}  // namespace bpfmap::collect
