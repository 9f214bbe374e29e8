// SPDX-License-Identifier: Apache-2.0
#include "http/listener.h"

#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "http/address.h"

namespace bpfmap::http {
namespace {

constexpr int kBacklog = 512;  // the kernel caps it at net.core.somaxconn

UniqueFd open_socket(int family) {
  return UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool set_on(int fd, int level, int option) {
  const int on = 1;
  return ::setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

int bind_to(int fd, const SocketAddress& address) {
  return ::bind(fd, address.data(), address.size()) == 0 ? 0 : errno;
}

// SO_REUSEADDR on Linux: connections in TIME_WAIT do not hinder a restart, a listening
// socket still does.
int bind_tcp(int fd, const SocketAddress& address) {
  if (!set_on(fd, SOL_SOCKET, SO_REUSEADDR)) return errno;
  if (address.family() == AF_INET6 && !set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY)) return errno;
  return bind_to(fd, address);
}

enum class OldSocket { kNone, kStale, kAlive, kNoSocket };

OldSocket look_at_old(const SocketAddress& address) {
  struct stat status {};
  if (::lstat(address.text().c_str(), &status) != 0) return OldSocket::kNone;
  if (!S_ISSOCK(status.st_mode)) return OldSocket::kNoSocket;
  const UniqueFd client = open_socket(AF_UNIX);
  if (::connect(client.get(), address.data(), address.size()) == 0) return OldSocket::kAlive;
  // Anything else (a full backlog, no permission) does not prove that no process listens.
  return errno == ECONNREFUSED ? OldSocket::kStale : OldSocket::kAlive;
}

// The mode of a socket's inode is what its file starts with (and umask cuts), so that the file is
// at no time more open than asked for. `why` is filled where errno alone would puzzle.
int bind_unix(int fd, const SocketAddress& address, mode_t mode, std::string& why) {
  if (::fchmod(fd, mode) != 0) return errno;
  int error = bind_to(fd, address);
  if (error == EADDRINUSE) {
    const OldSocket old = look_at_old(address);
    if (old == OldSocket::kNoSocket) why = "the file exists and is no socket";
    if (old == OldSocket::kNoSocket || old == OldSocket::kAlive) return error;
    if (::unlink(address.text().c_str()) != 0 && errno != ENOENT) return errno;
    error = bind_to(fd, address);
  }
  if (error != 0) return error;
  if (::chmod(address.text().c_str(), mode) == 0) return 0;
  error = errno;
  ::unlink(address.text().c_str());
  return error;
}

}  // namespace

Listener::Listener(UniqueFd fd, const SocketAddress& address)
    : fd_(std::move(fd)), address_(address) {}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::move(other.fd_)),
      address_(other.address_),
      file_(std::exchange(other.file_, std::nullopt)) {}

std::optional<Listener::FileIdentity> Listener::identity_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

Listener::~Listener() {
  if (!file_) return;
  const std::optional<FileIdentity> now = identity_of(address_.text());
  const bool ours = now && now->device == file_->device && now->inode == file_->inode;
  if (ours) ::unlink(address_.text().c_str());
}

Result<Listener> Listener::open(const SocketAddress& address, mode_t unix_mode,
                                const std::string& subject) {
  UniqueFd fd = open_socket(address.family());
  if (!fd) return unexpected(listen_error(subject, errno));
  const bool is_unix = address.family() == AF_UNIX;
  std::string why;
  const int error =
      is_unix ? bind_unix(fd.get(), address, unix_mode, why) : bind_tcp(fd.get(), address);
  if (error != 0) return unexpected(listen_error(subject, error, std::move(why)));
  Listener listener(std::move(fd), address);
  if (is_unix) {
    listener.file_ = identity_of(address.text());
  } else {
    listener.address_ = SocketAddress::of_socket(listener.fd());
  }
  if (::listen(listener.fd(), kBacklog) != 0) return unexpected(listen_error(subject, errno));
  return listener;
}

Listener Listener::adopt(UniqueFd listening) {
  const SocketAddress address = SocketAddress::of_socket(listening.get());
  return {std::move(listening), address};
}

int probe_bind(const SocketAddress& address) {
  const UniqueFd fd = open_socket(address.family());
  return fd ? bind_tcp(fd.get(), address) : errno;
}

}  // namespace bpfmap::http
