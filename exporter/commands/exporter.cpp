// SPDX-License-Identifier: Apache-2.0
#include "commands/exporter.h"

#include "base/log.h"
#include "collect/foreign_feed.h"
#include "commands/version.h"
#include "kernel/inner_maps_reader.h"
#include "kernel/map_syscalls.h"
#include "kernel/map_types.h"
#include "kernel/open_reader.h"
#include "kernel/variable_reader.h"

namespace bpfmap::commands {

namespace {

// What reads a map or a variable of an object that is loaded.
Result<std::unique_ptr<kernel::MapReader>> open_map(const kernel::Object& object,
                                                    const decode::MapPlan& plan) {
  const kernel::MapInfo& info = plan.info;
  if (plan.variable) {
    const kernel::Object::Section section = object.section(plan.variable->section);
    return kernel::VariableReader::open(
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

}  // namespace

Exporter::Exporter() : collector_(std::make_unique<collect::Collector>(kVersion, clock_)) {}

Result<std::unique_ptr<Exporter>> Exporter::start(std::vector<Prepared> prepared) {
  std::unique_ptr<Exporter> exporter(new Exporter());
  for (Prepared& one : prepared) {
    if (auto added = exporter->add(std::move(one)); !added) return tl::unexpected(added.error());
  }
  return exporter;
}

Result<void> Exporter::add(Prepared prepared) {
  const config::Config& config = *prepared.config;
  if (prepared.object) {
    if (auto added = add_object(prepared); !added) return added;
  } else {
    collector_->add_config(config.name, config.sha256, nullptr);
    loaded_.push_back({config.name, config.source->path, "", {}});
  }
  add_foreign_maps(prepared);
  return {};
}

Result<void> Exporter::add_object(Prepared& prepared) {
  const config::Config& config = *prepared.config;
  kernel::Object& object =
      *objects_.emplace_back(std::make_unique<kernel::Object>(*std::move(prepared.object)));
  for (const decode::GlobalValue& global : prepared.plan.globals) {
    if (auto set = object.set_global(global.name, global.bytes); !set) return set;
  }
  if (auto loaded = object.load(prepared.plan.programs); !loaded) return loaded;
  for (decode::MapPlan& map : prepared.plan.maps) {
    if (auto added = add_map(config.name, object, std::move(map)); !added) return added;
  }
  if (auto added = add_lost_updates(config.name, object); !added) return added;
  if (auto attached = object.attach(prepared.plan.programs); !attached) return attached;
  collector_->add_config(config.name, config.sha256, &object);
  loaded_.push_back({config.name, config.source->path, object.name(), object.program_statuses()});
  return {};
}

Result<void> Exporter::add_map(const std::string& config, const kernel::Object& object,
                               decode::MapPlan plan) {
  auto reader = open_map(object, plan);
  if (!reader) return tl::unexpected(reader.error());
  const std::string type = plan.variable ? "variable" : kernel::map_type_name(plan.info.shape.type);
  log::info(
      "map is read",
      {{"config", config}, {"map", plan.info.name}, {"type", type}, {"reader", (*reader)->name()}});
  std::unique_ptr<collect::MapFeed> feed;
  if (plan.keeping) {
    const int fd = object.map_fd(plan.info.name);
    feed = collect::kept_feed(type, *std::move(reader), std::move(plan.samples),
                              *std::move(plan.keeping), clock_,
                              [fd](const std::string& key) { kernel::delete_key(fd, key.data()); });
  } else {
    feed = collect::fixed_feed(type, *std::move(reader), std::move(plan.samples));
  }
  collector_->add_map({config, plan.info.name, std::move(feed), plan.interval, plan.max_age});
  return {};
}

void Exporter::add_foreign_maps(const Prepared& prepared) {
  for (const std::size_t index : prepared.plan.foreign) {
    const config::MapConfig& map = prepared.config->maps[index];
    collector_->add_map({prepared.config->name, map.map.value,
                         std::make_unique<collect::ForeignFeed>(prepared.config, index, clock_),
                         map.interval, map.max_age});
  }
}

Result<void> Exporter::add_lost_updates(const std::string& config, const kernel::Object& object) {
  for (const kernel::MapInfo& info : object.maps()) {
    if (info.name != collect::kLostUpdatesMap) continue;
    auto reader = kernel::open_reader(info.name, object.map_fd(info.name), info.shape,
                                      kernel::ReaderChoice::kAuto, kernel::kernel_map_syscalls());
    if (!reader) return tl::unexpected(reader.error());
    collector_->add_lost_updates(config, info.shape, *std::move(reader));
  }
  return {};
}

}  // namespace bpfmap::commands
