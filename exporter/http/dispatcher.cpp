// SPDX-License-Identifier: Apache-2.0
#include "http/dispatcher.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "http/response_head.h"

namespace bpfmap::http {
namespace {

constexpr std::string_view kRelayAddress = "127.0.0.1";

TimePoint in(Duration duration) { return std::chrono::steady_clock::now() + duration; }

}  // namespace

Dispatcher::Dispatcher(const DispatcherOptions& options, std::vector<Route> routes,
                       const RelayPorts& relay_ports)
    : options_(options), router_(std::move(routes)), relay_ports_(relay_ports) {}

void Dispatcher::open(std::uint16_t private_port) {
  private_port_ = private_port;
  opened_.count_down();
}

void Dispatcher::open_closed() {
  drain(Duration::zero());
  opened_.count_down();
}

bool Dispatcher::drain(Duration bound) {
  const TimePoint deadline = in(bound);
  const MutexLock lock(mutex_);
  draining_ = true;
  while (running_ != 0) {
    if (idle_.wait_until(mutex_, deadline) == std::cv_status::timeout) break;
  }
  return running_ == 0;
}

bool Dispatcher::wait_for_answers(Duration bound,
                                  const std::function<int()>& open_connections) const {
  const TimePoint deadline = in(bound);
  std::optional<TimePoint> patience;  // once no connection waits for a worker
  while (true) {
    // In this order: a connection that closes in between only makes it wait another round.
    const int open = open_connections();
    const bool queue_is_empty = open <= connections_;
    {
      const MutexLock lock(mutex_);
      if (queue_is_empty && unanswered_.empty()) return true;
    }
    if (queue_is_empty && !patience) patience = in(std::chrono::seconds(1));
    const TimePoint now = std::chrono::steady_clock::now();
    if (now > deadline || (patience && now > *patience)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Dispatcher::begin() {
  const MutexLock lock(mutex_);
  ++running_;
}

void Dispatcher::end(const mg_connection* connection) {
  const MutexLock lock(mutex_);
  unanswered_.erase(connection);
  --running_;
  idle_.notify_all();
}

void Dispatcher::forget(const mg_connection* connection) {
  const MutexLock lock(mutex_);
  unanswered_.erase(connection);
}

void Dispatcher::on_connection(const mg_connection* connection, bool opened) noexcept {
  if (opened) {
    const MutexLock lock(mutex_);
    unanswered_.insert(connection);
  } else {
    forget(connection);
  }
  connections_ += opened ? 1 : -1;
}

// Any program on the machine can connect to the listener that is there for the relay alone.
bool Dispatcher::is_intruder(const Exchange& exchange) const {
  const Exchange::Peer peer = exchange.peer();
  if (private_port_ == 0 || peer.local_port != private_port_) return false;
  return peer.address != kRelayAddress || !relay_ports_.contains(peer.port);
}

// The status to refuse a request with before it is looked at, or 0. Those of refused ones close the
// connection, as what follows on it is in doubt.
int Dispatcher::refusal(Exchange& exchange) {
  if (is_intruder(exchange)) return 403;
  {
    const MutexLock lock(mutex_);
    if (draining_) return 503;
  }
  if (exchange.head_bytes() > options_.max_header_bytes) return 431;
  return exchange.skip_body(in(options_.request_timeout));
}

Response Dispatcher::respond(Exchange& exchange) {
  if (const int status = refusal(exchange); status != 0) {
    exchange.forbid_keep_alive();
    return text_response(status);
  }
  const Router::Match match = router_.find(exchange.request().method, exchange.request().path);
  if (match.handler != nullptr) return call(*match.handler, exchange.request());
  if (!match.path_known) return text_response(404);
  Response response = text_response(405);
  response.headers.emplace_back("Allow", match.allow);
  return response;
}

Response Dispatcher::call(const Handler& handler, const Request& request) const {
  std::string what = "an exception of an unknown type";
  try {
    return handler(request);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {  // there is nothing to ask it
  }
  log::error("a request handler failed", {{"path", request.path}, {"error", what}});
  return text_response(500);
}

int Dispatcher::finish(Exchange& exchange, Response response) const {
  // Idle connections may keep half of the workers; beyond that, a client once served makes room.
  if (connections_ * 2 > options_.threads) exchange.forbid_keep_alive();
  const Exchange::Sent sent = exchange.send(std::move(response), in(options_.response_timeout));
  log::debug("request", {{"method", exchange.request().method},
                         {"path", exchange.request().path},
                         {"status", sent.status},
                         {"body_bytes", sent.body_bytes},
                         {"complete", sent.complete ? "true" : "false"}});
  return sent.status;
}

int Dispatcher::on_request(mg_connection* connection) noexcept {
  opened_.wait();
  begin();
  int status = 500;
  try {
    Exchange exchange(connection);
    Response response = respond(exchange);
    status = finish(exchange, std::move(response));
  } catch (const std::exception& error) {  // out of memory, most likely
    log::error("a request failed", {{"error", error.what()}});
    Exchange::abandon(connection);
  }
  end(connection);
  return status;
}

void Dispatcher::on_bad_request(mg_connection* connection, int status) noexcept {
  // What civetweb 1.15 cannot parse is 400: garbage, a head that did not come in time, one that
  // exceeds its buffer. A 413 at this point would be the last of them, for which there is a status
  // of its own by now.
  constexpr int kBad = 400;
  constexpr int kTooLarge = 413;
  try {
    Exchange exchange(connection);
    exchange.forbid_keep_alive();
    Response response = status == kBad
                            ? text_response(kBad, "malformed, incomplete or far too large")
                            : text_response(status == kTooLarge ? 431 : status);
    exchange.send(std::move(response), in(options_.response_timeout));
  } catch (const std::exception& error) {
    log::error("a request failed", {{"error", error.what()}});
  }
  forget(connection);
}

}  // namespace bpfmap::http
