// SPDX-License-Identifier: Apache-2.0
#include "app/config_watch.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "config/load.h"

namespace bpfmap::app {
namespace {

// Editors write in several steps, and a ConfigMap has several files.
constexpr std::chrono::milliseconds kQuiet{200};

// The object that a file names, also where all else in it is wrong. A pipe has been read already.
std::optional<std::string> object_of(const std::string& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return std::nullopt;
  const auto source = config::read_source(file);
  if (!source) return std::nullopt;
  config::Diagnostics diagnostics(*source);
  const auto config = config::parse_config(*source, config::process_environment(), diagnostics);
  if (!config.object) return std::nullopt;
  return config.object->value;
}

// Adds all that is read. What says where to look on is watched before it is looked at, so that no
// change is missed. Whatever cannot be watched, the rest is; the error is the first.
Result<void> add_all(const ConfigSelection& selection, host::PathWatch& paths) {
  Result<void> all;
  const auto add = [&](const std::string& path) {
    auto added = paths.add(path);
    if (!added && all) all = std::move(added);
  };
  for (const std::string& named : paths_of(selection)) add(named);
  for (const std::string& file : files_of(selection)) {
    add(file);
    if (const auto object = object_of(file)) add(*object);
  }
  return all;
}

struct Watched {
  host::PathWatch paths;
  Result<void> all;
};

Result<Watched> watch_all(const ConfigSelection& selection) {
  auto paths = host::PathWatch::open();
  if (!paths) return unexpected(paths.error());
  Result<void> all = add_all(selection, *paths);
  return Watched{*std::move(paths), std::move(all)};
}

// How long to wait, as poll(2) has it.
int milliseconds_until(std::optional<TimePoint> time) {
  if (!time) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*time - std::chrono::steady_clock::now());
  return static_cast<int>(std::max(left, std::chrono::milliseconds(0)).count());
}

}  // namespace

Result<std::unique_ptr<ConfigWatch>> ConfigWatch::start(ConfigSelection selection, Errands& errands,
                                                        std::function<void()> changed) {
  std::unique_ptr<ConfigWatch> watch(
      new ConfigWatch(std::move(selection), errands, std::move(changed)));
  if (auto opened = watch->open(); !opened) return unexpected(opened.error());
  watch->thread_ = std::thread([raw = watch.get()] { raw->run(); });
  return watch;
}

Result<void> ConfigWatch::open() {
  stop_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!stop_) {
    return unexpected(Error{.kind = ErrorKind::kSystem,
                            .operation = "watch",
                            .subject = "the configuration",
                            .code = errno});
  }
  return look_anew();
}

// The old watch stays until the new one is complete, and where there can be none.
Result<void> ConfigWatch::look_anew() {
  auto looked = errands_.run<Watched>("watch", "the configuration",
                                      [selection = selection_] { return watch_all(selection); });
  if (!looked) return unexpected(looked.error());
  paths_ = std::move(looked->paths);
  return std::move(looked->all);
}

// Looks first and reads then: what changes between is seen by the new watch.
void ConfigWatch::tell() {
  if (auto looked = look_anew(); !looked) {
    log::warning("changes of the configuration are not all seen",
                 {{"error", looked.error().message()}});
  }
  changed_();
}

void ConfigWatch::run() {
  std::optional<TimePoint> quiet_at;  // after a change
  while (true) {
    std::array<pollfd, 2> waited{{{stop_.get(), POLLIN, 0}, {paths_->fd(), POLLIN, 0}}};
    ::poll(waited.data(), waited.size(), milliseconds_until(quiet_at));
    if (waited[0].revents != 0) return;
    // Also where there is much to read that is no change, as in /tmp.
    if (paths_->read()) {
      quiet_at = std::chrono::steady_clock::now() + kQuiet;
    } else if (quiet_at && std::chrono::steady_clock::now() >= *quiet_at) {
      quiet_at.reset();
      tell();
    }
  }
}

ConfigWatch::~ConfigWatch() {
  if (!thread_.joinable()) return;
  // Fails only where the counter is at its limit, and then the thread is woken anyway.
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

}  // namespace bpfmap::app
