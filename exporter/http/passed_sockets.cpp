// SPDX-License-Identifier: Apache-2.0
#include "http/passed_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "http/address.h"

namespace bpfmap::http {
namespace {

constexpr int kFirstPassed = 3;  // SD_LISTEN_FDS_START

// -1 where the variable is not there, or no number.
int number_in(const char* variable) {
  // Nothing in this process changes its environment.
  const char* const text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  if (text == nullptr) return -1;
  const std::string_view digits(text);
  int number = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : -1;
}

// How many sockets came with this process.
int passed_count() {
  return number_in("LISTEN_PID") == ::getpid() ? std::max(number_in("LISTEN_FDS"), 0) : 0;
}

bool is_listening_stream(int fd) {
  int listening = 0;
  int type = 0;
  socklen_t size = sizeof(int);
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0 &&
         ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

Error no_socket(const std::string& subject, int count) {
  Error error = listen_error(
      subject, 0,
      count == 0
          ? "no socket was handed over"
          : "the sockets that were handed over have the numbers 0 to " + std::to_string(count - 1));
  error.hint = "start it by a .socket unit of systemd, which sets LISTEN_FDS and LISTEN_PID";
  return error;
}

}  // namespace

Result<UniqueFd> passed_socket(unsigned index, const std::string& subject) {
  const int count = passed_count();
  if (index >= static_cast<unsigned>(count)) return unexpected(no_socket(subject, count));
  const int passed = kFirstPassed + static_cast<int>(index);
  if (!is_listening_stream(passed)) {
    return unexpected(listen_error(
        subject, 0, "descriptor " + std::to_string(passed) + " is no stream socket that listens"));
  }
  UniqueFd copy(::fcntl(passed, F_DUPFD_CLOEXEC, kFirstPassed));
  if (!copy) return unexpected(listen_error(subject, errno));
  const int flags = ::fcntl(copy.get(), F_GETFL);
  if (flags < 0 || ::fcntl(copy.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return unexpected(listen_error(subject, errno));
  }
  return copy;
}

}  // namespace bpfmap::http
