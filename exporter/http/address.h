// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/socket_address.h"

namespace bpfmap::http {

// An address to listen on as a user writes it: ":9435", "127.0.0.1:0", "localhost:9435",
// "[::1]:9435", "unix:/run/x.sock", "fd://0". Port 0 means a free one.
struct ListenAddress {
  enum class Kind {
    kAll,      // no host: every address of the machine, IPv4 and IPv6
    kNumeric,  // an IPv6 address in brackets, without them in `host`
    kName,     // a host name or an IPv4 address
    kUnix,     // `host` is a path
    kPassed,   // a socket that was handed over (http/passed_sockets.h), number `index` from 0
  };
  Kind kind = Kind::kAll;
  std::string text;  // as it was written: the subject of errors
  std::string host;
  std::uint16_t port = 0;
  unsigned index = 0;
};

// Errors are of kind kUsage, with an example of a good address.
Result<ListenAddress> parse_listen_address(std::string_view text);

// One socket to open for a listen address.
struct Endpoint {
  SocketAddress address;
  // The half that a machine without IPv6 may leave out, because another endpoint of the same
  // listen address serves.
  bool optional = false;
};

// What to open for an address; empty only where there is nothing to open, as it was handed over.
// All share the port of the listen address. Asks the resolver where there is a name, hence may
// block. ":port" and "[::]:port" are both families, the former with an optional IPv6 half (two
// sockets, as IPv4 is served by the HTTP library itself).
Result<std::vector<Endpoint>> resolve(const ListenAddress& address);

// Whether errno of socket() or bind() says that the machine has no IPv6 (or not that
// address of it).
bool means_no_ipv6(int error);

// An Error of operation "listen on" about `address`, kind kSystem.
Error listen_error(const std::string& address, int code, std::string detail = {});

}  // namespace bpfmap::http
