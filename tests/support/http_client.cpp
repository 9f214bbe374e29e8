// SPDX-License-Identifier: Apache-2.0
#include "support/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "base/unique_fd.h"

namespace bpfmap::test {
namespace {

constexpr timeval kTimeout{30, 0};
constexpr std::string_view kEnd = "\r\n";

struct Peer {
  sockaddr_storage address{};
  socklen_t size = 0;
};

template <typename Address>
Peer peer_of(const Address& address) {
  Peer peer;
  std::memcpy(&peer.address, &address, sizeof(address));
  peer.size = sizeof(address);
  return peer;
}

Peer unix_peer(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return peer_of(address);
}

Peer tcp_peer(std::string host, std::uint16_t port) {
  if (host.starts_with("[")) {
    host = host.substr(1, host.size() - 2);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    EXPECT_EQ(::inet_pton(AF_INET6, host.c_str(), &address.sin6_addr), 1) << host;
    return peer_of(address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, host.c_str(), &address.sin_addr), 1) << host;
  return peer_of(address);
}

Peer parse_url(const std::string& url) {
  if (url.starts_with("unix:")) return unix_peer(url.substr(5));
  const std::string_view scheme = "http://";
  EXPECT_TRUE(url.starts_with(scheme)) << url;
  const std::size_t colon = url.rfind(':');
  std::uint16_t port = 0;
  std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
  return tcp_peer(url.substr(scheme.size(), colon - scheme.size()), port);
}

UniqueFd connect_to(const Peer& peer) {
  UniqueFd fd(::socket(peer.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof(kTimeout));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kTimeout, sizeof(kTimeout));
  const auto* to = static_cast<const sockaddr*>(static_cast<const void*>(&peer.address));
  if (::connect(fd.get(), to, peer.size) != 0) fd.reset();
  return fd;
}

std::string read_to_end(int fd) {
  std::string all;
  char buffer[65536];
  for (ssize_t got = 0; (got = ::recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string join_chunks(std::string_view rest) {
  std::string body;
  while (true) {
    std::size_t size = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), size, 16);
    const std::size_t line_end = rest.find(kEnd);
    if (size == 0 || line_end == std::string_view::npos) return body;
    rest.remove_prefix(line_end + kEnd.size());
    body += rest.substr(0, size);
    rest.remove_prefix(std::min(rest.size(), size + kEnd.size()));
  }
}

HttpResponse parse_response(const std::string& bytes) {
  HttpResponse response;
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos || !bytes.starts_with("HTTP/1.1 ")) return response;
  std::from_chars(bytes.data() + 9, bytes.data() + 12, response.status);
  std::size_t at = bytes.find(kEnd) + kEnd.size();
  while (at < head_end) {
    const std::size_t end = bytes.find(kEnd, at);
    const std::size_t colon = bytes.find(": ", at);
    response.headers[lower_case(bytes.substr(at, colon - at))] =
        bytes.substr(colon + 2, end - colon - 2);
    at = end + kEnd.size();
  }
  response.body = bytes.substr(head_end + 4);
  if (response.header("transfer-encoding") == "chunked") {
    response.body = join_chunks(response.body);
  }
  return response;
}

}  // namespace

std::string HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

HttpResponse send_request(const std::string& url, const HttpRequest& request) {
  const UniqueFd fd = connect_to(parse_url(url));
  if (!fd) return {};
  std::string text =
      request.method + " " + request.path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
  for (const std::string& header : request.headers) text += header + "\r\n";
  text += kEnd;
  const ssize_t sent = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(text.size())) return {};
  return parse_response(read_to_end(fd.get()));
}

HttpResponse fetch(const std::string& url, const std::string& path) {
  return send_request(url, {.path = path});
}

std::string url_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 15U];
    }
  }
  return encoded;
}

std::string gunzip(const std::string& bytes) {
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, kGzipOnly), Z_OK);
  std::string input = bytes;  // zlib wants it writable
  stream.next_in = static_cast<Bytef*>(static_cast<void*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  std::string text;
  int result = Z_OK;
  while (result == Z_OK) {
    Bytef buffer[65536];
    stream.next_out = buffer;
    stream.avail_out = sizeof(buffer);
    result = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = sizeof(buffer) - stream.avail_out;
    text.append(static_cast<const char*>(static_cast<const void*>(buffer)), got);
  }
  EXPECT_EQ(result, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U) << "bytes behind the end";
  inflateEnd(&stream);
  return text;
}

}  // namespace bpfmap::test
