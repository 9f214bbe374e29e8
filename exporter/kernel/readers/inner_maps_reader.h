// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "kernel/map_reader.h"
#include "kernel/map_syscalls.h"
#include "kernel/open_reader.h"
#include "kernel/readers/inner_map_opener.h"

namespace bpfmap::kernel {

// Walks a map of maps: every row of every inner map, its key followed by the outer key under which
// the inner map is. User space sees inner maps as ids, which are resolved anew in every walk; those
// that are gone by then are passed by, as are empty slots of an array. An inner map under two outer
// keys is walked for each of them. One thread at a time.
class InnerMapsReader final : public MapReader {
 public:
  // `outer` reads the outer map, whose values are ids; `inner` is the shape that all inner
  // maps have, except that each may have its own number of entries. Opener and syscalls
  // outlive the reader.
  InnerMapsReader(std::string map_name, std::unique_ptr<MapReader> outer, const MapShape& inner,
                  ReaderOptions options, InnerMapOpener& opener, MapSyscalls& syscalls);

  std::string_view name() const override { return "inner_maps"; }
  const MapShape& shape() const override { return shape_; }
  void rewind() override;
  Result<bool> next_batch(RowBlock& block) override;

 private:
  struct Slot {
    std::vector<std::byte> outer_key;
    std::uint32_t id = 0;
  };
  Result<void> list_inner_maps();
  // False where it is gone.
  Result<bool> open_inner(const Slot& slot);
  void close_inner();
  Result<bool> read_rows(RowBlock& block);

  std::string map_name_;
  std::unique_ptr<MapReader> outer_;
  MapShape inner_shape_;
  MapShape shape_;
  ReaderOptions options_;
  InnerMapOpener& opener_;
  MapSyscalls& syscalls_;

  bool listed_ = false;
  std::vector<Slot> slots_;
  std::size_t at_ = 0;
  UniqueFd inner_fd_;
  std::unique_ptr<MapReader> inner_;  // of slots_[at_], while it is walked
  RowBlock rows_;
};

}  // namespace bpfmap::kernel
