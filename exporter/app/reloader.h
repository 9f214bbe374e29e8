// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "app/config_files.h"
#include "app/exporter.h"
#include "base/error.h"
#include "base/mutex.h"

namespace bpfmap::app {

// The exporter that runs, and the next one that takes its place when the configuration is
// read anew. Thread-safe.
class Reloader {
 public:
  // `errands` outlives it; when they are stopped, reloads fail at once.
  Reloader(ConfigSelection selection, Surroundings around, Errands& errands);

  // The first exporter, of what was read by prepare().
  Result<void> start(std::vector<Prepared> prepared);

  // Lets it take over what an earlier process has pinned; when nothing else can fail any more.
  Result<void> commit() BPFMAP_EXCLUDES(reloading_);

  // Reads the configurations anew, builds the new state beside the old one, and swaps only if
  // all of it works: an error, which has all that is wrong in its `detail`, changes nothing.
  // Logs what happened.
  Result<void> reload() BPFMAP_EXCLUDES(reloading_);

  // What the current exporter's programs are attached to, and following it; see Exporter. While a
  // reload is under way, nothing is followed, and all wants another try.
  kernel::FollowedPlaces followed() const { return current()->followed(); }
  kernel::PlaceKinds follow(const kernel::PlaceKinds& kinds) BPFMAP_EXCLUDES(reloading_);
  // How many exporters there were.
  std::uint64_t generation() const { return generation_.load(); }

  // A thread that works with an exporter holds it for that time.
  std::shared_ptr<Exporter> current() const BPFMAP_EXCLUDES(mutex_);

  // Called with every new exporter, by the thread that made it, and with the current one at once.
  // Nothing ends that: when this returns, the listener that was there is no longer called.
  void on_change(std::function<void(Exporter&)> listener) BPFMAP_EXCLUDES(reloading_);

 private:
  Result<std::vector<Prepared>> read() const;
  Result<void> build(std::vector<Prepared> prepared, const Exporter* before);

  const ConfigSelection selection_;
  const Surroundings around_;
  Errands& errands_;
  std::function<void(Exporter&)> listener_;
  Mutex reloading_;  // one at a time
  std::atomic<std::uint64_t> generation_ = 0;
  mutable Mutex mutex_;
  std::shared_ptr<Exporter> current_ BPFMAP_GUARDED_BY(mutex_);
};

}  // namespace bpfmap::app
