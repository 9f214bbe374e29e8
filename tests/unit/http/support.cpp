// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "http/socket_address.h"

namespace bpfmap::http::testing {
namespace {

constexpr std::chrono::seconds kPatience(30);

SocketAddress address_of(const std::string& url) {
  constexpr std::string_view kUnix = "unix:";
  if (url.starts_with(kUnix)) return SocketAddress::unix_path(url.substr(kUnix.size()));
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  if (url.find('[') == std::string::npos) return SocketAddress::ipv4(INADDR_LOOPBACK, port);
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_addr = in6addr_loopback;
  in6.sin6_port = htons(port);
  return {reinterpret_cast<const sockaddr*>(&in6), sizeof(in6)};
}

void limit_waiting(int fd) {
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

ClientResponse parse_head(std::string_view head) {
  ClientResponse response;
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!head.starts_with(kVersion)) return response;
  response.status = std::stoi(std::string(head.substr(kVersion.size(), 3)));
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size();) {
    const std::size_t end = head.find("\r\n", at + 2);
    const std::string_view line = head.substr(at + 2, end - at - 2);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) break;
    response.headers[std::string(line.substr(0, colon))] = line.substr(colon + 2);
    at = end;
  }
  return response;
}

// Calls `visit` for every descriptor of this process.
void for_each_descriptor(const std::function<void(int)>& visit) {
  std::vector<int> descriptors;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    descriptors.push_back(std::stoi(entry.path().filename().string()));
  }
  for (const int fd : descriptors) visit(fd);
}

bool is_listening(int fd) {
  int accepts = 0;
  socklen_t size = sizeof(accepts);
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts != 0;
}

