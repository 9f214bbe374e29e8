// SPDX-License-Identifier: Apache-2.0
#include "bench/sample_counter.h"

#include <stdexcept>
#include <utility>
#include <vector>

namespace bpfmap::bench {

SampleCounter::SampleCounter(std::string prefix, bool gzip)
    : prefix_(std::move(prefix)), gzip_(gzip) {
  constexpr int kGzip = 16 + MAX_WBITS;
  if (gzip_ && ::inflateInit2(&stream_, kGzip) != Z_OK) {
    throw std::runtime_error("zlib does not start");
  }
}

SampleCounter::~SampleCounter() {
  if (gzip_) ::inflateEnd(&stream_);
}

void SampleCounter::add(std::string_view piece) {
  if (gzip_) {
    inflate(piece);
  } else {
    count(piece);
  }
}

std::uint64_t SampleCounter::finish() const {
  if (gzip_ && !stream_ended_) throw std::runtime_error("the gzip stream does not end");
  if (!line_.empty()) throw std::runtime_error("the page ends within a line: " + line_);
  return lines_;
}

void SampleCounter::inflate(std::string_view piece) {
  static thread_local std::vector<char> text(std::size_t{256} << 10);
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream_.avail_in = static_cast<uInt>(piece.size());
  while (stream_.avail_in > 0 || stream_.avail_out == 0) {
    if (stream_ended_) throw std::runtime_error("there is more behind the gzip stream");
    stream_.next_out = reinterpret_cast<Bytef*>(text.data());
    stream_.avail_out = static_cast<uInt>(text.size());
    const int status = ::inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_BUF_ERROR) return;
    if (status != Z_OK && status != Z_STREAM_END) throw std::runtime_error("this is no gzip");
    count({text.data(), text.size() - stream_.avail_out});
    stream_ended_ = status == Z_STREAM_END;
    if (stream_ended_ && stream_.avail_in == 0) return;
  }
}

void SampleCounter::count(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      line_ += text;
      return;
    }
    if (line_.empty()) {
      lines_ += text.starts_with(prefix_) ? 1 : 0;
    } else {
      line_ += text.substr(0, end);
      lines_ += line_.starts_with(prefix_) ? 1 : 0;
      line_.clear();
    }
    text.remove_prefix(end + 1);
  }
}

void check_scrape(ScrapeClient& client, bool gzip, const std::string& prefix,
                  std::uint64_t expected) {
  SampleCounter counter(prefix, gzip);
  const ScrapeClient::Answer answer =
      client.scrape([&counter](std::string_view piece) { counter.add(piece); });
  if (answer.gzip != gzip) throw std::runtime_error("the encoding is another than asked for");
  if (const std::uint64_t lines = counter.finish(); lines != expected) {
    throw std::runtime_error("the page has " + std::to_string(lines) + " samples instead of " +
                             std::to_string(expected));
  }
}

}  // namespace bpfmap::bench
