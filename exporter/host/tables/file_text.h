// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Reading the small files that hold names. Any thread.
namespace bpfmap::host {

// The whole file; nothing where it cannot be read. Of a file beyond 8 MiB the lines that fit.
std::optional<std::string> read_file(const std::string& path);

// Takes the first line off `text`, without its newline.
std::string_view next_line(std::string_view& text);
// Takes the next word of a line off it: what stands between blanks and tabs.
std::string_view next_word(std::string_view& line);
// Takes off what stands before `separator`, and the separator.
std::string_view next_part(std::string_view& line, char separator);

// A whole word of digits.
std::optional<std::uint32_t> parse_u32(std::string_view word, int base = 10);
std::optional<std::uint64_t> parse_u64(std::string_view word, int base = 10);

// Whether a file is another one than at the call before, as far as its inode tells. The first call
// says yes, and so does every one while there is no such file.
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
