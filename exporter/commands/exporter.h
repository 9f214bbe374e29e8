// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "collect/collector.h"
#include "commands/prepare.h"
#include "kernel/event_stream.h"

namespace bpfmap::commands {

// Objects loaded and attached, and the collector that samples their maps. Everything of it leaves
// the kernel when this is destroyed. Used by one thread, except collector().
class Exporter {
 public:
  // Loads and attaches everything; on an error nothing stays behind.
  static Result<std::unique_ptr<Exporter>> start(std::vector<Prepared> prepared);

  collect::Collector& collector() { return *collector_; }

  struct Loaded {
    std::string config;
    std::string path;
    std::string object;
    std::vector<kernel::ProgramStatus> programs;
  };
  // For the status page; does not change after start().
  const std::vector<Loaded>& loaded() const { return loaded_; }

 private:
  Exporter();
  Result<void> add(Prepared prepared);
  Result<void> add_map(const std::string& config, const kernel::Object& object,
                       decode::MapPlan plan);
  // The reader of a map that carries events, which are taken out of it from here on.
  Result<std::unique_ptr<kernel::MapReader>> open_events(const std::string& config, int fd,
                                                         decode::MapPlan& plan);
  Result<void> add_lost_updates(const std::string& config, const kernel::Object& object);

  SteadyClock clock_;
  // The collector's readers use the objects' descriptors: it goes first.
  std::vector<std::unique_ptr<kernel::Object>> objects_;
  std::unique_ptr<collect::Collector> collector_;
  std::vector<Loaded> loaded_;
  // Readers ask them to catch up, but nobody reads any more when this is destroyed; and they read
  // out of the objects' maps.
  std::vector<std::unique_ptr<kernel::EventStream>> streams_;
};

}  // namespace bpfmap::commands
