// SPDX-License-Identifier: Apache-2.0
#include "http/relay.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/block_signals.h"
#include "base/log.h"

namespace bpfmap::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kScratchBytes = 256 << 10;
constexpr milliseconds kSweepInterval(100);
constexpr milliseconds kAcceptPause(100);

Error relay_error(int code) {
  return {.kind = ErrorKind::kSystem,
          .operation = "start",
          .subject = "the relay for IPv6 and Unix sockets",
          .code = code,
          .detail = {},
          .hint = {}};
}

}  // namespace

struct Relay::Entry {
  Entry(UniqueFd fd, std::uint16_t port, RelayPorts& ports, TimePoint now)
      : connection(std::move(fd), port, ports, now) {}
  RelayConnection connection;
  Watch client;
  Watch backend;
};

Relay::Relay(std::vector<Listener> listeners, const RelayOptions& options, RelayPorts& ports)
    : options_(options), ports_(ports), listeners_(std::move(listeners)), scratch_(kScratchBytes) {}

Result<void> Relay::open_poll() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Watch wake;
  const bool ready = epoll_ && wake_ && watch(wake, wake_.get(), EPOLLIN);
  if (!ready) return unexpected(relay_error(errno));
  return {};
}

Result<std::unique_ptr<Relay>> Relay::start(std::vector<Listener> listeners,
                                            const RelayOptions& options, RelayPorts& ports) {
  std::unique_ptr<Relay> relay(new Relay(std::move(listeners), options, ports));
  if (auto opened = relay->open_poll(); !opened) return unexpected(opened.error());
  const BlockSignals blocked;
  relay->thread_ = std::thread([raw = relay.get()] { raw->run(); });
  return relay;
}

Relay::~Relay() {
  if (!thread_.joinable()) return;
  if (stage_ != Stage::kFinishing) finish(Duration::zero());
  thread_.join();
}

void Relay::enter(Stage stage) {
  stage_ = stage;
  // Fails only when the counter is at its limit, and then the thread is woken anyway.
  ::eventfd_write(wake_.get(), 1);
}

void Relay::enter_and_wait(Stage stage) {
  enter(stage);
  for (Stage applied = applied_; applied < stage; applied = applied_) applied_.wait(applied);
}

void Relay::stop_accepting() { enter_and_wait(Stage::kDraining); }

void Relay::hang_up() { enter_and_wait(Stage::kHangingUp); }

void Relay::finish(Duration bound) {
  finish_by_ = (steady_clock::now() + bound).time_since_epoch().count();
  enter(Stage::kFinishing);
}

// Sets what is waited for; errors, which epoll always reports, are not looked for either where
// `events` is 0.
bool Relay::watch(Watch& watch, int fd, std::uint32_t events) {
  const std::uint32_t before = watch.fd == fd ? watch.events : 0;
  watch = {fd, events};
  if (fd < 0 || before == events) return true;
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  int operation = EPOLL_CTL_MOD;
  if (before == 0) operation = EPOLL_CTL_ADD;
  if (events == 0) operation = EPOLL_CTL_DEL;
  return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
}

void Relay::run() {
  std::array<epoll_event, 64> events{};
  while (true) {
    const TimePoint before = steady_clock::now();
    apply(stage_, before);
    if (is_over(before)) break;
    watch_listeners(before);
    const int ready =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
    const TimePoint now = steady_clock::now();
    for (int i = 0; i < ready; ++i) handle(events.at(static_cast<std::size_t>(i)).data.fd, now);
    sweep(now);
  }
  by_backend_.clear();
  entries_.clear();
}

void Relay::apply(Stage stage, TimePoint now) {
  if (stage == applied_) return;
  if (!listeners_.empty()) take_in_all(now);
  listeners_.clear();
  for (const auto& [fd, entry] : entries_) {
    if (stage >= Stage::kHangingUp) {
      // What the client has sent by now counts, although the relay may not have looked at it yet.
      entry->connection.on_client(scratch_, now);
      entry->connection.hang_up();
    }
    if (stage == Stage::kFinishing) entry->connection.forgo_lingering();
  }
  next_sweep_ = now;
  sweep(now);
  applied_ = stage;
  applied_.notify_all();
}

