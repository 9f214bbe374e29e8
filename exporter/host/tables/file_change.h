// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace bpfmap::host {

// Whether a file is another one than at the call before, as far as its inode tells. The first call
// says yes, and so does every one while there is no such file. One thread at a time.
class FileChange {
 public:
  explicit FileChange(std::string path) : path_(std::move(path)) {}
  bool operator()();

 private:
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  std::string path_;
  std::optional<Stamp> last_;
};

}  // namespace bpfmap::host
