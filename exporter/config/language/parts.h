// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/language/reader.h"

// The parts of the language, each from its Tree. Inside this module only. What is wrong is
// reported; what comes back holds the rest and keeps these promises, so that later stages need not
// check them again: every map, program, label and metric has a name; a histogram has buckets;
// explicit buckets have bounds.
namespace bpfmap::config {

// What maps inherit.
struct MapDefaults {
  Duration interval = kDefaultInterval;
  Duration max_age = kDefaultMaxAge;
};

void parse_file(const Field& root, Config& config);
// `programs`: what it says of programs, and the alternatives among them.
void parse_programs(const Field& programs, Config& config);
// `one_of` of the programs: one group of sets, or a list of groups.
std::vector<AlternativesConfig> parse_alternatives(const Field& field);
std::vector<AttachConfig> parse_attach(const Field& attach);
// `map:`, `variable:`, `pinned:` or `loaded:`; false after reporting none or several.
bool parse_map_origin(const Mapping& mapping, MapConfig& map);
// mode, max_series, top, expire_after, delete_expired.
void parse_map_bounds(const Mapping& mapping, MapConfig& map);
// `maps`: those with metrics, and the sizes of those that say some.
void parse_maps(const Field& maps, const MapDefaults& defaults, Config& config);
bool is_size_key(std::string_view key);
// key_size, value_size, max_entries and inner; nothing where there is none of them.
std::optional<MapSizesConfig> parse_map_sizes(const Mapping& mapping);
std::vector<LabelConfig> parse_labels(const Field& labels);
std::vector<MetricConfig> parse_metrics(const Field& metrics);
std::optional<BucketsConfig> parse_buckets(const Field& field);

// `size` needs to fit `type`; the keys that Mapping must know are kExplicitKeys.
inline constexpr auto kExplicitKeys = std::to_array<std::string_view>({"offset", "size", "type"});
std::optional<ExplicitField> parse_explicit(const Mapping& mapping);
// A path, or a mapping of kExplicitKeys.
std::optional<FieldRef> parse_field_ref(const Field& field);

// What takes the whole file to see: the same metric, map or label twice.
void check_config(const Config& config, Diagnostics& diagnostics);

}  // namespace bpfmap::config
