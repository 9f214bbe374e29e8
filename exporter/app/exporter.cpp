// SPDX-License-Identifier: Apache-2.0
#include "app/exporter.h"

#include <algorithm>
#include <utility>

#include "base/boot_clocks.h"
#include "base/log.h"
#include "collect/event_totals.h"
#include "collect/foreign_feed.h"
#include "collect/value_label_reader.h"
#include "decode/cgroup_labels.h"
#include "decode/host_inputs.h"
#include "decode/map_sizes.h"
#include "decode/shared_families.h"
#include "host/cgroup_mounts.h"
#include "host/cgroups.h"
#include "host/kernel_symbols.h"
#include "kernel/cgroup_id_map.h"
#include "kernel/map_syscalls.h"
#include "kernel/map_types.h"
#include "kernel/named_pins.h"
#include "kernel/open_reader.h"
#include "kernel/pin_folder.h"

namespace bpfmap::app {

namespace {

// What reads a map or a variable of an object that is loaded.
Result<std::unique_ptr<kernel::MapReader>> open_map(const kernel::Object& object,
                                                    const decode::MapPlan& plan) {
  const kernel::MapInfo& info = plan.info;
  if (plan.variable) {
    const kernel::Object::Section section = object.section(plan.variable->section);
    return kernel::open_variable_reader(
        info.name, section.fd, section.size,
        {plan.variable->offset, info.shape.max_entries, info.shape.value_size});
  }
  const int fd = object.map_fd(info.name);
  if (plan.keeping && plan.keeping->mode == config::MapMode::kDrain) {
    return kernel::open_draining_reader(info.name, fd, info.shape);
  }
  kernel::MapSyscalls& syscalls = kernel::kernel_map_syscalls();
  return info.inner == nullptr
             ? kernel::open_reader(info.name, fd, info.shape, plan.reader, syscalls)
             : kernel::open_inner_maps_reader(info.name, fd, info.shape, info.inner->shape,
                                              plan.reader, syscalls);
}

bool reads_monotonic_clock(const config::Config& config) {
  for (const config::MapConfig& map : config.maps) {
    for (const config::MetricConfig& metric : map.metrics) {
      if (metric.clock && metric.clock->value == config::BootClock::kMonotonic) return true;
    }
  }
  return false;
}

}  // namespace

Exporter::Exporter(Surroundings around)
    : around_(std::move(around)),
      collector_(std::make_unique<collect::Collector>(around_.self, steady_clock(), around_.host)) {
  if (around_.pin_base.empty()) return;
  named_pins_ = std::make_shared<kernel::NamedPins>(kernel::root_of_file_system(around_.pin_base));
}

Result<std::shared_ptr<Exporter>> Exporter::start(std::vector<Prepared> prepared,
                                                  Surroundings around, const Exporter* before) {
  std::shared_ptr<Exporter> exporter(new Exporter(std::move(around)));
  for (Prepared& one : prepared) {
    const Unit* same_name = before == nullptr ? nullptr : before->find_unit(one.config->name);
    if (auto added = exporter->add(std::move(one), same_name); !added) {
      return unexpected(added.error());
    }
  }
  std::vector<std::shared_ptr<const config::Config>> configs;
  for (const Unit& unit : exporter->units_) configs.push_back(unit.config);
  exporter->collector_->share_families(decode::shared_families(configs));
  return exporter;
}

const Exporter::Unit* Exporter::find_unit(const std::string& config) const {
  const auto found = std::find_if(units_.begin(), units_.end(),
                                  [&](const Unit& unit) { return unit.config->name == config; });
  return found == units_.end() ? nullptr : &*found;
}

UnitIdentity Exporter::identity_of(const Unit& unit, const kernel::Object* object, bool is_pinned) {
  UnitIdentity identity{unit.config->source->path, unit.config->sha256};
  if (object != nullptr) identity.object = UnitIdentity::Object{object->name(), object->sha256()};
  identity.globals = unit.globals;
  identity.programs = unit.programs;
  identity.sizes = decode::size_requests(*unit.config);
  identity.is_pinned = is_pinned;
  identity.takes_events = !unit.events.empty();
  return identity;
}

Result<void> Exporter::add(Prepared prepared, const Unit* before) {
  Unit& unit = units_.emplace_back();
  unit.config = prepared.config;
  unit.globals = prepared.plan.globals;
  unit.programs = prepared.plan.programs;
  if (auto resolved = resolve_addresses(unit); !resolved) return resolved;
  check_processes(*unit.config);
  check_clocks(*unit.config);
  for (const std::string& hierarchy : decode::cgroup_hierarchies(*unit.config)) {
    around_.host->cgroups().hierarchy(hierarchy);
  }
  const kernel::Object* const wanted = prepared.object ? &*prepared.object : nullptr;
  const Takeover taken =
      before == nullptr ? Takeover{}
                        : takeover(identity_of(*before, before->object.get(), before->has_pins()),
                                   identity_of(unit, wanted, is_pinned(*unit.config)));
  if (taken.object) {
    unit.object = before->object;
    unit.object->lend_stacks(*prepared.object);
  } else if (prepared.object) {
    unit.object = std::make_shared<kernel::Object>(*std::move(prepared.object));
    if (auto loaded = load_object(unit, before); !loaded) return loaded;
  }
  if (taken.samples) {
    unit.samplers = before->samplers;
    unit.events = before->events;
    unit.cgroup_ids = before->cgroup_ids;
    for (const auto& sampler : unit.samplers) collector_->add_sampler(sampler);
  } else {
    if (auto added = add_own_maps(unit, std::move(prepared.plan.maps)); !added) return added;
    add_foreign_maps(unit, prepared.plan.foreign);
    if (auto started = follow_cgroups(unit); !started) return started;
  }
  if (auto added = add_lost_updates(unit); !added) return added;
  if (unit.object != nullptr && !taken.object) {
    const kernel::Object* object = before == nullptr ? nullptr : before->object.get();
    if (auto attached = unit.object->attach(unit.programs, object); !attached) return attached;
  }
  describe(unit);
  return {};
}

void Exporter::check_processes(const config::Config& config) const {
  if (around_.host->shows_processes() || !decode::names_processes(config)) return;
  log::warning("labels of processes are numbers: their ids are not those that are seen here",
               {{"config", config.name},
                {"procfs", around_.host->paths().procfs},
                {"hint", kShowProcesses}});
}

void Exporter::check_clocks(const config::Config& config) {
  constexpr double kNoSleep = 1;  // seconds
  const BootOffsets offsets = BootClocks().now();
  const double slept = static_cast<double>(offsets.monotonic - offsets.boot) / 1e9;
  if (slept < kNoSleep || !reads_monotonic_clock(config)) return;
  log::warning("times of the monotonic clock from before this machine slept are shown too late",
               {{"config", config.name},
                {"slept_seconds", std::to_string(static_cast<std::int64_t>(slept))},
                {"hint", "bpf_ktime_get_boot_ns() and clock: boot go on in sleep"}});
}

void Exporter::describe(const Unit& unit) {
  const config::Config& config = *unit.config;
  collector_->add_config(config.name, config.sha256, unit.object.get());
  if (config.dialect == config::Dialect::kEbpfExporter)
    collector_->add_ebpf_exporter_config(config.name);
  if (config.inventory) collector_->add_inventory();
  for (const Events& events : unit.events) {
    collector_->add_events(config.name, events.map, events.counts, events.totals);
  }
  loaded_.push_back({config.name, config.source->path, unit.object});
}

bool Exporter::is_pinned(const config::Config& config) const {
  return config.pin.value && !around_.pin_base.empty();
}

Result<void> Exporter::pin_object(const Unit& unit, const Unit* before) {
  if (!is_pinned(*unit.config)) return {};
  if (before != nullptr && before->has_pins()) {
    unit.object->pin_to(before->object->pins(), /*with_rings=*/before->events.empty());
    return {};
  }
  auto folder = kernel::PinFolder::open(around_.pin_base, unit.config->name);
  if (!folder) return unexpected(folder.error());
  unit.object->pin_to(*std::move(folder), /*with_rings=*/true);
  return {};
}

Result<void> Exporter::commit(const Exporter* before) {
  std::vector<kernel::Object*> objects;
  for (const Unit& unit : units_) {
    if (unit.object != nullptr) objects.push_back(unit.object.get());
  }
  if (auto committed = kernel::Object::commit(objects); !committed) return committed;
  if (before == nullptr) return {};
  for (const Unit& old : before->units_) {
    if (!old.has_pins()) continue;
    const Unit* now = find_unit(old.config->name);
    if (now != nullptr && now->object != nullptr && is_pinned(*now->config)) continue;
    log::info("pins are removed",
              {{"config", old.config->name}, {"folder", old.object->pins()->path()}});
    old.object->unpin();
  }
  return {};
}

kernel::FollowedPlaces Exporter::followed() const {
  kernel::FollowedPlaces all;
  for (const Unit& unit : units_) {
    if (unit.object == nullptr) continue;
    kernel::FollowedPlaces places = unit.object->followed();
    all.kinds.add(places.kinds);
    for (std::string& path : places.paths) all.paths.push_back(std::move(path));
  }
  return all;
}

kernel::PlaceKinds Exporter::follow(const kernel::PlaceKinds& kinds) const {
  kernel::PlaceKinds unsettled;
  for (const Unit& unit : units_) {
    if (unit.object == nullptr) continue;
    // What was taken away by hand is told by nothing but the link.
    const bool lost = unit.object->has_lost_places();
    unsettled.add(unit.object->follow(lost ? kernel::kAllPlaces : kinds));
  }
  return unsettled;
}

std::vector<std::string> Exporter::pin_folders() const {
  std::vector<std::string> folders;
  for (const Unit& unit : units_) {
    if (!unit.has_pins()) continue;
    folders.push_back(unit.object->pins()->path());
  }
  return folders;
}

// An address is a value like another from here on.
Result<void> Exporter::resolve_addresses(Unit& unit) const {
  for (const config::KernelAddressConfig& wanted : unit.config->kernel_addresses) {
    const auto address = around_.host->kernel_symbols().address_of(wanted.symbol.value);
    if (!address) {
      Error error = address.error();
      error.subject +=
          " (" + unit.config->source->path + ":" + std::to_string(wanted.symbol.at.line) + ")";
      return unexpected(std::move(error));
    }
    const auto bytes = std::as_bytes(std::span(&*address, 1));
    unit.globals.push_back({wanted.global.value, {bytes.begin(), bytes.end()}});
  }
  return {};
}

// Where nothing may be left behind, nothing that others count into is taken either.
void Exporter::share_named_maps(const Unit& unit) const {
  if (named_pins_ != nullptr) unit.object->share_named_maps(named_pins_);
  for (const kernel::MapInfo& map : unit.object->maps()) {
    if (!map.pinned_by_name || named_pins_ != nullptr) continue;
    log::info("a map that is pinned by its name is not shared, as nothing is pinned here",
              {{"config", unit.config->name}, {"map", map.name}});
  }
}

Result<void> Exporter::load_object(Unit& unit, const Unit* before) {
  if (auto pinned = pin_object(unit, before); !pinned) return pinned;
  share_named_maps(unit);
  for (const decode::GlobalValue& global : unit.globals) {
    if (auto set = unit.object->set_global(global.name, global.bytes); !set) return set;
  }
  return unit.object->load(unit.programs);
}

// Before the programs are attached, which see no cgroup then that is missing.
Result<void> Exporter::follow_cgroups(Unit& unit) {
  for (const config::CgroupIdsConfig& ids : unit.config->cgroup_ids) {
    host::CgroupTree& tree = around_.host->cgroups().hierarchy(host::kUnifiedHierarchy);
    if (!tree.is_mounted()) {
      return unexpected(Error{.kind = ErrorKind::kSystem,
                              .operation = "keep the ids of cgroups in",
                              .subject = "map '" + ids.map.value + "'",
                              .detail = "cgroup v2 is not mounted anywhere"});
    }
    kernel::CgroupIdMapOptions options;
    options.map = ids.map.value;
    options.fd = unit.object->map_fd(ids.map.value);
    options.matches = decode::path_matcher(ids);
    for (const kernel::MapInfo& info : unit.object->maps()) {
      if (info.name == ids.map.value) options.map_type = info.shape.type;
    }
    const auto map = std::make_shared<kernel::CgroupIdMap>(std::move(options));
    unit.cgroup_ids.push_back(tree.subscribe([map](std::span<const host::CgroupChange> changes) {
      for (const host::CgroupChange& change : changes) {
        if (change.is_alive) {
          map->add(change.cgroup->file, change.cgroup->id);
        } else {
          map->remove(change.cgroup->id);
        }
      }
    }));
  }
  return {};
}

Result<void> Exporter::add_own_maps(Unit& unit, std::vector<decode::MapPlan> maps) {
  for (decode::MapPlan& map : maps) {
    if (auto added = add_map(unit, std::move(map)); !added) return added;
  }
  return {};
}

Result<void> Exporter::add_map(Unit& unit, decode::MapPlan plan) {
  auto opened = plan.events ? open_events(unit, plan) : open_map(*unit.object, plan);
  if (!opened) return unexpected(opened.error());
  const std::string type = plan.variable ? "variable" : kernel::map_type_name(plan.info.shape.type);
  log::info("map is read", {{"config", unit.config->name},
                            {"map", plan.info.name},
                            {"type", type},
                            {"reader", (*opened)->name()}});
  auto reader = collect::with_value_labels(*std::move(opened), plan.value_labels);
  std::unique_ptr<collect::MapFeed> feed;
  if (plan.keeping) {
    const int fd = unit.object->map_fd(plan.info.name);
    feed = collect::kept_feed(
        type, std::move(reader), std::move(plan.samples), *std::move(plan.keeping), steady_clock(),
        around_.host, [fd](const std::string& key) { return kernel::delete_key(fd, key.data()); });
  } else {
    feed = collect::fixed_feed(type, std::move(reader), std::move(plan.samples));
  }
  unit.samplers.push_back(collector_->add_map(
      {unit.config->name, plan.info.name, std::move(feed), plan.interval, plan.max_age}));
  return {};
}

void Exporter::add_foreign_maps(Unit& unit, const std::vector<std::size_t>& maps) {
  for (const std::size_t index : maps) {
    const config::MapConfig& map = unit.config->maps[index];
    unit.samplers.push_back(collector_->add_map(
        {unit.config->name, map.map.value,
         std::make_unique<collect::ForeignFeed>(unit.config, index, steady_clock(), around_.host),
         map.interval, map.max_age}));
  }
}

Result<std::unique_ptr<kernel::MapReader>> Exporter::open_events(Unit& unit,
                                                                 decode::MapPlan& plan) {
  // A scrape shows the events that were submitted before it, unless they come faster than that.
  constexpr Duration kCatchUp = std::chrono::milliseconds(20);
  kernel::EventStreamOptions options;
  options.map = plan.info.name;
  options.map_type = plan.info.shape.type;
  options.fd = unit.object->map_fd(plan.info.name);
  options.event_size = plan.events->least_size();
  options.buffer_bytes = plan.events->buffer_bytes();
  auto totals = std::make_shared<collect::EventTotals>(*std::move(plan.events), plan.info.shape,
                                                       steady_clock());
  auto opened = kernel::EventStream::open(
      options, [totals](std::span<const std::byte> event) { totals->add(event); });
  if (!opened) return unexpected(opened.error());
  // The reader has the stream, and with it goes the last one that reads out of the object's map.
  const std::shared_ptr<kernel::EventStream> stream = *std::move(opened);
  unit.events.push_back({options.map, stream->counts(), totals});
  return std::make_unique<collect::EventReader>(std::move(totals),
                                                [stream, kCatchUp] { stream->catch_up(kCatchUp); });
}

Result<void> Exporter::add_lost_updates(const Unit& unit) {
  if (unit.object == nullptr) return {};
  for (const kernel::MapInfo& info : unit.object->maps()) {
    if (info.name != collect::kLostUpdatesMap) continue;
    auto reader = kernel::open_reader(info.name, unit.object->map_fd(info.name), info.shape,
                                      model::ReaderChoice::kAuto, kernel::kernel_map_syscalls());
    if (!reader) return unexpected(reader.error());
    collector_->add_lost_updates(unit.config->name, info.shape, *std::move(reader));
  }
  return {};
}

}  // namespace bpfmap::app
