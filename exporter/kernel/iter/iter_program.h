// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "kernel/libbpf/handles.h"

namespace bpfmap::kernel {

// All zero: {} clears the first member of a union only, and the kernel reads the others as well.
inline bpf_iter_link_info no_target() {
  bpf_iter_link_info target;
  std::memset(&target, 0, sizeof(target));
  return target;
}

// One of the exporter's own BPF iterators (bpf/iter_*.bpf.c), loaded and attached: every start()
// makes the kernel walk once more. It outlives the privileges that it was opened with: starting a
// walk needs none. One thread at a time; movable.
class IterProgram {
 public:
  struct Request {
    std::string_view object;  // "iter_map_elem": an object that is embedded in this module
    std::string map;          // for messages
    std::string since;        // the first kernel that has this iterator: "5.9"
    // Values of `const volatile __u32` variables.
    std::vector<std::pair<std::string_view, std::uint32_t>> constants;
    // The map that stands for the object's map `storage`; -1 where it has none. Not owned.
    int storage_fd = -1;
    bpf_iter_link_info target = no_target();  // what to walk, as BPF_LINK_CREATE wants it
    bool has_target = false;
  };

  // Loads and attaches. The error (kSystem) says what the kernel refused, why, and what to do.
  static Result<IterProgram> open(const Request& request);

  // A descriptor whose read(2) is the walk, from its beginning.
  Result<UniqueFd> start() const;

  // The map of the object's .data section, of one entry; owned by this, -1 where there is none.
  int data_fd() const;

 private:
  IterProgram(std::string map, ObjectPtr object, LinkPtr link)
      : map_(std::move(map)), object_(std::move(object)), link_(std::move(link)) {}

  std::string map_;
  ObjectPtr object_;
  LinkPtr link_;  // behind the object, so that it goes first
};

}  // namespace bpfmap::kernel
