// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/adaptive_reader.h"

#include <chrono>

#include "base/log.h"

namespace bpfmap::kernel {
namespace {

std::int64_t microseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

AdaptiveReader::AdaptiveReader(std::string map_name, std::unique_ptr<MapReader> first,
                               std::unique_ptr<MapReader> second, const Clock& clock, Learn learn)
    : map_name_(std::move(map_name)),
      readers_{std::move(first), std::move(second)},
      clock_(clock),
      learn_(std::move(learn)),
      current_(readers_[0].get()) {}

void AdaptiveReader::rewind() {
  current_ = readers_.at(trial_.current()).get();
  spent_ = {};
  entries_ = 0;
  begins_ = true;
  const TimePoint started = clock_.now();
  current_.load()->rewind();
  spent_ += clock_.now() - started;
}

Result<bool> AdaptiveReader::next_batch(RowBlock& block) {
  MapReader& reader = *current_.load();
  if (trial_.is_decided()) return reader.next_batch(block);
  const TimePoint started = clock_.now();
  Result<bool> more = reader.next_batch(block);
  const Duration duration = clock_.now() - started;
  if (more) teach(block);
  measure(more, duration, block.count());
  return more;
}

void AdaptiveReader::teach(const RowBlock& rows) {
  if (learn_ && current_ == readers_[0].get()) learn_(rows, begins_);
  begins_ = false;
}

void AdaptiveReader::measure(const Result<bool>& more, Duration duration, std::uint32_t rows) {
  spent_ += duration;
  if (!more) {
    trial_.failed();
    if (!trial_.is_decided()) return;
    log::warning("a faster reader was tried and failed; the other one is kept",
                 {{"map", map_name_},
                  {"reader", readers_.at(trial_.current())->name()},
                  {"error", more.error().message()}});
    return;
  }
  entries_ += rows;
  if (*more) return;
  trial_.walked(spent_, entries_);
  if (trial_.is_decided()) log_decision();
}

void AdaptiveReader::log_decision() const {
  log::info("the faster reader is kept",
            {{"map", map_name_},
             {"reader", readers_.at(trial_.current())->name()},
             {std::string(readers_[0]->name()) + "_us", microseconds(trial_.median(0))},
             {std::string(readers_[1]->name()) + "_us", microseconds(trial_.median(1))}});
}

}  // namespace bpfmap::kernel
