// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "http/server.h"

// What the tests of the HTTP module share: raw sockets, so that they can be rude in ways an HTTP
// library would not be.
namespace bpfmap::http::testing {

// Waits for a condition, which nothing signals, for at most half a minute.
bool eventually(const std::function<bool()>& condition);

// A directory of its own, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const;

 private:
  std::string path_;
};

// What goes to stderr while it lives, which can be looked at meanwhile.
class StderrCapture {
 public:
  StderrCapture();
  ~StderrCapture();
  StderrCapture(const StderrCapture&) = delete;
  StderrCapture& operator=(const StderrCapture&) = delete;
  std::string text() const;  // opens no descriptor

 private:
  UniqueFd file_;
  UniqueFd saved_;
};

struct ClientResponse {
  int status = 0;  // 0: the connection ended before a response had begun
  std::map<std::string, std::string> headers;
  std::string body;
  bool complete = false;  // as long as Content-Length says
};

// A blocking client on one connection. Every wait ends after half a minute at the latest.
class Client {
 public:
  // `url` as Server::urls() spells it; a wildcard address is reached over loopback. A small
  // `receive_buffer` makes the kernel take little from the server while the client does not read.
  explicit Client(const std::string& url, int receive_buffer = 0);
  explicit Client(UniqueFd connected);
  // From a given IPv4 address and port (host byte order, 0: any).
  Client(std::uint32_t source, std::uint16_t source_port, std::uint16_t port);

  bool connected() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }
  bool send(std::string_view bytes);
  // GET with HTTP/1.1; `headers` are whole lines.
  bool get(std::string_view path, std::string_view headers = {});
  ClientResponse read_response(bool head = false);
  // At most `limit` bytes of what comes; less only at the end of the connection.
  std::string read(std::size_t limit);
  std::string read_to_end();
  std::size_t skip_to_end();
  bool at_end();  // the peer has closed, or will now; false if bytes come instead
  void half_close();
  void reset();  // closes with RST

 private:
  bool fill();

  UniqueFd fd_;
  std::string buffered_;
};

ClientResponse fetch(const std::string& url, std::string_view path, std::string_view headers = {});

// The ways into a server: IPv4 is direct, the others go through the relay.
enum class Transport { kIpv4, kIpv6, kUnix };
std::string transport_name(Transport transport);
void PrintTo(Transport transport, std::ostream* stream);  // for GoogleTest, hence its name

// A server with one listener and the given routes; everything is cleaned up with it.
class TestServer {
 public:
  TestServer(Transport transport, std::vector<Route> routes, ServerOptions options = {});
  const std::string& url() const { return server_->urls().front(); }
  void stop() { server_.reset(); }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<Server> server_;
};

// GET routes with a fixed text, and one with `size` bytes in pieces of one MiB.
Route text_route(std::string path, std::string text);
Route big_route(std::string path, std::size_t size);

// Local ports of IPv4 sockets of this process that listen.
std::vector<std::uint16_t> listening_ipv4_ports();
// Local ports of this process' IPv4 connections to 127.0.0.1:`port`.
std::vector<std::uint16_t> ports_connected_to(std::uint16_t port);
std::size_t open_descriptors();

}  // namespace bpfmap::http::testing
