// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>

#include "config/ebpf_exporter/parts.h"

namespace bpfmap::config {
namespace {

constexpr auto kEbpfExporterLabelKeys =
    std::to_array<std::string_view>({"name", "size", "padding", "decoders"});
constexpr auto kDecoderKeys =
    std::to_array<std::string_view>({"name", "static_map", "allow_unknown", "regexps"});

// Keys of maps are far smaller: the kernel wants them to fit into half a page of stack and more.
constexpr std::uint64_t kMostKeyBytes = std::uint64_t{1} << 20U;
constexpr std::uint32_t kCpuBytes = 2;
constexpr std::uint32_t kAddressBytes = 8;

std::uint32_t bytes_of(const std::optional<Field>& field, std::uint64_t least) {
  if (!field) return 0;
  return static_cast<std::uint32_t>(field->unsigned_integer(least, kMostKeyBytes).value_or(0));
}

// What reads the bytes as they are; everything else reads a number or a text.
bool reads_bytes(std::string_view decoder) {
  constexpr auto kNames = std::to_array<std::string_view>({"dname", "hex", "inet_ip"});
  return std::find(kNames.begin(), kNames.end(), decoder) != kNames.end();
}

bool reads_text(std::string_view decoder) {
  return decoder == "string" || decoder == "regexp" || decoder == "static_map";
}

bool is_width(std::uint32_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

// What reads the first four bytes, however many there are.
bool reads_four_bytes(std::string_view decoder) {
  return decoder == "ifname" || decoder == "majorminor";
}

std::string type_for(std::string_view decoder, std::uint32_t size) {
  if (reads_text(decoder)) return "char";
  if (reads_four_bytes(decoder) && size > 4) return "u32";
  if (decoder == "kstack" && size % kAddressBytes == 0) return "u64";  // an array
  if (reads_bytes(decoder) || !is_width(size)) return "bytes";
  return "u" + std::to_string(size * 8);
}

Tree scalar_tree(std::string text, Position at) {
  Tree tree;
  tree.kind = Tree::Kind::kScalar;
  tree.at = at;
  tree.scalar = std::move(text);
  return tree;
}

Tree mapping_tree(Position at) {
  Tree tree;
  tree.kind = Tree::Kind::kMapping;
  tree.at = at;
  return tree;
}

bool is_decimal(std::string_view text) {
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  return digits && (text.size() == 1 || text.front() != '0');
}

// The table, without what can never be found behind 'uint', whose texts are decimal.
Tree table_of(const Field& field, bool behind_uint) {
  Tree table = mapping_tree(field.at());
  const auto* pairs = field.pairs();
  if (pairs == nullptr) return table;
  for (const auto& pair : *pairs) {
    if (!behind_uint || is_decimal(pair.first.value)) {
      table.pairs.push_back(pair);
      continue;
    }
    field.diagnostics().warning(
        pair.first.at,
        in_quotes(pair.first.value) + " is never found: 'uint' writes decimal numbers");
  }
  return table;
}

void add(Tree& mapping, std::string key, Position at, Tree value) {
  mapping.pairs.emplace_back(Located<std::string>{std::move(key), at}, std::move(value));
}

// `static_map` is the exporter's decoder `map` by another name.
std::optional<DecoderConfig> parse_static_map(const Mapping& mapping, Position at,
                                              bool behind_uint) {
  const auto field = mapping.require("static_map");
  if (!field) return std::nullopt;
  Tree table = table_of(*field, behind_uint);
  const bool keeps = mapping.read("allow_unknown", &Field::boolean).value_or(false);
  if (table.pairs.empty() && keeps) return std::nullopt;  // changes nothing
  Tree arguments = mapping_tree(field->at());
  add(arguments, "table", field->at(), std::move(table));
  if (keeps) add(arguments, "keep_unknown", field->at(), scalar_tree("true", field->at()));
  return DecoderConfig{{"map", at}, std::move(arguments)};
}

std::optional<DecoderConfig> parse_regexp(const Mapping& mapping, Position at) {
  const auto field = mapping.require("regexps");
  const std::vector<Tree>* items = field ? field->list() : nullptr;
  if (items == nullptr) return std::nullopt;
  for (const Tree& item : *items) {
    static_cast<void>(Field(item, "regexp", field->diagnostics()).pattern());
  }
  Tree arguments = mapping_tree(at);
  add(arguments, "patterns", at, field->tree());
  add(arguments, "keep", at, scalar_tree("match", at));
  return DecoderConfig{{"regexp", at}, std::move(arguments)};
}

// What makes the exporter's decoder of that name write what ebpf_exporter's does.
struct EbpfExporterArgument {
  std::string_view decoder;
  const char* key;
  const char* value;
};
constexpr EbpfExporterArgument kEbpfExporterArguments[] = {
    {"cgroup", "keep_unknown", "true"},  // what has no name keeps its id
    {"dname", "names", "ebpf_exporter"},      {"errno", "names", "ebpf_exporter"},
    {"kstack", "names", "ebpf_exporter"},     {"ksym", "names", "ebpf_exporter"},
    {"majorminor", "encoding", "user"},       {"pci_class", "names", "ebpf_exporter"},
    {"pci_device", "names", "ebpf_exporter"}, {"pci_subclass", "names", "ebpf_exporter"},
    {"pci_vendor", "names", "ebpf_exporter"}, {"syscall", "names", "ebpf_exporter"},
};

DecoderConfig with_ebpf_exporter_argument(const Located<std::string>& name) {
  DecoderConfig decoder{name, {}};
  for (const EbpfExporterArgument& argument : kEbpfExporterArguments) {
    if (argument.decoder != name.value) continue;
    decoder.arguments = mapping_tree(name.at);
    add(decoder.arguments, argument.key, name.at, scalar_tree(argument.value, name.at));
  }
  return decoder;
}

std::optional<DecoderConfig> parse_later(const Mapping& mapping, const Located<std::string>& name,
                                         bool behind_uint) {
  if (name.value == "static_map") return parse_static_map(mapping, name.at, behind_uint);
  if (name.value == "regexp") return parse_regexp(mapping, name.at);
  if (name.value == "uint") {
    mapping.diagnostics().error(name.at,
                                "'uint' reads the bytes of the key: it must be the first "
                                "decoder");
    return std::nullopt;
  }
  return with_ebpf_exporter_argument(name);
}

// What ebpf_exporter puts before a number that has no name.
void mark_unnamed(const Located<std::string>& decoder, std::vector<DecoderConfig>& chain) {
  const bool is_call = decoder.value == "syscall";
  if (!is_call && decoder.value != "errno" && decoder.value != "ifname" &&
      decoder.value != "majorminor") {
    return;
  }
  const char* mark = is_call ? "unknown_syscall:" : "unknown:";
  chain.push_back({{"unnamed", decoder.at}, scalar_tree(mark, decoder.at)});
}

void set_type(const Located<std::string>& first, EbpfExporterLabel& label,
              Diagnostics& diagnostics) {
  const std::uint32_t size = label.bytes.size.value_or(0);
  label.bytes.type = type_for(first.value, size);
  const bool is_number = label.bytes.type.starts_with('u');
  if (is_number && (is_width(size) || reads_four_bytes(first.value))) label.bytes.size.reset();
  if (first.value == "uint" && !is_number && size != 0) {
    diagnostics.error(label.size_at,
                      "'uint' reads 1, 2, 4 or 8 bytes, found " + std::to_string(size));
  }
}

std::optional<EbpfExporterLabel> parse_label(const Field& field, std::uint32_t& offset) {
  const EbpfExporterMapping mapping(field, "a label", kEbpfExporterLabelKeys);
  if (!mapping) return std::nullopt;
  EbpfExporterLabel label;
  const auto size = mapping.require("size");
  label.size_at = size ? size->at() : field.at();
  label.bytes.offset = offset;
  const std::uint32_t bytes = bytes_of(size, 1);
  label.bytes.size = bytes;
  offset += bytes + bytes_of(mapping.find("padding"), 0);
  auto name = mapping.require("name", &Field::located_text);
  if (const auto decoders = mapping.require("decoders"))
    parse_ebpf_exporter_decoders(*decoders, label);
  if (!name || bytes == 0 || label.bytes.type.empty()) return std::nullopt;
  label.name = *std::move(name);
  return label;
}

std::uint32_t size_of(const EbpfExporterLabel& label) {
  if (label.bytes.size) return *label.bytes.size;
  if (label.bytes.type == "u8") return 1;
  if (label.bytes.type == "u16") return 2;
  return label.bytes.type == "u32" ? 4 : 8;
}

}  // namespace

void parse_ebpf_exporter_decoders(const Field& decoders, EbpfExporterLabel& label) {
  const std::vector<Tree>* items = decoders.list();
  if (items == nullptr) return;
  if (items->empty()) decoders.error("must not be empty");
  bool behind_uint = false;
  bool behind_string = false;
  for (const Tree& item : *items) {
    const EbpfExporterMapping mapping(Field(item, "decoder", decoders.diagnostics()), "a decoder",
                                      kDecoderKeys);
    const auto name = mapping.require("name", &Field::located_text);
    if (!name) continue;
    const bool is_first = &item == items->data();
    if (is_first) set_type(*name, label, decoders.diagnostics());
    // Types say as much as these two.
    if (is_first && (name->value == "uint" || name->value == "string")) {
      behind_uint = name->value == "uint";
      behind_string = !behind_uint;
      continue;
    }
    // Alone, it reads the bytes behind the text as well.
    if (behind_string && name->value == "dname") {
      label.decode.push_back({{"string", name->at}, {}});
    }
    if (auto decoder = parse_later(mapping, *name, behind_uint)) {
      label.decode.push_back(*std::move(decoder));
      mark_unnamed(*name, label.decode);
    }
    behind_uint = false;
    behind_string = false;
  }
}

EbpfExporterLabels parse_ebpf_exporter_labels(const Field& labels) {
  EbpfExporterLabels parsed;
  parsed.layout.at = labels.at();
  const std::vector<Tree>* items = labels.list();
  if (items == nullptr) return parsed;
  std::uint32_t offset = 0;
  for (const Tree& item : *items) {
    if (offset > kMostKeyBytes) break;  // 4 GiB lie far ahead
    auto label = parse_label(Field(item, "label", labels.diagnostics()), offset);
    if (label) parsed.labels.push_back(*std::move(label));
  }
  parsed.layout.bytes = offset;
  if (!parsed.labels.empty()) {
    const EbpfExporterLabel& last = parsed.labels.back();
    parsed.layout.may_end_with_cpu = last.name.value == "cpu" && size_of(last) == kCpuBytes;
  }
  return parsed;
}

}  // namespace bpfmap::config
