// SPDX-License-Identifier: Apache-2.0
#include "commands/exporter.h"

#include "base/log.h"
#include "commands/version.h"
#include "kernel/map_syscalls.h"
#include "kernel/map_types.h"
#include "kernel/open_reader.h"

namespace bpfmap::commands {

Exporter::Exporter() : collector_(std::make_unique<collect::Collector>(kVersion, clock_)) {}

Result<std::unique_ptr<Exporter>> Exporter::start(std::vector<Prepared> prepared) {
  std::unique_ptr<Exporter> exporter(new Exporter());
  for (Prepared& one : prepared) {
    if (auto added = exporter->add(std::move(one)); !added) return tl::unexpected(added.error());
  }
  return exporter;
}

Result<void> Exporter::add(Prepared prepared) {
  kernel::Object& object =
      *objects_.emplace_back(std::make_unique<kernel::Object>(std::move(prepared.object)));
  for (const decode::GlobalValue& global : prepared.plan.globals) {
    if (auto set = object.set_global(global.name, global.bytes); !set) return set;
  }
  if (auto loaded = object.load(prepared.plan.programs); !loaded) return loaded;
  for (decode::MapPlan& map : prepared.plan.maps) {
    if (auto added = add_map(prepared.config.name, object, std::move(map)); !added) return added;
  }
  if (auto added = add_lost_updates(prepared.config.name, object); !added) return added;
  if (auto attached = object.attach(prepared.plan.programs); !attached) return attached;
  collector_->add_config(prepared.config.name, prepared.config.sha256, &object);
  loaded_.push_back({prepared.config.name, prepared.config.source->path, object.name(),
                     object.program_statuses()});
  return {};
}

Result<void> Exporter::add_map(const std::string& config, const kernel::Object& object,
                               decode::MapPlan plan) {
  const kernel::MapInfo& info = plan.info;
  const int fd = object.map_fd(info.name);
  auto reader = plan.events ? open_events(config, fd, plan)
                            : kernel::open_reader(info.name, fd, info.shape, plan.reader,
                                                  kernel::kernel_map_syscalls());
  if (!reader) return tl::unexpected(reader.error());
  log::info("map is read", {{"config", config},
                            {"map", info.name},
                            {"type", kernel::map_type_name(info.shape.type)},
                            {"reader", (*reader)->name()}});
  collector_->add_map({config, info.name, kernel::map_type_name(info.shape.type), info.shape,
                       *std::move(reader), std::move(plan.samples), plan.interval, plan.max_age});
  return {};
}

Result<std::unique_ptr<kernel::MapReader>> Exporter::open_events(const std::string& config, int fd,
                                                                 decode::MapPlan& plan) {
  // A scrape shows the events that were submitted before it, unless they come faster than that.
  constexpr Duration kCatchUp = std::chrono::milliseconds(20);
  kernel::EventStreamOptions options;
  options.map = plan.info.name;
  options.map_type = plan.info.shape.type;
  options.fd = fd;
  options.event_size = plan.events->event_size();
  options.buffer_bytes = plan.events->buffer_bytes();
  auto totals = std::make_shared<collect::EventTotals>(*std::move(plan.events), plan.info.shape);
  auto opened = kernel::EventStream::open(
      options, [totals](std::span<const std::byte> event) { totals->add(event); });
  if (!opened) return tl::unexpected(opened.error());
  kernel::EventStream& stream = *streams_.emplace_back(*std::move(opened));
  collector_->add_events(config, options.map, stream.counts(), totals);
  return std::make_unique<collect::EventReader>(std::move(totals),
                                                [&stream, kCatchUp] { stream.catch_up(kCatchUp); });
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
