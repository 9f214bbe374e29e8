// SPDX-License-Identifier: Apache-2.0
#include "collect/foreign_feed.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "collect/foreign_match.h"
#include "collect/value_label_reader.h"
#include "decode/compile_foreign.h"
#include "decode/compile_object.h"
#include "kernel/map_types.h"
#include "kernel/open_reader.h"

namespace bpfmap::collect {
namespace {

// Maps with ever new names would let this grow without end.
constexpr std::size_t kMostLabels = 65536;

std::vector<std::byte> bytes_of(std::uint32_t number) {
  std::vector<std::byte> bytes(sizeof(number));
  std::memcpy(bytes.data(), &number, sizeof(number));
  return bytes;
}

bool writes(const config::MapConfig& map) {
  return map.mode.value == config::MapMode::kDrain || map.delete_expired;
}

}  // namespace

ForeignFeed::ForeignFeed(std::shared_ptr<const config::Config> config, std::size_t index,
                         const Clock& clock, std::shared_ptr<host::Host> host)
    : config_(std::move(config)),
      index_(index),
      clock_(clock),
      host_(std::move(host)),
      finder_(query_of(map()), writes(map())) {}

// The label of the first is the index in `labels_` for as long as this lives.
std::uint32_t ForeignFeed::index_of_label(const std::string& label) {
  const auto known = std::find(labels_.begin(), labels_.end(), label);
  const auto index = static_cast<std::uint32_t>(known - labels_.begin());
  if (index == labels_.size()) labels_.push_back(label);
  return index;
}

Result<void> ForeignFeed::compile(const Maps& maps) {
  if (labels_.size() > kMostLabels) {
    labels_.clear();
    kept_.reset();
  }
  for (const kernel::ForeignMap& found : maps) index_of_label(found.label);
  config::Diagnostics diagnostics(config_->source);
  auto rows =
      compile_found(*config_, map(), maps.front(), most_entries(maps), labels_, diagnostics);
  if (!rows) {
    plan_ = nullptr;
    return unexpected(Error{.kind = ErrorKind::kConfiguration,
                            .operation = "read map",
                            .subject = finder_.subject(),
                            .detail = "it does not fit the configuration:\n" +
                                      diagnostics.render(config::Severity::kError)});
  }
  plan_ = std::make_shared<const decode::SamplePlan>(std::move(rows->samples));
  value_labels_ = std::move(rows->value_labels);
  if (!rows->keeping) {
    kept_.reset();
  } else if (kept_ == nullptr || !kept_->update_plan(std::move(*rows->keeping))) {
    kept_ = std::make_unique<KeptRows>(std::move(*rows->keeping), clock_, host_);
  }
  return {};
}

void ForeignFeed::log_change(const Maps& maps) const {
  std::string ids;
  for (const kernel::ForeignMap& found : maps) {
    ids += (ids.empty() ? "" : ",") + std::to_string(found.id);
  }
  log::info(ids_.empty() ? "map was found" : "map was replaced, or others match",
            {{"config", config_->name}, {"map", map().map.value}, {"ids", ids}});
}

Result<std::unique_ptr<kernel::MapReader>> ForeignFeed::open_reader(
    const kernel::ForeignMap& found) const {
  if (map().foreign.variable) return open_variable(found);
  const kernel::MapInfo& info = *found.info;
  if (map().mode.value == config::MapMode::kDrain) {
    return kernel::open_draining_reader(map().map.value, found.fd.get(), info.shape);
  }
  kernel::MapSyscalls& syscalls = kernel::kernel_map_syscalls();
  const kernel::ReaderOptions options = decode::reader_options(map(), info);
  if (info.inner != nullptr) {
    return kernel::open_inner_maps_reader(map().map.value, found.fd.get(), info.shape,
                                          info.inner->shape, options, syscalls);
  }
  return kernel::open_reader(map().map.value, found.fd.get(), info.shape, options, syscalls);
}

Result<std::unique_ptr<kernel::MapReader>> ForeignFeed::open_variable(
    const kernel::ForeignMap& found) const {
  // It was there when the metrics were compiled, and a map's types do not change.
  const kernel::GlobalInfo& variable = *variable_in(found, map().foreign.variable->value);
  const kernel::MapShape rows = decode::variable_as_map(variable).shape;
  return kernel::open_variable_reader(map().map.value, found.fd.get(), found.info->shape.value_size,
                                      {variable.offset, rows.max_entries, rows.value_size});
}

Result<std::unique_ptr<kernel::MapReader>> ForeignFeed::open_readers(const Maps& maps) {
  if (!decode::may_match_several(map())) return open_reader(maps.front());
  std::vector<kernel::JoinedPart> parts;
  for (const kernel::ForeignMap& found : maps) {
    auto reader = open_reader(found);
    if (!reader) return reader;
    parts.push_back({*std::move(reader), bytes_of(index_of_label(found.label))});
  }
  return kernel::join_readers(std::move(parts));
}

Result<OpenedMap> ForeignFeed::open() {
  auto found = finder_.open();
  if (!found) {
    ids_.clear();
    return unexpected(found.error());
  }
  if (auto fits = check_match(map(), *found, finder_.subject()); !fits) {
    return unexpected(fits.error());
  }
  std::vector<std::uint32_t> ids;
  for (const kernel::ForeignMap& one : *found) ids.push_back(one.id);
  if (plan_ == nullptr || ids != ids_) {
    if (auto compiled = compile(*found); !compiled) return unexpected(compiled.error());
    log_change(*found);
    ids_ = std::move(ids);
  }
  auto reader = open_readers(*found);
  if (!reader) return unexpected(reader.error());
  maps_ = *std::move(found);
  reader_ = with_value_labels(*std::move(reader), value_labels_);
  kernel::MapReader* rows = reader_.get();
  if (kept_ != nullptr) {
    const bool is_single = !decode::may_match_several(map());
    if (is_single && last_id_ != 0 && last_id_ != maps_.front().id) kept_->map_was_replaced();
    last_id_ = is_single ? maps_.front().id : 0;
    // A key ends with which map it is of, where several may match.
    kept_->read_from(*reader_, [this](const std::string& key) {
      std::uint32_t label = 0;
      int failed = 0;
      if (decode::may_match_several(map())) {
        std::memcpy(&label, key.data() + key.size() - sizeof(label), sizeof(label));
      }
      for (const kernel::ForeignMap& one : maps_) {
        if (!decode::may_match_several(map()) || one.label == labels_[label]) {
          const int code = kernel::delete_key(one.fd.get(), key.data());
          if (code != 0) failed = code;
        }
      }
      return failed;
    });
    rows = kept_.get();
  }
  return OpenedMap{
      rows,
      plan_,
      {map().foreign.variable ? "variable" : kernel::map_type_name(maps_.front().info->shape.type),
       std::string(reader_->name()), reader_->shape().max_entries},
      kept_ == nullptr ? nullptr : &kept_->counts()};
}

void ForeignFeed::close() {
  reader_.reset();
  maps_.clear();
}

}  // namespace bpfmap::collect
