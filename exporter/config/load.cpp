// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/sha256.h"
#include "base/unique_fd.h"
#include "config/parts.h"
#include "config/peer_parts.h"
#include "config/yaml_text.h"
#include "config/yaml_tree.h"

namespace bpfmap::config {
namespace {

Error read_error(const std::string& path, int code, std::string detail) {
  return {ErrorKind::kConfiguration, "read configuration", path, code, std::move(detail), ""};
}

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
  if (!plain || !is_peer_file(*plain)) return parse_yaml(source->text, environment, diagnostics);
  for (const Diagnostic& one : plain_diagnostics.all()) diagnostics.error(one.at, one.message);
  return plain;
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    // Nothing in this process changes its environment. secure_getenv() would find nothing in a
    // binary that has file capabilities, which is how this one is installed.
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Result<std::shared_ptr<const Source>> read_source(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return unexpected(read_error(path, errno, ""));
  auto source = std::make_shared<Source>();
  source->path = path;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unexpected(read_error(path, errno, ""));
    if (count == 0) return source;
    source->text.append(buffer.data(), static_cast<std::size_t>(count));
    if (source->text.size() > kMostSourceBytes) {
      return unexpected(read_error(path, 0, "larger than 4 MiB, which no configuration is"));
    }
  }
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
  if (is_peer_file(*tree)) {
    parse_peer_file(root, config);
  } else {
    parse_file(root, config);
  }
  check_config(config, diagnostics);
  return config;
}

}  // namespace bpfmap::config
