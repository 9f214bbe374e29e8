// SPDX-License-Identifier: Apache-2.0
#include "app/config_files.h"

#include <algorithm>
#include <filesystem>

#include "app/builtin.h"
#include "base/suggest.h"
#include "base/text.h"
#include "config/load.h"

namespace bpfmap::app {
namespace {

namespace fs = std::filesystem;

unexpected<Error> failure(std::string operation, std::string subject, int code,
                          std::string detail) {
  return unexpected(Error{.kind = ErrorKind::kConfiguration,
                          .operation = std::move(operation),
                          .subject = std::move(subject),
                          .code = code,
                          .detail = std::move(detail)});
}

Result<void> add_builtins(std::string_view names, Sources& sources) {
  std::vector<std::string> known;
  for (const Builtin& builtin : builtins()) known.emplace_back(builtin.name);
  const std::vector<std::string_view> wanted = split(names, ',');
  if (wanted.empty()) {
    return failure("choose", "a built-in configuration", 0,
                   "expected builtin:NAME[,NAME...]" + suggestion("", known));
  }
  for (const std::string_view name_view : wanted) {
    const std::string name(name_view);
    const Builtin* builtin = find_builtin(name);
    if (builtin == nullptr) {
      return failure("find", "the built-in configuration '" + name + "'", 0,
                     "there is none of that name" + suggestion(name, known));
    }
    sources.push_back(std::make_shared<config::Source>(
        config::Source{std::string(kBuiltinPrefix) + name, std::string(builtin->yaml)}));
  }
  return {};
}

Result<void> add_file(const std::string& path, Sources& sources) {
  auto source = config::read_source(path);
  if (!source) return unexpected(source.error());
  sources.push_back(*std::move(source));
  return {};
}

std::vector<std::string> files_in(const std::string& folder, std::error_code& error) {
  std::vector<std::string> paths;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string ending = entry->path().extension();
    if (ending == ".yaml" || ending == ".yml") paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<void> add_folder(const std::string& folder, Sources& sources) {
  std::error_code error;
  const std::vector<std::string> paths = files_in(folder, error);
  if (error) return failure("read folder", folder, error.value(), {});
  if (paths.empty()) return failure("read folder", folder, 0, "it holds no *.yaml or *.yml file");
  for (const std::string& path : paths) {
    if (auto added = add_file(path, sources); !added) return added;
  }
  return {};
}

Result<void> add_named(const std::string& what, Sources& sources) {
  if (what.starts_with(kBuiltinPrefix)) {
    return add_builtins(std::string_view(what).substr(kBuiltinPrefix.size()), sources);
  }
  std::error_code ignored;
  return fs::is_directory(what, ignored) ? add_folder(what, sources) : add_file(what, sources);
}

std::vector<std::string> all_named(const ConfigSelection& selection) {
  std::vector<std::string> all = selection.configs;
  for (const std::string& name : selection.names) {
    all.push_back((fs::path(selection.folder) / (name + ".yaml")).string());
  }
  if (selection.empty()) all.emplace_back(kDefaultConfigs);
  return all;
}

}  // namespace

std::vector<std::string> paths_of(const ConfigSelection& selection) {
  std::vector<std::string> paths = all_named(selection);
  std::erase_if(paths, [](const std::string& what) { return what.starts_with(kBuiltinPrefix); });
  return paths;
}

std::vector<std::string> files_of(const ConfigSelection& selection) {
  std::vector<std::string> files;
  for (const std::string& path : paths_of(selection)) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      files.push_back(path);
      continue;
    }
    const std::vector<std::string> in_it = files_in(path, ignored);
    files.insert(files.end(), in_it.begin(), in_it.end());
  }
  return files;
}

Result<Sources> read_configs(const ConfigSelection& selection, Errands& errands) {
  Sources all;
  for (const std::string& what : all_named(selection)) {
    auto sources = errands.run<Sources>("read configuration", what, [what]() -> Result<Sources> {
      Sources of_it;
      return add_named(what, of_it).map([&] { return std::move(of_it); });
    });
    if (!sources) return sources;
    all.insert(all.end(), sources->begin(), sources->end());
  }
  return all;
}

}  // namespace bpfmap::app
