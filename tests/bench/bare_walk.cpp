// SPDX-License-Identifier: Apache-2.0
#include "bench/bare_walk.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <stdexcept>

namespace bpfmap::bench {
namespace {

constexpr std::uint32_t kRows = 4096;

}  // namespace

BareWalk::BareWalk(const BenchMap& map)
    : map_(map),
      keys_(std::size_t{kRows} * map.shape().key_size),
      values_(std::size_t{kRows} * map.shape().row_value_size()) {}

void BareWalk::run() {
  std::uint64_t cursor = 0;
  std::uint64_t total = 0;
  int error = 0;
  for (bool first = true; error == 0; first = false) {
    std::uint32_t count = kRows;
    error = ::bpf_map_lookup_batch(map_.fd(), first ? nullptr : &cursor, &cursor, keys_.data(),
                                   values_.data(), &count, nullptr);
    total += count;
  }
  if (error != -ENOENT || total != map_.entries()) {
    throw std::runtime_error("the bare walk failed");
  }
}

}  // namespace bpfmap::bench
