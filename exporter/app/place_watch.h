// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/unique_fd.h"
#include "host/interface_watch.h"
#include "host/path_watch.h"
#include "kernel/followed_places.h"

namespace bpfmap::app {

// Says when attached programs are to follow what they are attached to: at once when an interface, a
// cgroup or the file of a binary comes, goes or is replaced; every second for CPUs, for what cannot
// be watched, and (more and more seldom, up to half a minute) for places that did not get their
// program; every half minute for everything. Started and destroyed by one thread.
class PlaceWatch {
 public:
  struct Follower {
    std::function<kernel::FollowedPlaces()> followed;
    // Another number whenever other programs are followed.
    std::function<std::uint64_t()> generation;
    // Looks at places of these kinds, and returns those that want another try.
    std::function<kernel::PlaceKinds(const kernel::PlaceKinds&)> follow;
  };

  // Calls by a thread of its own, which watches the network namespace and has the capabilities of
  // the one that starts it.
  static Result<std::unique_ptr<PlaceWatch>> start(Follower follower);
  // Waits for a call that is under way.
  ~PlaceWatch();
  PlaceWatch(const PlaceWatch&) = delete;
  PlaceWatch& operator=(const PlaceWatch&) = delete;

 private:
  PlaceWatch(Follower follower, UniqueFd stop)
      : follower_(std::move(follower)), stop_(std::move(stop)) {}
  void run();
  // Whether to go on.
  bool wait();
  void watch_anew();
  void watch_paths(const kernel::FollowedPlaces& places);
  void read_events();
  void add_what_is_due();
  void follow();
  void plan_retry(const kernel::PlaceKinds& before, const kernel::PlaceKinds& looked);

  const Follower follower_;
  UniqueFd stop_;
  // All of these belong to the thread.
  std::optional<host::InterfaceWatch> interfaces_;
  std::optional<host::PathWatch> paths_;
  kernel::PlaceKinds followed_;
  kernel::PlaceKinds unwatched_;  // followed, and told of by nothing
  kernel::PlaceKinds pending_;    // to be looked at next
  kernel::PlaceKinds unsettled_;
  std::uint64_t generation_ = 0;
  Duration retry_after_{};
  TimePoint retry_at_{};
  TimePoint next_tick_{};
  TimePoint next_full_look_{};
  TimePoint last_look_{};
  bool has_said_unwatched_ = false;
  std::thread thread_;
};

}  // namespace bpfmap::app
