// SPDX-License-Identifier: Apache-2.0
#include "http/flow.h"

#include <sys/socket.h>

#include <cerrno>

namespace bpfmap::http {
namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

// Returns how much the sink took; a sink that is lost takes everything.
std::size_t Flow::write(int sink, std::string_view bytes, TimePoint now) {
  std::size_t done = 0;
  while (done < bytes.size() && !sink_lost_) {
    const ssize_t written = ::send(sink, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (written < 0) {
      if (would_block(errno)) return done;
      drop_sink();
    } else {
      done += static_cast<std::size_t>(written);
      progress_at_ = now;
    }
  }
  return bytes.size();
}

void Flow::write_kept(int sink, TimePoint now) {
  taken_ += write(sink, std::string_view(kept_).substr(taken_), now);
  if (taken_ < kept_.size()) return;
  kept_.clear();
  taken_ = 0;
}

// False when the source has nothing at the moment, or nothing more.
bool Flow::read_once(int source, int sink, std::span<char> scratch, TimePoint now) {
  const ssize_t got = ::recv(source, scratch.data(), scratch.size(), 0);
  if (got < 0 && would_block(errno)) {
    behind_ = false;
    return false;
  }
  if (got <= 0) {
    ended_ = true;
    source_lost_ = got < 0;
    return false;
  }
  if (!behind_) behind_since_ = progress_at_ = now;
  behind_ = true;
  const std::string_view bytes(scratch.data(), static_cast<std::size_t>(got));
  kept_ = bytes.substr(write(sink, bytes, now));
  return true;
}

void Flow::turn(int source, int sink, std::span<char> scratch, TimePoint now) {
  constexpr int kReadsPerTurn = 4;  // so that a fast pair does not starve the other connections
  if (wants_sink()) write_kept(sink, now);
  for (int i = 0; i < kReadsPerTurn && wants_source(); ++i) {
    if (!read_once(source, sink, scratch, now)) break;
  }
  pass_on_end(sink);
}

void Flow::pass_on_end(int sink) {
  if (!ended_ || finished_ || wants_sink()) return;
  finished_ = true;
  if (!sink_lost_) ::shutdown(sink, SHUT_WR);
}

void Flow::drop_sink() {
  sink_lost_ = true;
  kept_.clear();
  taken_ = 0;
}

void Flow::end(int sink) {
  ended_ = true;
  pass_on_end(sink);
}

bool Flow::is_stuck(TimePoint now, Duration stall, Duration behind) const {
  if (!wants_sink()) return false;
  return now - progress_at_ > stall || (behind_ && now - behind_since_ > behind);
}

}  // namespace bpfmap::http
