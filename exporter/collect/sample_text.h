// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "collect/host_names_pool.h"
#include "collect/walk_rows.h"
#include "decode/shared_families.h"
#include "exposition/body.h"
#include "exposition/gzip.h"

namespace bpfmap::collect {

// How a page is sent.
enum class Encoding : std::uint8_t { kIdentity, kGzip };
inline constexpr std::size_t kEncodings = 2;

// What the renderings of one map's samples have in common; outlives them.
struct RenderingResources {
  explicit RenderingResources(std::shared_ptr<host::Host> host) : host_names(std::move(host)) {}

  HostNamesPool host_names;
  // Two rows of this map were told apart at first, and turned out to be of one series when a part
  // of the text was made already: from now on no part is made before all rows are there.
  std::atomic<bool> whole_only{false};
};

// The text of one walk, as it is or compressed, in pieces that are made while the walk goes on by
// the threads that ask for them: one that needs a piece that is not there makes it. Text is made by
// one thread at a time, and compressed by as many as there are. All threads share what is made, and
// no thread waits for a slow reader. Any number of threads.
class SampleText {
 public:
  // `rows` and `resources` outlive the text. `plain`, where it is not null, is whole, and what is
  // to be compressed. Families that `without` names are left out; null: none.
  SampleText(Encoding encoding, const WalkRows& rows, RenderingResources& resources,
             std::shared_ptr<SampleText> plain,
             std::shared_ptr<const decode::SharedFamilies> without = nullptr);

  // The piece of that number, from 0; null behind the last. An error where the walk failed, or the
  // text cannot be completed although it began, for want of memory, or see
  // RenderingResources::whole_only.
  Result<std::shared_ptr<const exposition::Chunk>> piece(std::size_t number)
      BPFMAP_EXCLUDES(mutex_);

  // Makes a piece whether or not a page asks for it. False where there is nothing to make: what is
  // left is being made by others, or all is there.
  bool help() BPFMAP_EXCLUDES(mutex_);

  bool is_whole() const BPFMAP_EXCLUDES(mutex_);
  bool has_failed() const BPFMAP_EXCLUDES(mutex_);

  // Of the whole text.
  std::uint64_t samples() const { return samples_; }
  std::uint64_t decode_errors() const { return decode_errors_; }
  std::uint32_t crc32() const { return fragments_.crc32(); }
  std::uint64_t plain_bytes() const { return fragments_.plain_bytes(); }

 private:
  enum class State : std::uint8_t { kGrowing, kWhole, kFailed };
  // A rendering under way.
  struct Rendering {
    Rendering(const WalkRows& rows, HostNamesPool& pool, const decode::FamilyNames* without)
        : plan(rows.plan()), names(pool), run(*plan, *names, rows.clocks(), without) {}
    std::shared_ptr<const decode::SamplePlan> plan;
    HostNamesPool::Lease names;
    decode::SamplePlan::Run run;
  };

  // Some text.
  struct Made {
    exposition::Body body;
    bool is_last = false;
  };

  void make_piece() BPFMAP_EXCLUDES(mutex_);
  void fail(Error error) BPFMAP_EXCLUDES(mutex_);
  Result<Made> make();
  Result<Made> make_some();
  Result<Made> read_plain();
  Result<Made> add_rows();
  Made finish(exposition::Body last);
  Result<exposition::Deflated> encode(exposition::Body text) const;
  void publish(std::size_t piece, exposition::Deflated made) BPFMAP_EXCLUDES(mutex_);

  const Encoding encoding_;
  const WalkRows& rows_;
  RenderingResources& resources_;
  const std::shared_ptr<const decode::SharedFamilies> without_;

  // Of the thread that makes text at the moment.
  std::shared_ptr<SampleText> plain_;
  std::unique_ptr<Rendering> rendering_;
  std::size_t next_ = 0;  // block of rows, or piece of plain_
  bool in_parts_ = true;
  bool has_all_rows_ = false;
  std::uint64_t samples_ = 0;
  std::uint64_t decode_errors_ = 0;

  mutable Mutex mutex_;
  ConditionVariable changed_;
  State state_ BPFMAP_GUARDED_BY(mutex_) = State::kGrowing;
  std::optional<Error> error_ BPFMAP_GUARDED_BY(mutex_);
  bool making_ BPFMAP_GUARDED_BY(mutex_) = false;
  bool all_is_made_ BPFMAP_GUARDED_BY(mutex_) = false;   // but not encoded, maybe
  std::size_t made_ BPFMAP_GUARDED_BY(mutex_) = 0;       // texts
  std::size_t published_ BPFMAP_GUARDED_BY(mutex_) = 0;  // of them, in their order
  std::map<std::size_t, exposition::Deflated> waiting_ BPFMAP_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<const exposition::Chunk>> pieces_ BPFMAP_GUARDED_BY(mutex_);
  exposition::GzipMember fragments_;  // written under mutex_, read when all is published
};

}  // namespace bpfmap::collect
