// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "http/message.h"

struct mg_connection;

namespace bpfmap::http {

// One request and its response on a connection of civetweb's, used by the worker thread that calls.
class Exchange {
 public:
  struct Peer {
    std::string_view address;
    std::uint16_t port;
    std::uint16_t local_port;  // of the listener that it came in on
  };

  explicit Exchange(mg_connection* connection);
  // For a connection whose state is in doubt: it is closed after the request.
  static void abandon(mg_connection* connection) noexcept;

  // Null-safe also where civetweb could not parse the request: what is unknown is empty.
  const Request& request() const { return request_; }
  Peer peer() const;
  // The length of request line and headers (what civetweb made of them: a few spaces more or less).
  std::size_t head_bytes() const;

  // Reads and drops a small body, byte by byte as that is how civetweb's reading is kept from
  // waiting for more than is there. Returns the status to refuse the request with, or 0. A body
  // that was not read closes the connection later.
  int skip_body(TimePoint deadline);

  void forbid_keep_alive();

  // Sends it all, unless the client is gone, stalls, or is not done by `deadline`; a response
  // that cannot be made is a 500, unless something was sent of it. The connection is closed after
  // an incomplete one.
  struct Sent {
    int status = 0;
    std::size_t body_bytes = 0;
    bool complete = false;
  };
  Sent send(Response response, TimePoint deadline);

 private:
  class Sender;
  bool client_keeps_alive() const;
  bool client_takes_chunks() const;
  bool send_pieces(const Response& response, Sender& sender) const;
  Result<std::string_view> begin_body(Response& response) const;
  static bool send_chunks(std::string_view piece, BodyStream& stream, Sender& sender);
  static Result<void> make_whole(Response& response);
  const char* header(const char* name) const;       // the first line of that name
  std::string list_header(const char* name) const;  // all of them

  mg_connection* connection_;
  Request request_;
  bool keep_alive_ = true;
};

}  // namespace bpfmap::http
