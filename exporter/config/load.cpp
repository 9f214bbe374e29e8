// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/named_file.h"
#include "base/sha256.h"
#include "config/ebpf_exporter/parts.h"
#include "config/language/parts.h"
#include "config/yaml/read_tree.h"
#include "config/yaml/yaml_text.h"

namespace bpfmap::config {
namespace {

std::string name_from_path(const std::string& path) {
  constexpr std::string_view kBuiltin = "builtin:";
  if (path.starts_with(kBuiltin)) return path.substr(kBuiltin.size());
  return std::filesystem::path(path).stem().string();
}

// ebpf_exporter's format has no variables; a dollar there is one of a regular expression.
std::optional<Tree> parse_tree(const std::shared_ptr<const Source>& source,
                               const Environment& environment, Diagnostics& diagnostics) {
  Diagnostics plain_diagnostics(source);
  std::optional<Tree> plain = parse_yaml(source->text, {}, plain_diagnostics);
  if (!plain || !is_ebpf_exporter_file(*plain))
    return parse_yaml(source->text, environment, diagnostics);
  for (const Diagnostic& one : plain_diagnostics.all()) diagnostics.error(one.at, one.message);
  return plain;
}

}  // namespace

Result<std::shared_ptr<const Source>> read_source(const std::string& path) {
  Result<std::string> text = read_named_file("configuration", path, kMostSourceBytes);
  if (!text) return unexpected(std::move(text.error()));
  return std::make_shared<const Source>(Source{path, *std::move(text)});
}

Config parse_config(std::shared_ptr<const Source> source, const Environment& environment,
                    Diagnostics& diagnostics) {
  Config config;
  config.source = std::move(source);
  config.name = name_from_path(config.source->path);
  config.sha256 = sha256_hex(config.source->text);
  const std::optional<Tree> tree = parse_tree(config.source, environment, diagnostics);
  if (!tree) return config;
  const Field root(*tree, "the file", diagnostics);
  if (is_ebpf_exporter_file(*tree)) {
    parse_ebpf_exporter_file(root, config);
  } else {
    parse_file(root, config);
  }
  check_config(config, diagnostics);
  return config;
}

}  // namespace bpfmap::config
