// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "http/listener.h"
#include "http/relay_connection.h"
#include "http/relay_ports.h"

namespace bpfmap::http {

struct RelayOptions {
  std::uint16_t backend_port = 0;  // on 127.0.0.1
  RelayTimeouts timeouts;
  std::size_t max_connections = 0;  // beyond it none is accepted until one closes
};

// Takes connections on listeners of its own and moves bytes between each of them and a connection
// to a backend on 127.0.0.1; see server.h for why. It understands nothing of HTTP. One thread of
// its own, epoll, nothing blocks: a client that stalls holds a bounded buffer and delays no other.
// Bytes are copied: splice(2) through pipes was measured on a body of 75 MB, where it saves nothing
// towards TCP and a third of the processor time (15 ms) towards Unix sockets, for two descriptors
// more per connection. Started and stopped by one thread, which is another one.
class Relay {
 public:
  // Owns the listeners. The ports of its backend connections are in `ports`, which has
  // to outlive it.
  static Result<std::unique_ptr<Relay>> start(std::vector<Listener> listeners,
                                              const RelayOptions& options, RelayPorts& ports);

  // The three steps of stopping, each implying those before. The first two return when the thread
  // has done them; the destructor joins.
  // Takes in the clients that have connected already, with what they have sent; then closes the
  // listeners and removes the files of Unix sockets.
  void stop_accepting();
  // Tells the backend that no requests will follow those that clients have sent by now.
  void hang_up();
  // The backend has stopped: what it has sent goes out, then, or after `bound`, everything closes.
  void finish(Duration bound);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  enum class Stage { kServing, kDraining, kHangingUp, kFinishing };
  struct Entry;
  struct Watch {
    int fd = -1;
    std::uint32_t events = 0;
  };

  Relay(std::vector<Listener> listeners, const RelayOptions& options, RelayPorts& ports);
  Result<void> open_poll();
  void run();
  void enter(Stage stage);
  void enter_and_wait(Stage stage);
  void apply(Stage stage, TimePoint now);
  void take_in_all(TimePoint now);
  bool is_over(TimePoint now) const;
  void handle(int fd, TimePoint now);
  void accept_some(int listener, TimePoint now);
  void pause_accepting(TimePoint until);
  void watch_listeners(TimePoint now);
  void sweep(TimePoint now);
  void update(Entry& entry);
  bool watch(Watch& watch, int fd, std::uint32_t events);
  int wait_ms() const;

  const RelayOptions options_;
  RelayPorts& ports_;
  UniqueFd epoll_;
  UniqueFd wake_;
  std::atomic<Stage> stage_ = Stage::kServing;
  std::atomic<TimePoint::rep> finish_by_ = 0;
  std::atomic<Stage> applied_ = Stage::kServing;  // set by the thread

  // Below: of the thread alone, once it runs.
  std::vector<Listener> listeners_;
  bool accepting_ = false;
  TimePoint accept_again_at_{};
  bool out_of_descriptors_ = false;
  TimePoint next_sweep_{};
  std::unordered_map<int, std::unique_ptr<Entry>> entries_;  // by the client's descriptor
  std::unordered_map<int, Entry*> by_backend_;
  std::vector<char> scratch_;
  std::thread thread_;
};

}  // namespace bpfmap::http
