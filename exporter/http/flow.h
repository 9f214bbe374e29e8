// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace bpfmap::http {

// One direction of a relayed connection: bytes from a non-blocking socket to another one. What the
// sink does not take at once is kept, and nothing more is read until it has been taken (back
// pressure), so that a flow never holds more than one scratch buffer. Not thread-safe.
class Flow {
 public:
  // Writes what is kept, then reads into `scratch` and writes that, a few times; never blocks.
  // Passes the end of the source on (half-close) when everything before it was written.
  void turn(int source, int sink, std::span<char> scratch, TimePoint now);

  // What the flow waits for.
  bool wants_source() const { return !ended_ && !wants_sink(); }
  bool wants_sink() const { return taken_ < kept_.size(); }

  bool ended() const { return ended_; }        // the source has no more
  bool finished() const { return finished_; }  // and the sink got it all, and was told
  bool source_lost() const { return source_lost_; }
  bool sink_lost() const { return sink_lost_; }

  // As if the sink were lost: what still comes is read and dropped.
  void drop_sink();
  // As if the source had ended.
  void end(int sink);

  // The sink has taken nothing for `stall` although there was something, or has been behind the
  // source for `behind`.
  bool is_stuck(TimePoint now, Duration stall, Duration behind) const;

 private:
  bool read_once(int source, int sink, std::span<char> scratch, TimePoint now);
  std::size_t write(int sink, std::string_view bytes, TimePoint now);
  void write_kept(int sink, TimePoint now);
  void pass_on_end(int sink);

  std::string kept_;
  std::size_t taken_ = 0;  // of kept_, by the sink
  bool ended_ = false;
  bool finished_ = false;
  bool source_lost_ = false;
  bool sink_lost_ = false;
  bool behind_ = false;  // there was more to read at every look, since ...
  TimePoint behind_since_{};
  TimePoint progress_at_{};
};

}  // namespace bpfmap::http
