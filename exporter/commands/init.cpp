// SPDX-License-Identifier: Apache-2.0
#include "commands/init.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <utility>

#include "app/named_object.h"
#include "base/exit_codes.h"
#include "base/unique_fd.h"
#include "commands/output.h"
#include "starter/config_text.h"
#include "starter/foreign_text.h"
#include "starter/yaml.h"

namespace bpfmap::commands {
namespace {

namespace fs = std::filesystem;

Error file_error(const std::string& path, int code) {
  Error error{.kind = ErrorKind::kSystem, .operation = "write", .subject = path, .code = code};
  if (code == EEXIST) {
    error.kind = ErrorKind::kUsage;
    error.hint = "--force replaces it";
  }
  return error;
}

// The way from the folder of `file` to `object`; that to an absolute path is the path itself.
std::string path_from(const std::string& file, const std::string& object) {
  const fs::path path(object);
  if (path.is_absolute()) return object;
  std::error_code failed;
  const fs::path folder = fs::weakly_canonical(fs::absolute(fs::path(file)).parent_path(), failed);
  const fs::path target = fs::weakly_canonical(fs::absolute(path).parent_path(), failed);
  if (failed) return object;
  return (target.lexically_relative(folder) / path.filename()).lexically_normal().string();
}

std::string origin_of(const InitOptions& options) {
  if (const auto name = app::builtin_name(options.object))
    return "builtin: " + starter::scalar(*name);
  const std::string path =
      options.output.empty() ? options.object : path_from(options.output, options.object);
  return "object: " + starter::scalar(path);
}

Result<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t length = ::write(fd, text.data(), text.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return unexpected(file_error(path, errno));
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return {};
}

Result<void> write_file(const InitOptions& options, const std::string& text) {
  constexpr mode_t kMode = 0666;  // less what umask takes away
  const int when_there = options.force ? O_TRUNC : O_EXCL;
  UniqueFd file(::open(options.output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | when_there, kMode));
  if (!file) return unexpected(file_error(options.output, errno));
  return write_all(file.get(), text, options.output);
}

Result<void> write(const InitOptions& options, const std::string& text) {
  if (options.output.empty()) return print_text(text);
  std::error_code ignored;
  if (!options.object.empty() && fs::equivalent(options.output, options.object, ignored)) {
    return unexpected(Error{.kind = ErrorKind::kUsage,
                            .operation = "write",
                            .subject = options.output,
                            .detail = "it is the object itself"});
  }
  return write_file(options, text);
}

Result<std::string> text_of(const InitOptions& options) {
  const auto checked = check_selection("init", options.object, options.maps);
  if (!checked) return unexpected(checked.error());
  if (!options.object.empty()) {
    const auto object = app::open_named_object(options.object);
    if (!object) return unexpected(object.error());
    return starter::config_text(*object, origin_of(options));
  }
  const auto maps = find_maps(options.maps);
  if (!maps) return unexpected(maps.error());
  return starter::foreign_config_text(query_of(options.maps), *maps);
}

}  // namespace

int init(const InitOptions& options) {
  const auto text = text_of(options);
  if (!text) return report(text.error());
  if (const auto written = write(options, *text); !written) return report(written.error());
  if (!options.output.empty()) {
    std::cerr << "bpfmap_exporter: wrote " << options.output << "\n";
  }
  return kDone;
}

}  // namespace bpfmap::commands
