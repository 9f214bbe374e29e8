// SPDX-License-Identifier: Apache-2.0
#include "config/write_yaml.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string_view>

namespace bpfmap::config {
namespace {

bool is_plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '/';
}

// What YAML reads as something else than the text that it is.
bool is_word_of_yaml(std::string_view text) {
  return text == "true" || text == "false" || text == "null" || text == "~";
}

// Of what stands for a value; keys know no variables.
enum class Place { kKey, kValue };

std::string escaped(std::string_view text, Place place = Place::kValue) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '$' && place == Place::kValue) {
      out += "$$";  // no variable
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof(code), "\\x%02x",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += code;
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string text_of(std::string_view text, Place place = Place::kValue) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), is_plain_character);
  return plain && !is_word_of_yaml(text) ? std::string(text) : escaped(text, place);
}

std::string number_of(double value) {
  char text[64];
  const char* const end = std::to_chars(text, text + sizeof(text), value).ptr;
  return {text, static_cast<std::size_t>(end - text)};
}

// In the largest unit that says it exactly; at least a millisecond.
std::string duration_of(Duration duration) {
  using std::chrono::duration_cast;
  const auto ms =
      std::max<std::int64_t>(1, duration_cast<std::chrono::milliseconds>(duration).count());
  if (ms % 3'600'000 == 0) return std::to_string(ms / 3'600'000) + "h";
  if (ms % 60'000 == 0) return std::to_string(ms / 60'000) + "m";
  if (ms % 1000 == 0) return std::to_string(ms / 1000) + "s";
  return std::to_string(ms) + "ms";
}

std::string flow(const Tree& tree) {
  std::string out;
  switch (tree.kind) {
    case Tree::Kind::kNull: return "null";
    case Tree::Kind::kScalar:
      return tree.quoted             ? escaped(tree.scalar)
             : tree.scalar == "true" ? tree.scalar
                                     : text_of(tree.scalar);
    case Tree::Kind::kSequence:
      for (const Tree& item : tree.items) out += (out.empty() ? " " : ", ") + flow(item);
      return "[" + out + " ]";
    case Tree::Kind::kMapping:
      for (const auto& [key, value] : tree.pairs) {
        out += (out.empty() ? " " : ", ") + text_of(key.value, Place::kKey) + ": " + flow(value);
      }
      return "{" + out + " }";
  }
  return out;
}

std::string decoder(const DecoderConfig& one) {
  if (one.arguments.is_null()) return one.name.value;
  return "{ " + one.name.value + ": " + flow(one.arguments) + " }";
}

std::string chain(const std::vector<DecoderConfig>& decoders) {
  if (decoders.size() == 1) return decoder(decoders.front());
  std::string out;
  for (const DecoderConfig& one : decoders) out += (out.empty() ? "" : ", ") + decoder(one);
  return "[" + out + "]";
}

std::string explicit_keys(const ExplicitField& bytes) {
  std::string out = "offset: " + std::to_string(bytes.offset);
  if (bytes.size) out += ", size: " + std::to_string(*bytes.size);
  return out + ", type: " + bytes.type;
}

std::string field(const FieldRef& reference) {
  if (reference.bytes) return "{ " + explicit_keys(*reference.bytes) + " }";
  return text_of(reference.path);
}

std::string label(const LabelConfig& one) {
  std::string keys;
  const auto add = [&](const std::string& key) { keys += (keys.empty() ? "" : ", ") + key; };
  if (one.constant) {
    add("constant: " + text_of(one.constant->value));
  } else if (one.is_of_value) {
    add("value: " + field(one.field));
  } else if (one.field.bytes) {
    add(explicit_keys(*one.field.bytes));
  } else if (one.field.path != one.name.value) {
    add("field: " + text_of(one.field.path));
  }
  if (!one.decode.empty()) add("decode: " + chain(one.decode));
  const std::string name = "      " + text_of(one.name.value) + ":";
  return keys.empty() ? name + "\n" : name + " { " + keys + " }\n";
}

std::string scale_name(BucketScale scale) {
  switch (scale) {
    case BucketScale::kExp2: return "exp2";
    case BucketScale::kExp2Zero: return "exp2zero";
    case BucketScale::kLog2: return "log2";
    case BucketScale::kBccHist: return "bcc_hist";
    case BucketScale::kBpftraceHist: return "bpftrace_hist";
    case BucketScale::kBpftraceLhist: return "bpftrace_lhist";
    case BucketScale::kLinear: return "linear";
    case BucketScale::kLinearFloor: return "linear_floor";
    case BucketScale::kExplicit: return "explicit";
    case BucketScale::kFixed: return "fixed";
  }
  return {};
}

