// SPDX-License-Identifier: Apache-2.0
#include "http/own_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/unique_fd.h"

namespace bpfmap::http {
namespace {

std::vector<int> own_descriptors() {
  std::vector<int> descriptors;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    descriptors.push_back(std::atoi(entry->path().filename().c_str()));
  }
  return descriptors;
}

// False for whatever is no socket, too.
bool is_listening(int fd) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

// A listener has no peer, nor has a connection whose client has reset it.
bool is_accepted(int fd, const std::vector<SocketAddress>& addresses) {
  int domain = 0;
  socklen_t size = sizeof(domain);
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_INET) {
    return false;
  }
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof(peer);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) return false;
  const std::uint16_t port = SocketAddress::of_socket(fd).port();
  return std::any_of(addresses.begin(), addresses.end(),
                     [port](const auto& address) { return address.port() == port; });
}

}  // namespace

std::vector<int> find_own_sockets(const std::vector<SocketAddress>& addresses) {
  std::vector<int> listeners;
  for (const int fd : own_descriptors()) {
    if (!is_listening(fd)) continue;
    const SocketAddress bound = SocketAddress::of_socket(fd);
    if (std::find(addresses.begin(), addresses.end(), bound) != addresses.end()) {
      listeners.push_back(fd);
    }
  }
  return listeners;
}

int count_own_connections(const std::vector<SocketAddress>& addresses) {
  const std::vector<int> descriptors = own_descriptors();
  return static_cast<int>(
      std::count_if(descriptors.begin(), descriptors.end(),
                    [&addresses](int fd) { return is_accepted(fd, addresses); }));
}

void hang_up_own_connections(const std::vector<SocketAddress>& addresses) {
  for (const int fd : own_descriptors()) {
    // Another thread may close it meanwhile, and something else may get its number.
    const UniqueFd mine(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (mine && is_accepted(mine.get(), addresses)) ::shutdown(mine.get(), SHUT_RD);
  }
}

}  // namespace bpfmap::http
