// SPDX-License-Identifier: Apache-2.0
#include "app/place_watch.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/block_signals.h"
#include "base/log.h"

namespace bpfmap::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kTick = seconds(1);
constexpr Duration kFullLook = seconds(30);
constexpr Duration kLongestRetry = seconds(30);
// Where much happens, it is looked at together.
constexpr Duration kBetweenLooks = milliseconds(100);

TimePoint steady_now() { return std::chrono::steady_clock::now(); }

int milliseconds_until(TimePoint time) {
  const auto left = std::chrono::ceil<milliseconds>(time - steady_now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

kernel::PlaceKinds without(const kernel::PlaceKinds& kinds, const kernel::PlaceKinds& others) {
  return {kinds.interfaces && !others.interfaces, kinds.cpus && !others.cpus,
          kinds.paths && !others.paths};
}

}  // namespace

Result<std::unique_ptr<PlaceWatch>> PlaceWatch::start(Follower follower) {
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop) {
    return unexpected(Error{.kind = ErrorKind::kSystem,
                            .operation = "watch",
                            .subject = "the places of programs",
                            .code = errno});
  }
  std::unique_ptr<PlaceWatch> watch(new PlaceWatch(std::move(follower), std::move(stop)));
  const BlockSignals block;
  watch->thread_ = std::thread([raw = watch.get()] { raw->run(); });
  return watch;
}

PlaceWatch::~PlaceWatch() {
  if (!thread_.joinable()) return;
  // Fails only where the counter is at its limit, and then the thread is woken anyway.
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

// Watches first and looks then: what changes between is told by the new watch.
void PlaceWatch::run() {
  generation_ = follower_.generation();
  pending_ = kernel::kAllPlaces;
  while (true) {
    if (pending_.any() && steady_now() >= last_look_ + kBetweenLooks) follow();
    if (!wait()) return;
    read_events();
    add_what_is_due();
  }
}

bool PlaceWatch::wait() {
  const TimePoint until =
      pending_.any() ? std::min(last_look_ + kBetweenLooks, next_tick_) : next_tick_;
  std::array<pollfd, 3> waited{{{stop_.get(), POLLIN, 0},
                                {interfaces_ ? interfaces_->fd() : -1, POLLIN, 0},
                                {paths_ ? paths_->fd() : -1, POLLIN, 0}}};
  // Between two looks there is nothing to be done about what happens.
  const nfds_t count = pending_.any() ? 1 : waited.size();
  ::poll(waited.data(), count, milliseconds_until(until));
  return waited[0].revents == 0;
}

void PlaceWatch::read_events() {
  if (interfaces_ && interfaces_->read()) pending_.interfaces = true;
  if (paths_ && paths_->read()) pending_.paths = true;
}

void PlaceWatch::add_what_is_due() {
  const TimePoint time = steady_now();
  const std::uint64_t generation = follower_.generation();
  const bool others = std::exchange(generation_, generation) != generation;
  if (others || time >= next_full_look_) pending_ = kernel::kAllPlaces;
  if (unsettled_.any() && time >= retry_at_) pending_.add(unsettled_);
  if (time < next_tick_) return;
  next_tick_ = time + kTick;
  pending_.add(unwatched_);
  pending_.cpus = true;
}

// The old watch of paths stays until the new one is complete. It is made anew before every look at
// paths, since a path that has changed leads through other folders.
void PlaceWatch::watch_anew() {
  const kernel::FollowedPlaces places = follower_.followed();
  followed_ = places.kinds;
  unwatched_ = {};
  if (!followed_.interfaces) interfaces_.reset();
  if (followed_.interfaces && !interfaces_) {
    if (auto opened = host::InterfaceWatch::open()) interfaces_ = *std::move(opened);
    unwatched_.interfaces = !interfaces_;
  }
  if (followed_.paths && pending_.paths) watch_paths(places);
  if (!followed_.paths) paths_.reset();
  unwatched_.paths = followed_.paths && !paths_;
}

void PlaceWatch::watch_paths(const kernel::FollowedPlaces& places) {
  auto watch = host::PathWatch::open();
  Result<void> all;
  if (!watch) all = unexpected(watch.error());
  for (const std::string& path : places.paths) {
    if (!watch) break;
    if (auto added = watch->add(path); !added && all) all = std::move(added);
  }
  paths_.reset();
  if (watch && all) paths_ = *std::move(watch);
  if (all || std::exchange(has_said_unwatched_, true)) return;
  log::warning("places of programs cannot be watched: they are looked at every second",
               {{"error", all.error().message()}});
}

void PlaceWatch::follow() {
  watch_anew();
  const kernel::PlaceKinds looked = std::exchange(pending_, {});
  if (looked == kernel::kAllPlaces) next_full_look_ = steady_now() + kFullLook;
  // Of what was not looked at nothing new is known.
  const kernel::PlaceKinds before = unsettled_;
  unsettled_ = without(before, looked);
  unsettled_.add(follower_.follow(looked));
  last_look_ = steady_now();
  plan_retry(before, looked);
}

// Something new is tried again soon, and what fails for long seldom. A look at something else
// puts nothing off.
void PlaceWatch::plan_retry(const kernel::PlaceKinds& before, const kernel::PlaceKinds& looked) {
  const bool is_known = before == unsettled_ && unsettled_.any();
  if (is_known && !looked.overlaps(unsettled_)) return;
  retry_after_ = is_known ? std::min(retry_after_ * 2, kLongestRetry) : kTick;
  retry_at_ = last_look_ + retry_after_;
}

}  // namespace bpfmap::app
