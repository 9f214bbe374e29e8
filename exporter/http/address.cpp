// SPDX-License-Identifier: Apache-2.0
#include "http/address.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>

#include "base/terminal_text.h"

namespace bpfmap::http {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kPassedPrefix = "fd://";
constexpr const char* kExamples =
    "write ':9435' for all addresses, or such as '127.0.0.1:9435', '[::1]:9435', "
    "'unix:/run/exporter.sock'; 'fd://0' is the first socket that systemd hands over";

unexpected<Error> bad_address(std::string_view text, std::string why) {
  return unexpected(Error{.kind = ErrorKind::kUsage,
                          .operation = "listen on",
                          .subject = in_quotes(text),
                          .code = 0,
                          .detail = std::move(why),
                          .hint = kExamples});
}

// Ports, and how manieth a socket is.
std::optional<std::uint16_t> parse_number(std::string_view text) {
  std::uint16_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Result<ListenAddress> parse_passed(std::string_view text) {
  const std::string_view number = text.substr(kPassedPrefix.size());
  const std::optional<std::uint16_t> index = parse_number(number);
  if (!index) {
    return bad_address(text, in_quotes(number) + " is not the number of a socket, from 0");
  }
  ListenAddress address{ListenAddress::Kind::kPassed, std::string(text), {}, 0};
  address.index = *index;
  return address;
}

Result<ListenAddress> parse_unix(std::string_view text) {
  const std::string_view path = text.substr(kUnixPrefix.size());
  if (path.empty()) return bad_address(text, "the path of the socket is missing");
  if (path.size() >= SocketAddress::kUnixPathLimit) {
    return bad_address(text, "the path of a socket has at most " +
                                 std::to_string(SocketAddress::kUnixPathLimit - 1) + " bytes");
  }
  return ListenAddress{ListenAddress::Kind::kUnix, std::string(text), std::string(path), 0};
}

// "[host" and "host" before the last colon.
Result<ListenAddress> parse_host(std::string_view text, std::string_view host, std::uint16_t port) {
  using Kind = ListenAddress::Kind;
  if (host.empty()) return ListenAddress{Kind::kAll, std::string(text), {}, port};
  if (host.front() == '[') {
    if (host.back() != ']' || host.size() < 3) return bad_address(text, "']' is missing");
    const std::string_view inner = host.substr(1, host.size() - 2);
    return ListenAddress{Kind::kNumeric, std::string(text), std::string(inner), port};
  }
  if (host.find(':') != std::string_view::npos) {
    return bad_address(text, "an IPv6 address stands in brackets, and a URL is not an address");
  }
  if (host.find_first_of(" /[]@,") != std::string_view::npos) {
    return bad_address(text, in_quotes(host) + " is not a host name");
  }
  return ListenAddress{Kind::kName, std::string(text), std::string(host), port};
}

struct FreeAddrinfo {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Result<std::vector<Endpoint>> look_up(const ListenAddress& address) {
  const bool numeric = address.kind == ListenAddress::Kind::kNumeric;
  addrinfo hints{};
  hints.ai_family = numeric ? AF_INET6 : AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | (numeric ? AI_NUMERICHOST : 0);
  addrinfo* raw = nullptr;
  const int failure = ::getaddrinfo(address.host.c_str(), nullptr, &hints, &raw);
  const int error = errno;
  const std::unique_ptr<addrinfo, FreeAddrinfo> list(raw);
  if (failure != 0 && numeric) {
    return bad_address(address.text, in_quotes(address.host) + " is not an IPv6 address");
  }
  if (failure == EAI_SYSTEM) return unexpected(listen_error(address.text, error));
  if (failure != 0) return unexpected(listen_error(address.text, 0, ::gai_strerror(failure)));
  std::vector<Endpoint> endpoints;
  for (const addrinfo* item = list.get(); item != nullptr; item = item->ai_next) {
    SocketAddress found(item->ai_addr, item->ai_addrlen);
    found.set_port(address.port);
    const auto same = [&](const Endpoint& endpoint) { return endpoint.address == found; };
    if (std::none_of(endpoints.begin(), endpoints.end(), same)) endpoints.push_back({found});
  }
  return endpoints;
}

// A name that means both families ("localhost") is served where only IPv4 is there.
void make_ipv6_optional(std::vector<Endpoint>& endpoints) {
  const bool has_ipv4 = std::any_of(endpoints.begin(), endpoints.end(), [](const Endpoint& e) {
    return e.address.family() == AF_INET;
  });
  for (Endpoint& endpoint : endpoints) {
    endpoint.optional = has_ipv4 && endpoint.address.family() == AF_INET6;
  }
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return bad_address(text, "a NUL byte");
  if (text.starts_with(kUnixPrefix)) return parse_unix(text);
  if (text.starts_with(kPassedPrefix)) return parse_passed(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) {
    return bad_address(text, "the port is missing");
  }
  const std::optional<std::uint16_t> port = parse_number(text.substr(colon + 1));
  if (!port) {
    return bad_address(text, in_quotes(text.substr(colon + 1)) +
                                 " is not a port, which is a number from 0 to 65535");
  }
  return parse_host(text, text.substr(0, colon), *port);
}

Result<std::vector<Endpoint>> resolve(const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::kUnix) {
    return std::vector<Endpoint>{{SocketAddress::unix_path(address.host)}};
  }
  if (address.kind == ListenAddress::Kind::kPassed) return std::vector<Endpoint>{};
  if (address.kind == ListenAddress::Kind::kAll) {
    return std::vector<Endpoint>{{SocketAddress::ipv4(INADDR_ANY, address.port), false},
                                 {SocketAddress::ipv6_any(address.port), true}};
  }
  Result<std::vector<Endpoint>> endpoints = look_up(address);
  if (!endpoints) return endpoints;
  if (address.kind == ListenAddress::Kind::kName) make_ipv6_optional(*endpoints);
  if (address.kind == ListenAddress::Kind::kNumeric && endpoints->front().address.is_wildcard()) {
    endpoints->push_back({SocketAddress::ipv4(INADDR_ANY, address.port)});
  }
  return endpoints;
}

bool means_no_ipv6(int error) { return error == EAFNOSUPPORT || error == EADDRNOTAVAIL; }

Error listen_error(const std::string& address, int code, std::string detail) {
  Error error{.kind = ErrorKind::kSystem,
              .operation = "listen on",
              .subject = address,
              .code = code,
              .detail = std::move(detail),
              .hint = {}};
  if (code == EADDRINUSE) {
    error.hint = "another program, or another instance, listens there: see `ss -lntxp`";
  } else if (code == EADDRNOTAVAIL) {
    error.hint = "no interface of this machine has that address: see `ip address`";
  } else if (code == EACCES) {
    error.hint =
        "ports below 1024 need CAP_NET_BIND_SERVICE, a socket's directory has to be writable";
  }
  return error;
}

}  // namespace bpfmap::http
