// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/prepare.h"
#include "app/takeover.h"
#include "base/clock.h"
#include "base/error.h"
#include "collect/collector.h"
#include "host/cgroups.h"
#include "kernel/event_stream.h"
#include "kernel/named_pins.h"

namespace bpfmap::app {

// What makes the ids of processes those that are seen.
inline constexpr const char* kShowProcesses =
    "run in the machine's pid namespace (hostPID: true, docker run --pid=host), or mount its /proc "
    "and say --path.procfs=/host/proc";

// What the exporters of a process have in common, one after the other.
struct Surroundings {
  std::shared_ptr<collect::SelfMetrics> self;
  std::shared_ptr<host::Host> host;
  std::string pin_base;  // the folder of the pins; empty: nothing is pinned, whatever is configured
};

// Objects loaded and attached, and the collector that samples their maps: all that follows from
// one reading of the configurations. An object leaves the kernel when the last exporter that
// has it is destroyed. Does not change after start(), but for what follow() attaches; readable
// from any thread.
class Exporter {
 public:
  // Loads and attaches everything; on an error nothing stays behind but what was pinned before.
  // What `before` has already is taken over: objects whose bytes, globals, programs and attachments
  // are the same keep their maps, links and counts, and those whose whole file is the same keep
  // their samples and totals, too.
  static Result<std::shared_ptr<Exporter>> start(std::vector<Prepared> prepared,
                                                 Surroundings around,
                                                 const Exporter* before = nullptr);

  // The last step: programs take the places of those of `before` or of an earlier exporter, pins
  // are made, and those not used any more are removed. On an error everything is as it was.
  Result<void> commit(const Exporter* before = nullptr);

  // What to watch to know when to follow, and to follow: programs are attached to what has come,
  // and detached from what has gone, see kernel::Object. Neither is called beside itself, the
  // other, or the start of an exporter that comes after this one.
  kernel::FollowedPlaces followed() const;
  kernel::PlaceKinds follow(const kernel::PlaceKinds& kinds) const;

  // Where what is pinned stays when this ends.
  std::vector<std::string> pin_folders() const;

  collect::Collector& collector() const { return *collector_; }
  const host::Host& host() const { return *around_.host; }

  struct Loaded {
    std::string config;
    std::string path;
    std::shared_ptr<const kernel::Object> object;  // null where there is none
  };
  // For the status page.
  const std::vector<Loaded>& loaded() const { return loaded_; }

 private:
  // What tells about a stream of events.
  struct Events {
    std::string map;
    std::shared_ptr<const kernel::EventCounts> counts;
    std::shared_ptr<const collect::EventTotals> totals;
  };
  // One configuration, with what it takes to see whether the next reading changes it.
  struct Unit {
    std::shared_ptr<const config::Config> config;
    std::shared_ptr<kernel::Object> object;  // null where there is none
    std::vector<decode::GlobalValue> globals;
    std::vector<kernel::ProgramRequest> programs;
    std::vector<std::shared_ptr<collect::MapSampler>> samplers;
    std::vector<Events> events;
    // What fills maps of the object with the ids of cgroups.
    std::vector<std::shared_ptr<host::CgroupTree::Subscription>> cgroup_ids;

    bool has_pins() const { return object != nullptr && object->pins() != nullptr; }
  };

  explicit Exporter(Surroundings around);
  // `object` is the one that runs, or that is to be loaded; null where there is none.
  static UnitIdentity identity_of(const Unit& unit, const kernel::Object* object, bool is_pinned);
  Result<void> add(Prepared prepared, const Unit* before);
  Result<void> load_object(Unit& unit, const Unit* before);
  void share_named_maps(const Unit& unit) const;
  Result<void> pin_object(const Unit& unit, const Unit* before);
  Result<void> resolve_addresses(Unit& unit) const;
  Result<void> follow_cgroups(Unit& unit);
  Result<void> add_own_maps(Unit& unit, std::vector<decode::MapPlan> maps);
  Result<void> add_map(Unit& unit, decode::MapPlan plan);
  // The reader of a map that carries events, which are taken out of it from here on.
  Result<std::unique_ptr<kernel::MapReader>> open_events(Unit& unit, decode::MapPlan& plan);
  void add_foreign_maps(Unit& unit, const std::vector<std::size_t>& maps);
  Result<void> add_lost_updates(const Unit& unit);
  void check_processes(const config::Config& config) const;
  static void check_clocks(const config::Config& config);
  void describe(const Unit& unit);
  bool is_pinned(const config::Config& config) const;
  const Unit* find_unit(const std::string& config) const;

  const Surroundings around_;
  std::shared_ptr<kernel::NamedPins> named_pins_;  // null where nothing is pinned
  // The collector's readers use the objects' descriptors: it goes first.
  std::vector<Unit> units_;
  std::unique_ptr<collect::Collector> collector_;
  std::vector<Loaded> loaded_;
};

}  // namespace bpfmap::app