std::string buckets(const BucketsConfig& config) {
  std::string out = "{ scale: " + scale_name(config.scale);
  if (config.min) out += ", min: " + std::to_string(config.min->value);
  if (config.max) out += ", max: " + std::to_string(config.max->value);
  if (!config.bounds.empty()) {
    std::string bounds;
    for (const auto& bound : config.bounds) {
      bounds += (bounds.empty() ? "" : ", ") + number_of(bound.value);
    }
    out += ", bounds: [" + bounds + "]";
  }
  const double unit = config.unit.numerator / config.unit.denominator;
  if (unit != 1) out += ", unit: " + number_of(unit);
  if (config.sum_key) out += ", sum: { key: " + std::to_string(config.sum_key->value) + " }";
  return out + " }";
}

std::string metric(const MetricConfig& one) {
  const bool is_histogram = one.kind == MetricKind::kHistogram;
  std::string out = std::string("      - ") + (is_histogram ? "histogram: " : "counter: ") +
                    text_of(one.name.value) + "\n";
  const std::string indent = "        ";
  if (!one.help.empty()) out += indent + "help: " + text_of(one.help) + "\n";
  if (one.value) out += indent + "value: " + field(*one.value) + "\n";
  if (one.bucket) out += indent + "bucket: " + field(*one.bucket) + "\n";
  if (one.buckets) out += indent + "buckets: " + buckets(*one.buckets) + "\n";
  return out;
}

std::string comments(const std::vector<std::string>& lines, const std::string& indent) {
  std::string out;
  for (const std::string& line : lines) out += indent + "# " + line + "\n";
  return out;
}

std::string map_entry(const MapConfig& map, const std::vector<std::string>& remarks) {
  std::string out = comments(remarks, "  ") + "  - map: " + text_of(map.map.value) + "\n";
  const std::string indent = "    ";
  if (map.only_key) out += indent + "key: " + std::to_string(map.only_key->value) + "\n";
  if (map.events.size) {
    out += indent + "event: { size: " + std::to_string(map.events.size->value) + " }\n";
  }
  if (map.events.reset_every) {
    out += indent + "reset_every: " + duration_of(*map.events.reset_every) + "\n";
  }
  if (map.cpu_label) {
    const std::string& name = map.cpu_label->value;
    out += indent + "cpu: " + (name == "cpu" ? "true" : text_of(name)) + "\n";
  }
  if (!map.labels || map.labels->empty()) {
    out += indent + "labels: {}\n";
  } else {
    out += indent + "labels:\n";
    for (const LabelConfig& one : *map.labels) out += label(one);
  }
  out += indent + "metrics:\n";
  for (const MetricConfig& one : map.metrics) out += metric(one);
  return out;
}

std::string cgroup_ids(const CgroupIdsConfig& ids) {
  std::string out = "  - map: " + text_of(ids.map.value) + "\n    paths:\n";
  for (const auto& path : ids.paths) out += "      - " + text_of(path.value) + "\n";
  return out;
}

}  // namespace

std::string write_yaml(const Config& config, const Remarks& remarks) {
  std::string out = comments(remarks.file, "");
  if (config.object) {
    const std::string file = std::filesystem::path(config.object->value).filename().string();
    out += "object: " + text_of(file) + "\n";
  }
  if (!config.prefix.value.empty()) out += "prefix: " + text_of(config.prefix.value) + "\n";
  if (!config.kernel_addresses.empty()) out += "kernel_addresses:\n";
  for (const auto& address : config.kernel_addresses) {
    out += "  " + text_of(address.global.value) + ": " + text_of(address.symbol.value) + "\n";
  }
  if (!config.programs.empty()) out += "programs:\n";
  for (const ProgramConfig& program : config.programs) {
    out += "  " + text_of(program.name.value) + ": { required: false" +
           (program.load ? "" : ", load: false") + " }\n";
  }
  if (!config.cgroup_ids.empty()) out += "cgroup_ids:\n";
  for (const CgroupIdsConfig& ids : config.cgroup_ids) out += cgroup_ids(ids);
  out += config.maps.empty() ? "maps: []\n" : "maps:\n";
  for (std::size_t i = 0; i < config.maps.size(); ++i) {
    out += map_entry(config.maps[i],
                     i < remarks.maps.size() ? remarks.maps[i] : std::vector<std::string>());
  }
  return out;
}

}  // namespace bpfmap::config
