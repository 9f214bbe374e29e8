// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace bpfmap::http {

// A socket address of one of three families: AF_INET, AF_INET6, AF_UNIX. A value.
class SocketAddress {
 public:
  SocketAddress() = default;
  SocketAddress(const sockaddr* address, socklen_t size);

  static SocketAddress ipv4(std::uint32_t address, std::uint16_t port);  // host byte order
  static SocketAddress ipv6_any(std::uint16_t port);
  // `path` must be shorter than kUnixPathLimit.
  static SocketAddress unix_path(std::string_view path);
  // The address that `fd` is bound to; family AF_UNSPEC if it cannot be told.
  static SocketAddress of_socket(int fd);

  static constexpr std::size_t kUnixPathLimit = 108;  // of sun_path, with its final NUL

  int family() const { return storage_.ss_family; }
  const sockaddr* data() const;
  socklen_t size() const { return size_; }

  std::uint16_t port() const;  // 0 for AF_UNIX
  void set_port(std::uint16_t port);
  bool is_wildcard() const;

  // "127.0.0.1:80", "[::1]:80", "[fe80::1%eth0]:80", "/run/x.sock"
  std::string text() const;
  // "http://127.0.0.1:80", "http://[::1]:80", "unix:/run/x.sock"
  std::string url() const;

  bool operator==(const SocketAddress& other) const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace bpfmap::http
