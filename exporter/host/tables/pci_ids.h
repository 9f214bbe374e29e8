// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "host/tables/cache_statistics.h"

namespace bpfmap::host {

// What the numbers of PCI devices mean, by the file pci.ids of the package hwdata. Read at the
// first question, once for the process. Thread-safe.
class PciIds {
 public:
  enum class Kind : std::uint8_t { kVendor, kDevice, kClass, kSubclass };
  static constexpr std::size_t kKinds = 4;
  static constexpr std::size_t kMaxName = 255;  // longer ones are cut

  // The first of these files that can be read.
  explicit PciIds(std::vector<std::string> paths = {"/usr/share/hwdata/pci.ids",
                                                    "/usr/share/misc/pci.ids"})
      : paths_(std::move(paths)) {}

  // Empty for what has no name. The id of a device is vendor << 16 | device, that of a subclass
  // class << 8 | subclass.
  std::string_view find(Kind kind, std::uint64_t id);

  // Whether there was no file, or nothing in it; of use behind the first question.
  bool is_empty() const { return size_.load(std::memory_order_relaxed) == 0; }

  CacheStatistics statistics() const;

 private:
  struct Entry {
    std::uint32_t id;
    std::string_view name;  // in text_
  };
  void load();
  void parse();

  const std::vector<std::string> paths_;
  std::once_flag loaded_;
  std::atomic<std::uint64_t> size_{0};
  LookupCounts lookups_;
  std::string text_;
  std::array<std::vector<Entry>, kKinds> entries_;  // sorted by id
};

}  // namespace bpfmap::host
