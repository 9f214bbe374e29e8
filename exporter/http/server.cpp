// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/log.h"
#include "http/dispatcher.h"
#include "http/engine.h"
#include "http/listen_plan.h"
#include "http/relay.h"
#include "http/relay_ports.h"

namespace bpfmap::http {
namespace {

using std::chrono::steady_clock;

// Heads that are not much too large are read whole, so that the refusal is not lost in
// a reset connection.
constexpr std::size_t kHeadSlackBytes = 48 << 10;
constexpr Duration kLinger = std::chrono::seconds(1);
constexpr Duration kLeastFlushTime = std::chrono::milliseconds(200);

Error no_address() {
  return {.kind = ErrorKind::kUsage,
          .operation = "listen on",
          .subject = "nothing",
          .code = 0,
          .detail = "at least one address is needed",
          .hint = {}};
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, std::vector<Route> routes)
      : options_(std::move(options)),
        dispatcher_({.max_header_bytes = options_.max_header_bytes,
                     .request_timeout = options_.request_timeout,
                     .response_timeout = options_.response_timeout,
                     .threads = options_.threads},
                    std::move(routes), relay_ports_) {}
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> start();
  const std::vector<std::string>& urls() const { return urls_; }

 private:
  Result<void> open(const std::vector<ListenGroup>& groups);
  Result<void> start_engine(const OpenSockets& sockets);
  Result<void> start_relay(std::vector<Listener> listeners);
  void learn_urls(const OpenSockets& sockets);
  std::uint16_t private_port(const OpenSockets& sockets) const;
  void stop();

  const ServerOptions options_;
  RelayPorts relay_ports_;
  Dispatcher dispatcher_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Relay> relay_;
  std::vector<std::string> urls_;
};

Result<void> Server::Impl::start() {
  if (options_.listen_addresses.empty()) return unexpected(no_address());
  Result<std::vector<ListenGroup>> groups = plan_listening(options_.listen_addresses);
  if (!groups) return unexpected(std::move(groups.error()));
  // Between finding a port free and taking it there is a moment for another process to take it.
  constexpr int kAttempts = 16;
  for (int attempt = 1;; ++attempt) {
    Result<void> opened = open(*groups);
    const bool again = !opened && opened.error().code == EADDRINUSE && has_free_choice(*groups);
    if (!again || attempt == kAttempts) return opened;
  }
}

Result<void> Server::Impl::open(const std::vector<ListenGroup>& groups) {
  Result<OpenSockets> sockets = open_sockets(groups, options_.unix_mode);
  if (!sockets) return unexpected(std::move(sockets.error()));
  if (auto started = start_engine(*sockets); !started) return started;
  learn_urls(*sockets);
  const std::uint16_t private_port = this->private_port(*sockets);
  if (!sockets->relayed.empty()) {
    if (auto started = start_relay(std::move(sockets->relayed)); !started) {
      dispatcher_.open_closed();
      engine_.reset();
      return started;
    }
  }
  dispatcher_.open(private_port);
  return {};
}

Result<void> Server::Impl::start_engine(const OpenSockets& sockets) {
  EngineOptions engine;
  for (const OpenSockets::Native& native : sockets.native) engine.listen.push_back(native.address);
  if (!sockets.relayed.empty()) engine.listen.push_back(SocketAddress::ipv4(INADDR_LOOPBACK, 0));
  engine.request_buffer_bytes = options_.max_header_bytes + kHeadSlackBytes;
  engine.request_timeout = options_.request_timeout;
  engine.keep_alive_timeout = options_.keep_alive_timeout;
  engine.threads = options_.threads;
  auto started = Engine::start(engine, dispatcher_);
  if (!started) {
    Error error = std::move(started.error());
    for (const OpenSockets::Native& native : sockets.native) {
      if (error.subject == native.address.text()) error.subject = native.subject;
    }
    return unexpected(std::move(error));
  }
  engine_ = std::move(*started);
  return {};
}

// The last of the engine's listeners, where there is something to relay.
std::uint16_t Server::Impl::private_port(const OpenSockets& sockets) const {
  return sockets.relayed.empty() ? std::uint16_t{0} : engine_->addresses().back().port();
}

Result<void> Server::Impl::start_relay(std::vector<Listener> listeners) {
  const RelayOptions relay{
      .backend_port = engine_->addresses().back().port(),
      .timeouts = {.first_byte = options_.request_timeout,
                   .stall = options_.request_timeout,
                   .response = options_.response_timeout,
                   .linger = kLinger},
      .max_connections = options_.max_relayed_connections,
  };
  auto started = Relay::start(std::move(listeners), relay, relay_ports_);
  if (!started) return unexpected(std::move(started.error()));
  relay_ = std::move(*started);
  return {};
}

void Server::Impl::learn_urls(const OpenSockets& sockets) {
  for (const OpenSockets::Slot& slot : sockets.order) {
    const SocketAddress& address =
        slot.is_native ? engine_->addresses()[slot.index] : sockets.relayed[slot.index].address();
    urls_.push_back(address.url());
  }
}

// civetweb cuts what is running when it is told to stop, so it is told last; the relay has to
// outlive it to pass on what it sent.
void Server::Impl::stop() {
  if (!engine_) return;
  const TimePoint deadline = steady_clock::now() + options_.stop_timeout;
  if (relay_) relay_->stop_accepting();
  if (!dispatcher_.drain(options_.stop_timeout)) {
    log::warning("responses were cut off by the end of the server");
    if (options_.give_up) options_.give_up();
  }
  const auto time_left = [deadline] {
    return std::max<Duration>(deadline - steady_clock::now(), kLeastFlushTime);
  };
  if (relay_) relay_->hang_up();
  while (engine_->has_backlog() && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  engine_->stop_accepting();
  if (!dispatcher_.wait_for_answers(time_left(), [this] { return engine_->connections(); })) {
    log::debug("connections were left unserved");
  }
  engine_->hang_up();
  engine_.reset();
  if (!relay_) return;
  relay_->finish(time_left());
  relay_.reset();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() = default;

const std::vector<std::string>& Server::urls() const { return impl_->urls(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, std::vector<Route> routes) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(routes));
  if (auto started = impl->start(); !started) return unexpected(std::move(started.error()));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace bpfmap::http
