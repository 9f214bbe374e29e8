// SPDX-License-Identifier: Apache-2.0
#include "commands/convert.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

#include "base/exit_codes.h"
#include "commands/output.h"
#include "config/load.h"
#include "config/write_yaml.h"
#include "decode/fit_to_map.h"
#include "decode/name_fields.h"
#include "kernel/map_types.h"
#include "kernel/object.h"

namespace bpfmap::commands {
namespace {

class Converter {
 public:
  Converter(config::Config config, config::Diagnostics& diagnostics)
      : config_(std::move(config)), diagnostics_(diagnostics) {
    remarks_.file = {"Converted from " +
                         std::filesystem::path(config_.source->path).filename().string() +
                         " by bpfmap_exporter convert.",
                     "Metrics keep their names; without 'prefix' they would lose ebpf_exporter_."};
    remarks_.maps.resize(config_.maps.size());
  }

  std::string convert() {
    if (auto object = open()) {
      list_programs(*object);
      for (std::size_t i = 0; i < config_.maps.size(); ++i) fit(i, *object);
    }
    return config::write_yaml(config_, remarks_);
  }

 private:
  std::optional<kernel::Object> open() {
    auto object = kernel::Object::open_file(config_.object->value);
    if (object) return *std::move(object);
    diagnostics_.warning({}, object.error().message());
    remarks_.file.emplace_back(
        "Look here: the object could not be read. Labels stand by offset, and a last label 'cpu'");
    remarks_.file.emplace_back(
        "of a per-CPU map has to become 'cpu: true'. Programs are required now: see 'programs:'.");
    return std::nullopt;
  }

  void list_programs(const kernel::Object& object) {
    for (const kernel::ProgramInfo& info : object.programs()) {
      config::ProgramConfig program;
      program.name = {info.name, {}};
      program.load = info.autoload;
      program.required = false;
      config_.programs.push_back(std::move(program));
    }
    if (config_.programs.empty()) return;
    remarks_.file.emplace_back(
        "Look here: programs that do not attach are passed over, as ebpf_exporter does; take out");
    remarks_.file.emplace_back("'required: false' where a metric is worth nothing without them.");
  }

  void fit(std::size_t index, const kernel::Object& object) {
    config::MapConfig& map = config_.maps[index];
    for (const kernel::MapInfo& info : object.maps()) {
      if (info.name != map.map.value) continue;
      if (kernel::is_event_stream(info.shape.type)) {
        remarks_.maps[index].emplace_back(
            "Look here: with 'event: struct NAME', labels can be fields of the struct.");
        return;
      }
      map = decode::fit_to_map(map, info, diagnostics_);
      if (decode::name_fields(map, info) == 0) return;
      remarks_.maps[index].emplace_back(
          "Look here: BTF has no field for what stands by offset; the same bytes are read.");
      return;
    }
    diagnostics_.error(map.map.at, "no map '" + map.map.value + "' in " + object.name());
  }

  config::Config config_;
  config::Diagnostics& diagnostics_;
  config::Remarks remarks_;
};

int print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return kDone;
  return report(Error{.kind = ErrorKind::kSystem,
                      .operation = "write",
                      .subject = "standard output",
                      .code = errno});
}

}  // namespace

int convert(const std::string& path) {
  const auto source = config::read_source(path);
  if (!source) return report(source.error());
  config::Diagnostics diagnostics(*source);
  config::Config config = config::parse_config(*source, config::process_environment(), diagnostics);
  const bool is_theirs = config.dialect == config::Dialect::kEbpfExporter;
  if (!is_theirs && !diagnostics.has_errors()) {
    diagnostics.error({}, "the file is in bpfmap_exporter's own language already");
  }
  std::string text;
  if (!diagnostics.has_errors()) text = Converter(std::move(config), diagnostics).convert();
  std::cerr << diagnostics.render(config::Severity::kWarning);
  return diagnostics.has_errors() ? kBadConfiguration : print(text);
}

}  // namespace bpfmap::commands
