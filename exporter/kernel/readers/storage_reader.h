// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/iter/iter_program.h"
#include "kernel/layout.h"
#include "kernel/map_reader.h"
#include "kernel/readers/record_stream.h"

namespace bpfmap::kernel {

// Reads the values that hang on threads, cgroups and sockets (task_storage, cgrp_storage,
// sk_storage) by walking these: such a map has no keys of its own, and cannot list its entries. The
// key of a row says what its value belongs to; see storage_key(). Objects without a value are left
// out, and get none by being walked. A walk holds all of its rows in memory.
//
// Threads are walked by id. Walks over cgroups and sockets must not be interrupted (cgroups: the
// kernel refuses to go on; sockets: it counts how many it passed in a chain that may change), hence
// go in as many passes as it takes for each to fit into one read.
class StorageReader final : public MapReader {
 public:
  // `shape` has a storage type and the size of storage_key().
  static Result<std::unique_ptr<StorageReader>> open(const std::string& map_name, int fd,
                                                     const MapShape& shape);

  std::string_view name() const override { return "iter"; }
  const MapShape& shape() const override { return shape_; }
  void rewind() override;
  Result<bool> next_batch(RowBlock& block) override;

 private:
  StorageReader(std::string map_name, const MapShape& shape, IterProgram program);
  Result<void> read_all();
  Result<bool> read_pass(std::uint64_t pass);
  Result<void> read_records();

  std::string map_name_;
  MapShape shape_;
  IterProgram program_;
  RecordStream stream_;
  std::uint64_t passes_ = 1;
  std::vector<std::byte> records_;  // of the walk: key and value, one behind the other
  std::size_t returned_ = 0;        // bytes of them
  bool read_ = false;
};

// The made-up key of a storage map's rows; null for other map types.
//   task_storage  pid (of the thread), tgid, comm
//   cgrp_storage  id: what name_to_handle_at(2) and `stat -c %i` say of the cgroup's directory
//   sk_storage    cookie, family, protocol, local_port, remote_port, local_address, remote_address:
//                 ports in host order, addresses as of IPv6 (IPv4 as ::ffff:a.b.c.d), all zero
//                 where the family has none
TypePtr storage_key(std::uint32_t map_type);

}  // namespace bpfmap::kernel