// A listener that closes resets the connections that wait to be accepted.
void Relay::take_in_all(TimePoint now) {
  for (const Listener& listener : listeners_) accept_some(listener.fd(), now);
  for (const auto& [fd, entry] : entries_) entry->connection.on_client(scratch_, now);
}

bool Relay::is_over(TimePoint now) const {
  if (applied_ != Stage::kFinishing) return false;
  return entries_.empty() || now.time_since_epoch().count() >= finish_by_;
}

int Relay::wait_ms() const {
  const bool must_look = !entries_.empty() || !accepting_ || applied_ == Stage::kFinishing;
  return must_look ? static_cast<int>(kSweepInterval.count()) : -1;
}

// Readiness is a hint: the connection that it is for tries and sees, so that an event for a
// descriptor that was closed, and given to a new connection, in the same round does no harm.
void Relay::handle(int fd, TimePoint now) {
  if (fd == wake_.get()) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = ::read(fd, &count, sizeof(count));
  } else if (const auto client = entries_.find(fd); client != entries_.end()) {
    client->second->connection.on_client(scratch_, now);
    update(*client->second);
  } else if (const auto backend = by_backend_.find(fd); backend != by_backend_.end()) {
    Entry& entry = *backend->second;
    entry.connection.on_backend(scratch_, now);
    update(entry);
  } else if (accepting_) {
    accept_some(fd, now);
  }
}

void Relay::accept_some(int listener, TimePoint now) {
  while (entries_.size() < options_.max_connections) {
    UniqueFd client(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) {
      const bool exhausted =
          errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
      if (exhausted && !std::exchange(out_of_descriptors_, true)) {
        log::warning("cannot accept connections", {{"error", errno_in_words(errno)}});
      }
      if (exhausted) pause_accepting(now + kAcceptPause);
      return;
    }
    out_of_descriptors_ = false;
    const int fd = client.get();
    auto entry = std::make_unique<Entry>(std::move(client), options_.backend_port, ports_, now);
    Entry& added = *entries_.insert_or_assign(fd, std::move(entry)).first->second;
    update(added);
  }
  pause_accepting(now);
}

void Relay::pause_accepting(TimePoint until) {
  accept_again_at_ = until;
  if (!std::exchange(accepting_, false)) return;
  for (const Listener& listener : listeners_) {
    Watch watched{listener.fd(), EPOLLIN};
    watch(watched, listener.fd(), 0);
  }
}

void Relay::watch_listeners(TimePoint now) {
  if (accepting_ || listeners_.empty() || now < accept_again_at_ ||
      entries_.size() >= options_.max_connections) {
    return;
  }
  accepting_ = true;
  for (const Listener& listener : listeners_) {
    Watch unwatched;
    if (!watch(unwatched, listener.fd(), EPOLLIN)) return pause_accepting(now + kAcceptPause);
  }
}

// Brings what is known here about a connection in line with it; may destroy it.
void Relay::update(Entry& entry) {
  const RelayConnection& connection = entry.connection;
  if (entry.backend.fd != connection.backend_fd()) {
    if (entry.backend.fd >= 0) by_backend_.erase(entry.backend.fd);
    if (connection.backend_fd() >= 0) by_backend_[connection.backend_fd()] = &entry;
  }
  const bool watched = !connection.done() &&
                       watch(entry.client, connection.client_fd(), connection.client_interest()) &&
                       watch(entry.backend, connection.backend_fd(), connection.backend_interest());
  if (watched) return;
  if (connection.backend_fd() >= 0) by_backend_.erase(connection.backend_fd());
  entries_.erase(connection.client_fd());
}

void Relay::sweep(TimePoint now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepInterval;
  std::vector<Entry*> all;
  all.reserve(entries_.size());
  for (const auto& [fd, entry] : entries_) all.push_back(entry.get());
  for (Entry* entry : all) {
    entry->connection.check_times(options_.timeouts, now);
    update(*entry);
  }
}

}  // namespace bpfmap::http
