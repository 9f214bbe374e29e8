// SPDX-License-Identifier: Apache-2.0
#include "http/exchange.h"

#include <civetweb.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "http/response_head.h"

namespace bpfmap::http {
namespace {

constexpr long long kMaxBodyBytes = 4096;

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::size_t length_of(const char* text) { return text == nullptr ? 0 : std::strlen(text); }

}  // namespace

// Writes through civetweb: gathers what is small, so that a page of little pieces is not a system
// call each, and passes on what is large, in parts between which it looks at the clock.
class Exchange::Sender {
 public:
  Sender(mg_connection* connection, TimePoint deadline)
      : connection_(connection), deadline_(deadline) {}

  bool append(std::string_view bytes) {
    if (bytes.size() < kGatherBytes / 2) {
      if (gathered_.size() + bytes.size() > kGatherBytes && !flush()) return false;
      gathered_.append(bytes);
      return true;
    }
    return flush() && write(bytes);
  }

  bool flush() {
    const bool written = write(gathered_);
    gathered_.clear();
    return written;
  }

  std::size_t sent() const { return sent_; }

 private:
  static constexpr std::size_t kGatherBytes = 64 << 10;
  static constexpr std::size_t kPartBytes = 256 << 10;

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      if (std::chrono::steady_clock::now() > deadline_) return false;
      const std::string_view part = bytes.substr(0, kPartBytes);
      const int written = mg_write(connection_, part.data(), part.size());
      if (written > 0) sent_ += static_cast<std::size_t>(written);
      if (written != static_cast<int>(part.size())) return false;
      bytes.remove_prefix(part.size());
    }
    return true;
  }

  mg_connection* connection_;
  TimePoint deadline_;
  std::string gathered_;
  std::size_t sent_ = 0;
};

Exchange::Exchange(mg_connection* connection) : connection_(connection) {
  const mg_request_info* info = mg_get_request_info(connection_);
  if (info == nullptr || info->request_method == nullptr) return;
  request_.method = text_of(info->request_method);
  request_.path = text_of(info->local_uri_raw);
  request_.query = text_of(info->query_string);
  request_.accept = list_header("Accept");
  request_.accept_encoding = list_header("Accept-Encoding");
  request_.scrape_timeout = list_header("X-Prometheus-Scrape-Timeout-Seconds");
  request_.head = request_.method == "HEAD";
}

const char* Exchange::header(const char* name) const { return mg_get_header(connection_, name); }

std::string Exchange::list_header(const char* name) const {
  const mg_request_info* info = mg_get_request_info(connection_);
  std::string list;
  for (int i = 0; info != nullptr && i < info->num_headers; ++i) {
    const mg_header& field = info->http_headers[i];
    if (mg_strcasecmp(field.name, name) != 0) continue;
    if (!list.empty()) list += ", ";
    list += text_of(field.value);
  }
  return list;
}

Exchange::Peer Exchange::peer() const {
  const mg_request_info* info = mg_get_request_info(connection_);
  if (info == nullptr) return {};
  return {info->remote_addr, static_cast<std::uint16_t>(info->remote_port),
          static_cast<std::uint16_t>(info->server_port)};
}

std::size_t Exchange::head_bytes() const {
  constexpr std::size_t kRequestLineExtra = sizeof("  HTTP/1.1\r\n?") - 1;
  constexpr std::size_t kFieldExtra = sizeof(": \r\n") - 1;
  const mg_request_info* info = mg_get_request_info(connection_);
  if (info == nullptr) return 0;
  std::size_t bytes = kRequestLineExtra + length_of(info->request_method) +
                      length_of(info->request_uri) + length_of(info->query_string);
  for (int i = 0; i < info->num_headers; ++i) {
    const mg_header& field = info->http_headers[i];
    bytes += kFieldExtra + length_of(field.name) + length_of(field.value);
  }
  return bytes;
}

