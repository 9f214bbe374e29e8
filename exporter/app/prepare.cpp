// SPDX-License-Identifier: Apache-2.0
#include "app/prepare.h"

#include <algorithm>
#include <map>
#include <ostream>

#include "app/named_object.h"
#include "collect/foreign_match.h"
#include "config/help_texts.h"
#include "config/load.h"
#include "decode/map_sizes.h"
#include "kernel/foreign_maps.h"

namespace bpfmap::app {
namespace {

// Whether all maps of a file that names no object are those of others; or it has none.
bool is_about_others(const config::Config& config) {
  return !config.has_object() &&
         std::all_of(config.maps.begin(), config.maps.end(),
                     [](const config::MapConfig& map) { return map.is_foreign(); });
}

class Preparer {
 public:
  Preparer(const ConfigSelection& selection, bool with_notices, std::ostream& report,
           Errands& errands)
      : selection_(selection),
        least_(with_notices ? config::Severity::kNotice : config::Severity::kWarning),
        report_(report),
        errands_(errands) {}

  void parse(const std::shared_ptr<const config::Source>& source) {
    config::Diagnostics diagnostics(source);
    config::Config config =
        config::parse_config(source, config::process_environment(), diagnostics);
    if (selection_.strict) {
      config.programs_required = true;
      for (config::ProgramConfig& program : config.programs) program.required = true;
    }
    help_texts_.learn(config);
    parsed_.push_back({std::move(config), std::move(diagnostics)});
  }

  // What files say about a metric that several export counts for all of them, so that none is
  // compiled before all are parsed.
  void compile() {
    for (Parsed& one : parsed_) {
      help_texts_.complete(one.config);
      add(std::make_shared<const config::Config>(std::move(one.config)), one.diagnostics);
    }
  }

  std::optional<std::vector<Prepared>> take() {
    if (failed_) return std::nullopt;
    return std::move(prepared_);
  }

 private:
  struct Parsed {
    config::Config config;
    config::Diagnostics diagnostics;
  };

  void add(const std::shared_ptr<const config::Config>& config, config::Diagnostics& diagnostics) {
    check_name(*config, diagnostics);
    std::optional<kernel::Object> object = open(*config, diagnostics);
    // Without its object, all that a file says about it would be wrong.
    if (object || is_about_others(*config)) compile_one(config, std::move(object), diagnostics);
    report_ << diagnostics.render(least_);
    failed_ = failed_ || diagnostics.has_errors();
  }

  // Two configurations of one name could not be told apart in the `config` label of the
  // exporter's own metrics.
  void check_name(const config::Config& config, config::Diagnostics& diagnostics) {
    const auto [other, is_new] = paths_.emplace(config.name, config.source->path);
    if (is_new) return;
    diagnostics.error({}, "the configuration " + other->second + " is called '" + config.name +
                              "' as well; rename one of the files");
  }

  std::optional<kernel::Object> open(const config::Config& config,
                                     config::Diagnostics& diagnostics) {
    if (!config.has_object()) return std::nullopt;
    auto object = config.builtin ? open_builtin_object(config.builtin->value, selection_.kernel_btf)
                                 : open_file(config.object->value);
    if (object) return *std::move(object);
    diagnostics.error(config.object_position(), object.error().message());
    return std::nullopt;
  }

  Result<kernel::Object> open_file(const std::string& path) {
    return errands_.run<kernel::Object>("open object", path, [path, btf = selection_.kernel_btf] {
      return kernel::Object::open_file(path, btf);
    });
  }

  void compile_one(std::shared_ptr<const config::Config> config,
                   std::optional<kernel::Object> object, config::Diagnostics& diagnostics) {
    decode::ObjectFacts facts;
    if (object) {
      decode::apply_map_sizes(*config, *object, diagnostics);
      facts = {object->name(),
               object->programs(),
               object->maps(),
               object->globals(),
               [&object](const std::string& name) { return object->struct_type(name); },
               object->struct_names()};
    }
    decode::ObjectPlan plan = decode::compile_object(*config, facts, names_, diagnostics);
    for (const std::size_t index : plan.foreign) check_foreign(*config, index, diagnostics);
    prepared_.push_back({std::move(config), std::move(object), std::move(plan)});
  }

  // Maps of others are compiled when they are there. One that is there now is compared already.
  void check_foreign(const config::Config& config, std::size_t index,
                     config::Diagnostics& diagnostics) {
    const config::MapConfig& map = config.maps[index];
    kernel::ForeignMaps finder(collect::query_of(map));
    auto found = finder.open();
    if (!found) {
      diagnostics.notice(map.map.at, "not compared with its map: " + found.error().message());
      return;
    }
    if (const auto fits = collect::check_match(map, *found, finder.subject()); !fits) {
      diagnostics.error(map.map.at, fits.error().message());
      return;
    }
    std::vector<std::string> labels;
    for (const kernel::ForeignMap& one : *found) labels.push_back(one.label);
    const auto rows = collect::compile_found(config, map, found->front(),
                                             collect::most_entries(*found), labels, diagnostics);
    if (rows) names_.set_meanings(config, map, rows->samples, diagnostics);
  }

  const ConfigSelection& selection_;
  config::Severity least_;
  std::ostream& report_;
  Errands& errands_;
  bool failed_ = false;
  std::vector<Parsed> parsed_;
  config::HelpTexts help_texts_;
  decode::MetricNames names_;
  std::map<std::string, std::string> paths_;
  std::vector<Prepared> prepared_;
};

}  // namespace

std::optional<std::vector<Prepared>> prepare(const ConfigSelection& selection, bool with_notices,
                                             std::ostream& report, Errands& errands) {
  auto sources = read_configs(selection, errands);
  if (!sources) {
    report << "bpfmap_exporter: error: " << sources.error().message() << "\n";
    return std::nullopt;
  }
  return prepare(*sources, selection, with_notices, report, errands);
}

std::optional<std::vector<Prepared>> prepare(const Sources& sources,
                                             const ConfigSelection& selection, bool with_notices,
                                             std::ostream& report, Errands& errands) {
  Preparer preparer(selection, with_notices, report, errands);
  for (const auto& source : sources) preparer.parse(source);
  preparer.compile();
  return preparer.take();
}

}  // namespace bpfmap::app
