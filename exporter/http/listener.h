// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "http/socket_address.h"

namespace bpfmap::http {

// A listening, non-blocking socket for connections of IPv6 or of a Unix domain. Owns it, and the
// file of a Unix socket, which is removed with it unless another process put one there. Move-only;
// one thread at a time.
class Listener {
 public:
  // Unix: the file gets exactly `unix_mode` (never more, not even for a moment). One that no
  // process listens on, left by a killed one, is replaced; one that answers is EADDRINUSE, and so
  // is a file that is no socket. IPv6: IPV6_V6ONLY, SO_REUSEADDR. `subject` is what errors name:
  // the address as the user wrote it.
  static Result<Listener> open(const SocketAddress& address, mode_t unix_mode,
                               const std::string& subject);

  // Takes over a socket that listens already, whatever its family, and leaves its file alone.
  static Listener adopt(UniqueFd listening);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) = delete;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  int fd() const { return fd_.get(); }
  const SocketAddress& address() const { return address_; }  // with the real port

 private:
  struct FileIdentity {
    dev_t device;
    ino_t inode;
  };
  Listener(UniqueFd fd, const SocketAddress& address);
  static std::optional<FileIdentity> identity_of(const std::string& path);

  UniqueFd fd_;
  SocketAddress address_;
  std::optional<FileIdentity> file_;  // of a Unix socket that this object has made
};

// 0 if a TCP listener could be opened on `address` now, else the errno that it would get. The
// socket is closed again, so that this is a forecast and not a reservation: for a listener that
// civetweb opens, whose errors say less.
int probe_bind(const SocketAddress& address);

}  // namespace bpfmap::http
