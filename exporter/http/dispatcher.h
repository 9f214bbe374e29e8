// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <set>
#include <vector>

#include "base/mutex.h"
#include "http/engine.h"
#include "http/exchange.h"
#include "http/relay_ports.h"
#include "http/router.h"

namespace bpfmap::http {

struct DispatcherOptions {
  std::size_t max_header_bytes = 0;
  Duration request_timeout{};
  Duration response_timeout{};
  int threads = 0;
};

// What happens to a request between civetweb and a handler: which clients may ask at all, limits,
// routing, the answer to errors. The on_ functions are called from all worker threads at a time,
// the others by the thread that starts and stops the server.
class Dispatcher final : public EngineEvents {
 public:
  Dispatcher(const DispatcherOptions& options, std::vector<Route> routes,
             const RelayPorts& relay_ports);

  // Requests wait until one of these is called once: civetweb has threads and connections before
  // the server that starts it knows its ports. `private_port` is the one that is only for the
  // relay, 0 if there is none.
  void open(std::uint16_t private_port);
  void open_closed();  // the start has failed: refuse everything

  // From now on requests get a 503. Returns when none is running, or after `bound` (false).
  bool drain(Duration bound);

  // For after no connection is accepted any more: returns when every connection has had an answer,
  // or after `bound` (false). Connections that a worker has and that say nothing, or only half of a
  // request, are waited for no longer than a second. `open_connections` tells how many there are,
  // with those that wait for a worker.
  bool wait_for_answers(Duration bound, const std::function<int()>& open_connections) const;

  void on_connection(const mg_connection* connection, bool opened) noexcept override;
  int on_request(mg_connection* connection) noexcept override;
  void on_bad_request(mg_connection* connection, int status) noexcept override;

 private:
  Response respond(Exchange& exchange);
  Response call(const Handler& handler, const Request& request) const;
  int refusal(Exchange& exchange);
  bool is_intruder(const Exchange& exchange) const;
  int finish(Exchange& exchange, Response response) const;
  void begin();
  void end(const mg_connection* connection);
  void forget(const mg_connection* connection);

  const DispatcherOptions options_;
  const Router router_;
  const RelayPorts& relay_ports_;
  std::latch opened_{1};
  std::uint16_t private_port_ = 0;  // written before opened_ is released, read after
  std::atomic<int> connections_ = 0;
  mutable Mutex mutex_;
  ConditionVariable idle_;
  bool draining_ BPFMAP_GUARDED_BY(mutex_) = false;
  int running_ BPFMAP_GUARDED_BY(mutex_) = 0;
  // Those that workers have, until their first answer.
  std::set<const mg_connection*> unanswered_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::http
