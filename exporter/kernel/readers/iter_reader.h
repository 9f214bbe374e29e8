// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "kernel/layout.h"
#include "kernel/map_reader.h"
#include "kernel/map_syscalls.h"
#include "kernel/readers/key_ledger.h"
#include "kernel/readers/record_stream.h"

namespace bpfmap::kernel {

// Reads what a BPF program of the exporter's own (bpf/iter_map_elem.bpf.c) writes while the kernel
// walks the map. The program adds the values of all CPUs up, so that the rows of a per-CPU map
// have one value.
//
// The kernel walks hash maps without locks, and goes on behind as many entries of a bucket as it
// has shown when a read stops there: entries that come or go can make it show one twice or pass one
// by. Keys that come twice are dropped here; keys that an earlier walk has seen and this one has
// not are looked up, one by one, before the walk ends. What remains: an entry that no walk has seen
// yet can be passed by, and is seen by the next.
class IterReader final : public MapReader {
 public:
  // Starts a walk: a descriptor to read its records from.
  using Start = std::function<Result<UniqueFd>()>;

  // Loads the program for this map. A per-CPU map must be one that can be added up.
  static Result<std::unique_ptr<IterReader>> open(const std::string& map_name, int fd,
                                                  const MapShape& shape, MapSyscalls& syscalls);
  // `shape` is the map's own; records are key and value, a per-CPU value added up.
  IterReader(std::string map_name, int fd, const MapShape& shape, MapSyscalls& syscalls,
             Start start);

  std::string_view name() const override { return "iter"; }
  const MapShape& shape() const override { return row_shape_; }
  void rewind() override;
  Result<bool> next_batch(RowBlock& block) override;

  // Between walks: what another reader has seen counts as seen by an earlier walk; with `begins`
  // only that does.
  void learn(const RowBlock& rows, bool begins);

 private:
  Result<bool> add_record(RowBlock& block);
  Result<bool> add_missing(RowBlock& block);
  void add_up(std::byte* value) const;

  std::string map_name_;
  int fd_;
  MapShape map_shape_;
  MapShape row_shape_;
  MapSyscalls& syscalls_;
  Start start_;
  RecordStream stream_;
  std::optional<KeyLedger> ledger_;  // none for arrays, whose entries cannot be deleted
  std::vector<std::byte> looked_up_;
  bool shown_all_ = false;
};

// Why the iterator cannot walk a map like this; empty where it can.
std::string why_no_iter(const MapShape& shape);

// Why the values of all CPUs cannot be added up in the kernel without knowing more than `value`
// (null without BTF); empty where they can: they consist of integers of 8 bytes and not of too
// many of them.
std::string why_not_added_up(const MapShape& shape, const Type* value);

}  // namespace bpfmap::kernel
