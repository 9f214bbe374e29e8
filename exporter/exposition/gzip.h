// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "exposition/body.h"

// gzip, piece by piece: each map's body is compressed once and kept; a page is put together from
// such fragments without compressing or copying anything again. Sources: RFC 1951 (deflate), RFC
// 1952 (gzip). Nothing here can fail except for want of memory (std::bad_alloc). Pure functions:
// any thread, also with the same arguments, which are only read.
namespace bpfmap::exposition {

// A compressed body: raw deflate blocks, none of them final, that end at a byte border and refer to
// nothing before them, so that they can stand anywhere in a stream. Immutable by convention once
// made, then shared freely.
struct Deflated {
  Body body;
  std::uint32_t crc32 = 0;  // of the plain bytes
  std::uint64_t plain_bytes = 0;
};

// Needs, beside the result, about half a megabyte while it runs, however large `plain` is. An empty
// body gives an empty fragment. Equal bytes in equal chunks give equal fragments.
Deflated deflate_fragment(const Body& plain);

// What goes around fragments to make one gzip member of them: the header, the fragments' bodies in
// their order, each of them announced, the trailer.
class GzipMember {
 public:
  static std::shared_ptr<const Chunk> header();
  // The next fragment has this checksum, and this many plain bytes.
  void add(std::uint32_t crc32, std::uint64_t plain_bytes);
  std::shared_ptr<const Chunk> trailer() const;

  // Of all that was added.
  std::uint32_t crc32() const { return crc32_; }
  std::uint64_t plain_bytes() const { return plain_bytes_; }

 private:
  std::uint32_t crc32_ = 0;
  std::uint64_t plain_bytes_ = 0;
};

}  // namespace bpfmap::exposition
