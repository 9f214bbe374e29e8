// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/language/reader.h"
#include "config/tree.h"

// ebpf_exporter's format (docs/migrating-from-ebpf_exporter.md), read into the same model as the
// exporter's own language. Inside this module only.
//
// A key that ebpf_exporter does not know it passes over without a word; here it is a warning, with
// its place, so that files that work go on working.
namespace bpfmap::config {

// Whether a file is in that format: it has one of its keys at its top (`metrics`, `tracing`),
// and no `maps`.
bool is_ebpf_exporter_file(const Tree& root);

void parse_ebpf_exporter_file(const Field& root, Config& config);

// A mapping of that format.
class EbpfExporterMapping : public Mapping {
 public:
  EbpfExporterMapping(const Field& field, std::string kind, std::span<const std::string_view> keys)
      : Mapping(field, std::move(kind), keys, Severity::kWarning) {}
};

// What a label of the key is made of.
struct EbpfExporterLabel {
  Located<std::string> name;
  Position size_at;
  ExplicitField bytes;
  std::vector<DecoderConfig> decode;
};
struct EbpfExporterLabels {
  std::vector<EbpfExporterLabel> labels;
  KeyLayout layout;
};
// The labels of a metric, whose bytes follow each other in the key.
EbpfExporterLabels parse_ebpf_exporter_labels(const Field& labels);

// Sets the type and the decoders of a label from its list of decoders.
void parse_ebpf_exporter_decoders(const Field& decoders, EbpfExporterLabel& label);

// The bounds of a histogram; nothing where they cannot be used.
std::optional<BucketsConfig> parse_ebpf_exporter_buckets(const Mapping& histogram);

// "1h30m", as Go writes durations.
std::optional<Duration> parse_go_duration(const Field& field);

}  // namespace bpfmap::config
