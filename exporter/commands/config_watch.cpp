// SPDX-License-Identifier: Apache-2.0
#include "commands/config_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <set>

namespace bpfmap::commands {
namespace {

// Editors write in several steps, and a ConfigMap has several files.
constexpr int kQuietMilliseconds = 200;

Error watch_error(const std::string& subject) {
  return Error{ErrorKind::kSystem, "watch", subject, errno, {}, {}};
}

}  // namespace

Result<std::unique_ptr<ConfigWatch>> ConfigWatch::start(const std::vector<std::string>& folders,
                                                        std::function<void()> changed) {
  std::unique_ptr<ConfigWatch> watch(new ConfigWatch(std::move(changed)));
  if (auto opened = watch->open(folders); !opened) return tl::unexpected(opened.error());
  watch->thread_ = std::thread([raw = watch.get()] { raw->run(); });
  return watch;
}

Result<void> ConfigWatch::open(const std::vector<std::string>& folders) {
  inotify_.reset(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  stop_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!inotify_ || !stop_) return tl::unexpected(watch_error("the configuration"));
  constexpr std::uint32_t kChanges = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE;
  for (const std::string& folder : std::set<std::string>(folders.begin(), folders.end())) {
    if (::inotify_add_watch(inotify_.get(), folder.c_str(), kChanges) < 0) {
      return tl::unexpected(watch_error(folder));
    }
  }
  return {};
}

void ConfigWatch::run() {
  std::array<pollfd, 2> waited{{{stop_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}}};
  std::array<char, 4096> events{};
  bool changed = false;
  while (true) {
    const int ready = ::poll(waited.data(), waited.size(), changed ? kQuietMilliseconds : -1);
    if (waited[0].revents != 0) return;
    if (ready > 0 && waited[1].revents != 0) {
      while (::read(inotify_.get(), events.data(), events.size()) > 0) changed = true;
    } else if (ready == 0 && changed) {
      changed = false;
      changed_();
    }
  }
}

ConfigWatch::~ConfigWatch() {
  if (!thread_.joinable()) return;
  // Fails only where the counter is at its limit, and then the thread is woken anyway.
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

}  // namespace bpfmap::commands
