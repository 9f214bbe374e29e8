// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "host/host_names.h"

namespace bpfmap::collect {

// Tables of the host's names, one for each rendering that is under way. They are kept between
// renderings, so that what cannot be read any more keeps its last names and is logged once. As many
// as there ever were renderings at a time. Thread-safe.
class HostNamesPool {
 public:
  explicit HostNamesPool(std::shared_ptr<host::Host> host) : host_(std::move(host)) {}

  // A table that one rendering has for as long as this lives. The pool outlives it.
  class Lease {
   public:
    explicit Lease(HostNamesPool& pool) : pool_(pool), names_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(names_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    host::HostNames& operator*() const { return *names_; }

   private:
    HostNamesPool& pool_;
    std::unique_ptr<host::HostNames> names_;
  };

 private:
  std::unique_ptr<host::HostNames> take() BPFMAP_EXCLUDES(mutex_);
  void give_back(std::unique_ptr<host::HostNames> names) BPFMAP_EXCLUDES(mutex_);

  const std::shared_ptr<host::Host> host_;
  Mutex mutex_;
  std::vector<std::unique_ptr<host::HostNames>> free_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::collect
