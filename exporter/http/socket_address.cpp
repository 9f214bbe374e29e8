// SPDX-License-Identifier: Apache-2.0
#include "http/socket_address.h"

#include <netdb.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace bpfmap::http {

static_assert(sizeof(sockaddr_un::sun_path) == SocketAddress::kUnixPathLimit);

SocketAddress::SocketAddress(const sockaddr* address, socklen_t size)
    : size_(std::min<socklen_t>(size, sizeof(storage_))) {
  std::memcpy(&storage_, address, size_);
}

const sockaddr* SocketAddress::data() const { return reinterpret_cast<const sockaddr*>(&storage_); }

SocketAddress SocketAddress::ipv4(std::uint32_t address, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(address);
  in.sin_port = htons(port);
  return {reinterpret_cast<const sockaddr*>(&in), sizeof(in)};
}

SocketAddress SocketAddress::ipv6_any(std::uint16_t port) {
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_addr = in6addr_any;
  in6.sin6_port = htons(port);
  return {reinterpret_cast<const sockaddr*>(&in6), sizeof(in6)};
}

SocketAddress SocketAddress::unix_path(std::string_view path) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  path.copy(un.sun_path, sizeof(un.sun_path) - 1);
  return {reinterpret_cast<const sockaddr*>(&un), sizeof(un)};
}

SocketAddress SocketAddress::of_socket(int fd) {
  SocketAddress bound;
  socklen_t size = sizeof(bound.storage_);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound.storage_), &size) != 0) return {};
  bound.size_ = size;
  return bound;
}

std::uint16_t SocketAddress::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
  if (family() == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
  return 0;
}

void SocketAddress::set_port(std::uint16_t port) {
  if (family() == AF_INET) reinterpret_cast<sockaddr_in*>(&storage_)->sin_port = htons(port);
  if (family() == AF_INET6) reinterpret_cast<sockaddr_in6*>(&storage_)->sin6_port = htons(port);
}

bool SocketAddress::is_wildcard() const {
  if (family() == AF_INET) {
    return reinterpret_cast<const sockaddr_in*>(&storage_)->sin_addr.s_addr == htonl(INADDR_ANY);
  }
  return family() == AF_INET6 &&
         IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_addr);
}

std::string SocketAddress::text() const {
  if (family() == AF_UNIX) return reinterpret_cast<const sockaddr_un*>(&storage_)->sun_path;
  char host[NI_MAXHOST] = "?";
  ::getnameinfo(data(), size_, host, sizeof(host), nullptr, 0, NI_NUMERICHOST);
  std::string text = family() == AF_INET6 ? "[" : "";
  text.append(host).append(family() == AF_INET6 ? "]:" : ":");
  return text.append(std::to_string(port()));
}

std::string SocketAddress::url() const {
  std::string url = family() == AF_UNIX ? "unix:" : "http://";
  return url.append(text());
}

bool SocketAddress::operator==(const SocketAddress& other) const {
  return size_ == other.size_ && std::memcmp(&storage_, &other.storage_, size_) == 0;
}

}  // namespace bpfmap::http
