// SPDX-License-Identifier: Apache-2.0
#include "bench/scrape_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace bpfmap::bench {
namespace {

std::uint64_t number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || (end != text.data() + text.size() && *end != ';')) {
    throw std::runtime_error("not a number in the answer: " + std::string(text));
  }
  return value;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

ScrapeClient::ScrapeClient(std::uint16_t port, bool gzip, Connection connection)
    : port_(port),
      request_(std::string("GET /metrics HTTP/1.1\r\nHost: localhost\r\n") +
               (gzip ? "Accept-Encoding: gzip\r\n" : "") +
               (connection == Connection::kClose ? "Connection: close\r\n\r\n" : "\r\n")),
      connection_(connection),
      buffer_(std::size_t{256} << 10) {}

ScrapeClient::Answer ScrapeClient::scrape(const Sink& sink) {
  if (!fd_) connect();
  send_request();
  const Head head = read_head();
  Answer answer{head.length, head.gzip};
  if (head.chunked) {
    answer.body_bytes = read_chunks(sink);
  } else {
    read_bytes(head.length, sink);
  }
  if (connection_ == Connection::kClose || head.close) fd_ = UniqueFd();
  return answer;
}

void ScrapeClient::connect() {
  fd_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("cannot connect to the server");
  }
  begin_ = end_ = 0;
}

void ScrapeClient::send_request() {
  const ssize_t sent = ::send(fd_.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request_.size())) {
    throw std::runtime_error("cannot send the request");
  }
}

ScrapeClient::Head ScrapeClient::read_head() {
  Head head;
  if (const std::string_view status = read_line(); !status.starts_with("HTTP/1.1 200")) {
    throw std::runtime_error("the server says: " + std::string(status));
  }
  while (true) {
    const std::string line = lower(read_line());
    if (line.empty()) return head;
    const std::string_view value = std::string_view(line).substr(
        std::min(line.size(), line.find_first_not_of(' ', line.find(':') + 1)));
    if (line.starts_with("content-length:")) head.length = number(value, 10);
    if (line.starts_with("transfer-encoding:")) head.chunked = value == "chunked";
    if (line.starts_with("content-encoding:")) head.gzip = value == "gzip";
    if (line.starts_with("connection:")) head.close = value == "close";
  }
}

std::uint64_t ScrapeClient::read_chunks(const Sink& sink) {
  std::uint64_t total = 0;
  while (const std::uint64_t size = number(read_line(), 16)) {
    read_bytes(size, sink);
    total += size;
    if (!read_line().empty()) throw std::runtime_error("a chunk does not end where it should");
  }
  while (!read_line().empty()) continue;  // trailers
  return total;
}

void ScrapeClient::read_bytes(std::uint64_t count, const Sink& sink) {
  while (count > 0) {
    if (begin_ == end_) fill();
    const std::size_t piece = std::min<std::uint64_t>(count, end_ - begin_);
    if (sink) sink({buffer_.data() + begin_, piece});
    begin_ += piece;
    count -= piece;
  }
}

// Without its end; valid until the next read.
std::string_view ScrapeClient::read_line() {
  while (true) {
    const std::string_view received(buffer_.data() + begin_, end_ - begin_);
    if (const std::size_t end = received.find("\r\n"); end != std::string_view::npos) {
      begin_ += end + 2;
      return received.substr(0, end);
    }
    fill();
  }
}

void ScrapeClient::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) throw std::runtime_error("a line of the answer is too long");
  const ssize_t got = ::recv(fd_.get(), buffer_.data() + end_, buffer_.size() - end_, 0);
  if (got <= 0) throw std::runtime_error("the answer is cut short");
  end_ += static_cast<std::size_t>(got);
}

}  // namespace bpfmap::bench
