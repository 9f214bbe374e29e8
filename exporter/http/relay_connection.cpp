// SPDX-License-Identifier: Apache-2.0
#include "http/relay_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "http/socket_address.h"

namespace bpfmap::http {
namespace {

// Small responses must not wait for acknowledgements of earlier ones. Fails on Unix sockets, which
// have no such delay.
void send_at_once(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

enum class FirstByte { kNotYet, kThere, kNever };

FirstByte look_for_first_byte(int fd) {
  char byte = 0;
  const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (got > 0) return FirstByte::kThere;
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? FirstByte::kNotYet : FirstByte::kNever;
}

}  // namespace

RelayConnection::RelayConnection(UniqueFd client, std::uint16_t backend_port, RelayPorts& ports,
                                 TimePoint now)
    : client_(std::move(client)), backend_port_(backend_port), ports_(ports), since_(now) {
  send_at_once(client_.get());
}

RelayConnection::~RelayConnection() { close_backend(); }

// The port is known, and noted, before a byte is sent: the connection cannot be taken for one
// of another process.
void RelayConnection::open_backend(TimePoint now) {
  const SocketAddress target = SocketAddress::ipv4(INADDR_LOOPBACK, backend_port_);
  backend_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool failed = !backend_ || (::connect(backend_.get(), target.data(), target.size()) != 0 &&
                                    errno != EINPROGRESS);
  if (failed) {
    done_ = true;
    return;
  }
  send_at_once(backend_.get());
  local_port_ = SocketAddress::of_socket(backend_.get()).port();
  ports_.add(local_port_);
  phase_ = Phase::kRelaying;
  since_ = now;
}

void RelayConnection::close_backend() {
  if (!backend_) return;
  ports_.remove(local_port_);
  backend_.reset();
}

void RelayConnection::on_client(std::span<char> scratch, TimePoint now) {
  if (phase_ == Phase::kSilent) {
    const FirstByte first = look_for_first_byte(client_.get());
    if (first == FirstByte::kNever) done_ = true;
    if (first == FirstByte::kThere) open_backend(now);
  }
  if (done_ || phase_ == Phase::kSilent) return;
  if (down_.wants_sink()) down_.turn(backend_.get(), client_.get(), scratch, now);
  up_.turn(client_.get(), backend_.get(), scratch, now);
  settle(now);
}

void RelayConnection::on_backend(std::span<char> scratch, TimePoint now) {
  if (phase_ != Phase::kRelaying) return;
  down_.turn(backend_.get(), client_.get(), scratch, now);
  if (up_.wants_sink()) up_.turn(client_.get(), backend_.get(), scratch, now);
  settle(now);
}

// A backend that closes (or resets, having refused what the client still sends) has said all it
// will. The client gets that, and time to read it: closing while bytes from the client are unread
// would reset the connection and could take the response with it.
void RelayConnection::settle(TimePoint now) {
  if (up_.source_lost() || down_.sink_lost()) done_ = true;
  if (done_ || !down_.finished()) return;
  if (phase_ == Phase::kRelaying) {
    close_backend();
    up_.drop_sink();
    phase_ = Phase::kLingering;
    since_ = now;
  }
  if (up_.ended() || !may_linger_) done_ = true;
}

std::uint32_t RelayConnection::client_interest() const {
  std::uint32_t events = 0;
  if (up_.wants_source()) events |= EPOLLIN;
  if (down_.wants_sink()) events |= EPOLLOUT;
  return events;
}

std::uint32_t RelayConnection::backend_interest() const {
  std::uint32_t events = 0;
  if (down_.wants_source()) events |= EPOLLIN;
  if (up_.wants_sink()) events |= EPOLLOUT;
  return events;
}

void RelayConnection::check_times(const RelayTimeouts& timeouts, TimePoint now) {
  const Duration age = now - since_;
  if (phase_ == Phase::kSilent && age > timeouts.first_byte) done_ = true;
  if (phase_ == Phase::kLingering && age > timeouts.linger) done_ = true;
  if (down_.is_stuck(now, timeouts.stall, timeouts.response)) done_ = true;
}

void RelayConnection::hang_up() {
  if (phase_ == Phase::kSilent) done_ = true;
  if (phase_ == Phase::kRelaying && !up_.ended()) up_.end(backend_.get());
}

}  // namespace bpfmap::http
