// SPDX-License-Identifier: Apache-2.0
#include "base/named_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/unique_fd.h"

namespace bpfmap {
namespace {

class NamedFile {
 public:
  NamedFile(const std::string& noun, const std::string& path, Duration patience)
      : noun_(noun), path_(path), patience_(patience) {}

  // Opening some devices does something already, hence the look before. Where another file has come
  // in between, what was opened is looked at as well.
  Result<void> open() {
    struct stat info {};
    if (::stat(path_.c_str(), &info) != 0) return failure(errno);
    if (auto good = check_kind(info.st_mode); !good) return good;
    fd_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd_ || ::fstat(fd_.get(), &info) != 0) return failure(errno);
    // A pipe that no process has opened for writing yet seems to be at its end.
    if (S_ISFIFO(info.st_mode)) {
      if (auto ready = wait(); !ready) return ready;
    }
    return check_kind(info.st_mode);
  }

  Result<std::string> read(std::size_t most_bytes) {
    std::string text;
    std::array<char, 65536> buffer;
    while (true) {
      const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
      if (count == 0) return text;
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno != EAGAIN) return failure(errno);
      if (count < 0) {
        if (auto ready = wait(); !ready) return unexpected(ready.error());
        continue;
      }
      text.append(buffer.data(), static_cast<std::size_t>(count));
      if (text.size() > most_bytes) {
        return failure(EFBIG, "more than " + std::to_string(most_bytes >> 20) + " MiB");
      }
    }
  }

 private:
  unexpected<Error> failure(int code, std::string detail = {}) const {
    return unexpected(Error{.kind = ErrorKind::kConfiguration,
                            .operation = "read " + noun_,
                            .subject = path_,
                            .code = code,
                            .detail = std::move(detail)});
  }

  Result<void> check_kind(mode_t mode) const {
    if (S_ISDIR(mode)) return failure(EISDIR);
    if (S_ISREG(mode) || S_ISFIFO(mode)) return {};
    return failure(0, std::string("it is a ") + (S_ISSOCK(mode) ? "socket" : "device") +
                          ", expected a file or a pipe");
  }

  Result<void> wait() const {
    pollfd waited{fd_.get(), POLLIN, 0};
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience_).count();
    int ready = 0;
    do {
      ready = ::poll(&waited, 1, static_cast<int>(milliseconds));
    } while (ready < 0 && errno == EINTR);
    if (ready > 0) return {};
    return failure(ETIMEDOUT, "nothing came for " + std::to_string(milliseconds) + " ms");
  }

  const std::string& noun_;
  const std::string& path_;
  const Duration patience_;
  UniqueFd fd_;
};

}  // namespace

Result<std::string> read_named_file(const std::string& noun, const std::string& path,
                                    std::size_t most_bytes, Duration patience) {
  NamedFile file(noun, path, patience);
  if (auto opened = file.open(); !opened) return unexpected(opened.error());
  return file.read(most_bytes);
}

}  // namespace bpfmap
