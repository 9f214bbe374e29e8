// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"

namespace bpfmap::bench {

// Asks for /metrics on 127.0.0.1 and reads the answer through one small buffer, so that what an
// answer needs of memory is the server's. Understands Content-Length and chunked bodies; throws
// when an answer is not whole.
class ScrapeClient {
 public:
  struct Answer {
    std::uint64_t body_bytes = 0;
    bool gzip = false;
  };
  // Gets the body piece by piece, without the framing of chunks.
  using Sink = std::function<void(std::string_view)>;

  enum class Connection { kClose, kKeepAlive };
  ScrapeClient(std::uint16_t port, bool gzip, Connection connection = Connection::kClose);

  // One scrape, from request to last byte, connecting if necessary.
  Answer scrape(const Sink& sink = {});

 private:
  struct Head {
    bool chunked = false;
    bool gzip = false;
    bool close = false;
    std::uint64_t length = 0;
  };

  void connect();
  void send_request();
  Head read_head();
  std::uint64_t read_chunks(const Sink& sink);
  void read_bytes(std::uint64_t count, const Sink& sink);
  std::string_view read_line();
  void fill();

  std::uint16_t port_;
  std::string request_;
  Connection connection_;
  UniqueFd fd_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what was received and not used yet
  std::size_t end_ = 0;
};

}  // namespace bpfmap::bench