int Exchange::skip_body(TimePoint deadline) {
  // civetweb's reading of chunks cannot be bounded in time, and no client of the exporter has a
  // reason to send any.
  if (header("Transfer-Encoding") != nullptr) return 411;
  const long long length = mg_get_request_info(connection_)->content_length;
  if (length > kMaxBodyBytes) return 413;
  // The client waits for leave to send a body that no handler reads: it gets its answer instead.
  if (length > 0 && header("Expect") != nullptr) forbid_keep_alive();
  for (long long i = 0; i < length && keep_alive_; ++i) {
    char byte = 0;
    if (mg_read(connection_, &byte, 1) != 1) return 408;
    if (std::chrono::steady_clock::now() > deadline) return 408;
  }
  return 0;
}

void Exchange::abandon(mg_connection* connection) noexcept {
  mg_disable_connection_keep_alive(connection);
}

void Exchange::forbid_keep_alive() {
  keep_alive_ = false;
  abandon(connection_);
}

// Never where civetweb, which looks at the first line only, would not.
bool Exchange::client_keeps_alive() const {
  const mg_request_info* info = mg_get_request_info(connection_);
  if (info == nullptr || info->http_version == nullptr || header("Upgrade") != nullptr)
    return false;
  if (const char* connection = header("Connection")) {
    const std::string all = in_lower_case(list_header("Connection"));
    return in_lower_case(connection).find("keep-alive") != std::string::npos &&
           all.find("close") == std::string::npos;
  }
  return std::string_view(info->http_version) == "1.1";
}

bool Exchange::client_takes_chunks() const {
  const mg_request_info* info = mg_get_request_info(connection_);
  return info != nullptr && info->http_version != nullptr &&
         std::string_view(info->http_version) == "1.1";
}

bool Exchange::send_pieces(const Response& response, Sender& sender) const {
  bool complete = sender.append(response.text);
  for (const std::string_view piece : response.pieces) complete = complete && sender.append(piece);
  return complete;
}

// `piece` is the first one, which the stream has given already.
bool Exchange::send_chunks(std::string_view piece, BodyStream& stream, Sender& sender) {
  while (!piece.empty()) {
    char size[2 * sizeof(std::size_t) + sizeof("\r\n")];
    const int length = std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
    if (!sender.append({size, static_cast<std::size_t>(length)}) || !sender.append(piece) ||
        !sender.append("\r\n")) {
      return false;
    }
    const Result<std::string_view> next = stream.next();
    if (!next) {
      log::error("a response was cut", {{"error", next.error().message()}});
      return false;
    }
    piece = *next;
  }
  return sender.append("0\r\n\r\n");
}

// The text takes the place of the stream.
Result<void> Exchange::make_whole(Response& response) {
  while (true) {
    const Result<std::string_view> piece = response.stream->next();
    if (!piece) return unexpected(piece.error());
    if (piece->empty()) break;
    response.text.append(*piece);
  }
  response.stream.reset();
  return {};
}

// The first piece of what is sent in chunks, before anything is sent: what fails until then is an
// error that the client can read.
Result<std::string_view> Exchange::begin_body(Response& response) const {
  if (response.stream == nullptr) return {};
  if (!client_takes_chunks()) {
    return make_whole(response).map([] { return std::string_view(); });
  }
  if (request_.head) return {};
  return response.stream->next();
}

Exchange::Sent Exchange::send(Response response, TimePoint deadline) {
  const Result<std::string_view> first_piece = begin_body(response);
  if (!first_piece) {
    log::error("a response could not be made", {{"error", first_piece.error().message()}});
    response = text_response(500);
  }
  if (keep_alive_ && !client_keeps_alive()) forbid_keep_alive();
  std::optional<std::size_t> length = response.text.size();
  for (const std::string_view piece : response.pieces) *length += piece.size();
  if (response.stream != nullptr) length.reset();
  const std::string head = format_response_head(response, length, keep_alive_, std::time(nullptr));
  Sender sender(connection_, deadline);
  bool complete = sender.append(head);
  if (!request_.head && may_have_body(response.status)) {
    complete = complete &&
               (response.stream == nullptr ? send_pieces(response, sender)
                                           : send_chunks(*first_piece, *response.stream, sender));
  }
  complete = complete && sender.flush();
  // A stream that has failed before anything was on its way.
  if (!complete && response.stream != nullptr && sender.sent() == 0) {
    return send(text_response(500), deadline);
  }
  if (!complete) forbid_keep_alive();
  return {response.status, sender.sent() - std::min(sender.sent(), head.size()), complete};
}

}  // namespace bpfmap::http