std::uint16_t peer_port(int fd) {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return 0;
  return peer.sin_family == AF_INET ? ntohs(peer.sin_port) : std::uint16_t{0};
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TemporaryDirectory::TemporaryDirectory() : path_("/tmp/http_test_XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category());
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryDirectory::operator/(std::string_view name) const {
  return std::string(path_).append("/").append(name);
}

StderrCapture::StderrCapture()
    : file_(::open("/tmp", O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600)),
      saved_(::dup(STDERR_FILENO)) {
  ::dup2(file_.get(), STDERR_FILENO);
}

StderrCapture::~StderrCapture() { ::dup2(saved_.get(), STDERR_FILENO); }

std::string StderrCapture::text() const {
  std::string all(1 << 20, '\0');
  const ssize_t got = ::pread(file_.get(), all.data(), all.size(), 0);
  all.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return all;
}

Client::Client(const std::string& url, int receive_buffer) {
  const SocketAddress address = address_of(url);
  fd_.reset(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  limit_waiting(fd_.get());
  if (receive_buffer > 0) {
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  if (::connect(fd_.get(), address.data(), address.size()) != 0) fd_.reset();
}

Client::Client(UniqueFd connected) : fd_(std::move(connected)) { limit_waiting(fd_.get()); }

Client::Client(std::uint32_t source, std::uint16_t source_port, std::uint16_t port)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  limit_waiting(fd_.get());
  const int on = 1;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const SocketAddress from = SocketAddress::ipv4(source, source_port);
  const SocketAddress to = SocketAddress::ipv4(INADDR_LOOPBACK, port);
  const bool connected = ::bind(fd_.get(), from.data(), from.size()) == 0 &&
                         ::connect(fd_.get(), to.data(), to.size()) == 0;
  if (!connected) fd_.reset();
}

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Client::get(std::string_view path, std::string_view headers) {
  std::string request = "GET ";
  request.append(path).append(" HTTP/1.1\r\nHost: test\r\n").append(headers).append("\r\n");
  return send(request);
}

bool Client::fill() {
  std::string part(256 << 10, '\0');
  const ssize_t got = ::recv(fd_.get(), part.data(), part.size(), 0);
  if (got <= 0) return false;
  buffered_.append(part, 0, static_cast<std::size_t>(got));
  return true;
}

ClientResponse Client::read_response(bool head) {
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  ClientResponse response = parse_head(std::string_view(buffered_).substr(0, end + 2));
  buffered_.erase(0, end + 4);
  const auto length = response.headers.find("Content-Length");
  const std::size_t size =
      head || length == response.headers.end() ? 0 : std::stoull(length->second);
  response.body = read(size);
  response.complete = response.body.size() == size;
  return response;
}

std::string Client::read(std::size_t limit) {
  while (buffered_.size() < limit && fill()) {
  }
  std::string bytes = buffered_.substr(0, limit);
  buffered_.erase(0, bytes.size());
  return bytes;
}

std::string Client::read_to_end() { return read(std::string::npos); }

std::size_t Client::skip_to_end() {
  std::size_t skipped = 0;
  do {
    skipped += buffered_.size();
    buffered_.clear();
  } while (fill());
  return skipped;
}

bool Client::at_end() {
  char byte = 0;
  if (!buffered_.empty()) return false;
  const ssize_t got = ::recv(fd_.get(), &byte, 1, MSG_PEEK);
  return got == 0 || (got < 0 && errno == ECONNRESET);
}

void Client::half_close() { ::shutdown(fd_.get(), SHUT_WR); }

void Client::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  fd_.reset();
}

ClientResponse fetch(const std::string& url, std::string_view path, std::string_view headers) {
  Client client(url);
  if (!client.connected() || !client.get(path, headers)) return {};
  return client.read_response();
}

std::string transport_name(Transport transport) {
  switch (transport) {
    case Transport::kIpv4: return "Ipv4";
    case Transport::kIpv6: return "Ipv6";
    case Transport::kUnix: return "Unix";
  }
  return "Unknown";
}

void PrintTo(Transport transport, std::ostream* stream) { *stream << transport_name(transport); }

TestServer::TestServer(Transport transport, std::vector<Route> routes, ServerOptions options) {
  if (transport == Transport::kIpv4) options.listen_addresses = {"127.0.0.1:0"};
  if (transport == Transport::kIpv6) options.listen_addresses = {"[::1]:0"};
  if (transport == Transport::kUnix) options.listen_addresses = {"unix:" + (directory_ / "socket")};
  auto started = Server::start(std::move(options), std::move(routes));
  if (!started) throw std::runtime_error(started.error().message());
  server_ = std::move(*started);
}

Route text_route(std::string path, std::string text) {
  return {std::move(path), "GET", [text = std::move(text)](const Request&) {
            Response response;
            response.content_type = "text/plain";
            response.text = text;
            return response;
          }};
}

Route big_route(std::string path, std::size_t size) {
  constexpr std::size_t kPiece = 1 << 20;
  auto bytes = std::make_shared<std::string>();
  bytes->reserve(size);
  std::string block;  // of a size that makes every piece another one
  while (block.size() < 1000003) block.push_back(static_cast<char>('a' + block.size() / 7 % 26));
  while (bytes->size() < size) bytes->append(block, 0, size - bytes->size());
  return {std::move(path), "GET", [bytes](const Request&) {
            Response response;
            response.content_type = "text/plain";
            for (std::size_t at = 0; at < bytes->size(); at += kPiece) {
              response.pieces.push_back(std::string_view(*bytes).substr(at, kPiece));
            }
            response.owner = bytes;
            return response;
          }};
}

std::vector<std::uint16_t> listening_ipv4_ports() {
  std::vector<std::uint16_t> ports;
  for_each_descriptor([&](int fd) {
    const SocketAddress address = SocketAddress::of_socket(fd);
    if (address.family() == AF_INET && is_listening(fd)) ports.push_back(address.port());
  });
  return ports;
}

std::vector<std::uint16_t> ports_connected_to(std::uint16_t port) {
  std::vector<std::uint16_t> ports;
  for_each_descriptor([&](int fd) {
    if (peer_port(fd) == port) ports.push_back(SocketAddress::of_socket(fd).port());
  });
  return ports;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for_each_descriptor([&](int /*fd*/) { ++count; });
  return count;
}

}  // namespace bpfmap::http::testing
