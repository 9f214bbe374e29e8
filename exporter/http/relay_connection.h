// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "http/flow.h"
#include "http/relay_ports.h"

namespace bpfmap::http {

struct RelayTimeouts {
  Duration first_byte{};  // from connecting until the client says something
  Duration stall{};       // a client that takes nothing
  Duration response{};    // a client that never catches up
  Duration linger{};      // for a client to close after it got its response
};

// A client's connection and, once the client has said something, its counterpart to the backend,
// which is another TCP socket on 127.0.0.1. Idle clients therefore cost the backend nothing. Lives
// in one thread; nothing blocks.
class RelayConnection {
 public:
  RelayConnection(UniqueFd client, std::uint16_t backend_port, RelayPorts& ports, TimePoint now);
  ~RelayConnection();
  RelayConnection(const RelayConnection&) = delete;
  RelayConnection& operator=(const RelayConnection&) = delete;

  // To be called when the socket has an event of its interest; spurious calls do no harm.
  void on_client(std::span<char> scratch, TimePoint now);
  void on_backend(std::span<char> scratch, TimePoint now);

  // The epoll events to wait for; 0 means that not even errors are of interest.
  std::uint32_t client_interest() const;
  std::uint32_t backend_interest() const;
  int client_fd() const { return client_.get(); }
  int backend_fd() const { return backend_.get(); }  // -1 while, or when, there is none
  bool done() const { return done_; }

  // Closes it when a time is over.
  void check_times(const RelayTimeouts& timeouts, TimePoint now);
  // The relay is about to stop: gives up what has not begun, and tells the backend that
  // nothing more will come, so that it does not wait for a next request; a response under way
  // still gets through.
  void hang_up();
  // For after the backend has stopped: no client is waited for that has got everything.
  void forgo_lingering() { may_linger_ = false; }

 private:
  void open_backend(TimePoint now);
  void close_backend();
  void settle(TimePoint now);

  UniqueFd client_;
  UniqueFd backend_;
  std::uint16_t backend_port_;
  std::uint16_t local_port_ = 0;
  RelayPorts& ports_;
  Flow up_;    // client to backend
  Flow down_;  // backend to client
  TimePoint since_;
  enum class Phase { kSilent, kRelaying, kLingering };
  Phase phase_ = Phase::kSilent;
  bool may_linger_ = true;
  bool done_ = false;
};

}  // namespace bpfmap::http
