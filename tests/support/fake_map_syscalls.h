// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <vector>

#include "kernel/map_syscalls.h"

namespace bpfmap::test {

// A hash map of u32 keys and u64 values as the kernel shows it to walkers, with its corners: a
// lookup of a missing key is ENOENT, get_next_key of a missing key starts over, batches hold whole
// buckets, the last batch says ENOENT. Records what was asked of it; `before` runs ahead of every
// call and may change the map, or answer in its place by returning an errno.
class FakeMapSyscalls final : public kernel::MapSyscalls {
 public:
  struct Bucket {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> entries;
  };

  std::vector<Bucket> buckets;
  std::function<int(const char* call)> before;
  int next_key_calls = 0;
  int lookup_calls = 0;
  int batch_calls = 0;
  std::vector<std::uint32_t> batch_capacities;
  std::vector<bool> batch_began_with_null;
  std::uint64_t last_flags = 0;

  void insert(std::size_t bucket, std::uint32_t key, std::uint64_t value) {
    if (buckets.size() <= bucket) buckets.resize(bucket + 1);
    buckets[bucket].entries.emplace_back(key, value);
  }

  void erase(std::uint32_t key) {
    for (Bucket& bucket : buckets) {
      std::erase_if(bucket.entries, [key](const auto& entry) { return entry.first == key; });
    }
  }

  int next_key(int, const void* key, void* next) override {
    ++next_key_calls;
    if (const int error = before ? before("next_key") : 0; error != 0) return error;
    const auto all = flat();
    std::size_t index = 0;
    if (key != nullptr) {
      const std::uint32_t after = read(key);
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].first == after) index = i + 1;  // stays 0, the first key, when it is gone
      }
    }
    if (index >= all.size()) return -ENOENT;
    std::memcpy(next, &all[index].first, sizeof(all[index].first));
    return 0;
  }

  int lookup(int, const void* key, void* value, std::uint64_t flags) override {
    ++lookup_calls;
    last_flags = flags;
    if (const int error = before ? before("lookup") : 0; error != 0) return error;
    for (const auto& [stored, content] : flat()) {
      if (stored != read(key)) continue;
      std::memcpy(value, &content, sizeof(content));
      return 0;
    }
    return -ENOENT;
  }

  int lookup_batch(int, const void* in, void* out, void* keys, void* values, std::uint32_t* count,
                   std::uint64_t flags) override {
    ++batch_calls;
    last_flags = flags;
    batch_capacities.push_back(*count);
    batch_began_with_null.push_back(in == nullptr);
    const std::uint32_t capacity = *count;
    *count = 0;
    if (const int error = before ? before("lookup_batch") : 0; error != 0) return error;
    std::uint32_t bucket = in == nullptr ? 0 : read(in);
    for (; bucket < buckets.size(); ++bucket) {
      const auto& entries = buckets[bucket].entries;
      if (*count + entries.size() > capacity) {
        std::memcpy(out, &bucket, sizeof(bucket));
        return *count == 0 ? -ENOSPC : 0;
      }
      for (const auto& [key, value] : entries) {
        std::memcpy(static_cast<std::byte*>(keys) + *count * sizeof(key), &key, sizeof(key));
        std::memcpy(static_cast<std::byte*>(values) + *count * sizeof(value), &value,
                    sizeof(value));
        ++*count;
      }
    }
    std::memcpy(out, &bucket, sizeof(bucket));
    return -ENOENT;
  }

 private:
  static std::uint32_t read(const void* from) {
    std::uint32_t value = 0;
    std::memcpy(&value, from, sizeof(value));
    return value;
  }

  std::vector<std::pair<std::uint32_t, std::uint64_t>> flat() const {
    std::vector<std::pair<std::uint32_t, std::uint64_t>> all;
    for (const Bucket& bucket : buckets) {
      all.insert(all.end(), bucket.entries.begin(), bucket.entries.end());
    }
    return all;
  }
};

}  // namespace bpfmap::test
