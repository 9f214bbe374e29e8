// SPDX-License-Identifier: Apache-2.0
#include "host/pod_names.h"

#include <chrono>
#include <utility>

#include "base/block_signals.h"
#include "base/capabilities.h"
#include "base/log.h"

namespace bpfmap::host {

void PodTable::update(const std::vector<Pod>& pods, TimePoint now) {
  const auto put = [now](PodSnapshot::Table& table, const std::string& key, PodName name) {
    if (table.size() < kMaxNames || table.contains(key)) {
      table.insert_or_assign(key, PodSnapshot::Known{std::move(name), now});
    }
  };
  const auto is_old = [this, now](const auto& entry) { return now - entry.second.seen >= keep_; };
  std::erase_if(names_.containers_, is_old);
  std::erase_if(names_.pods_, is_old);
  for (const Pod& pod : pods) {
    for (const std::string& uid : pod.uids) {
      put(names_.pods_, uid, {pod.name, pod.pod_namespace, {}});
    }
    for (const Pod::Container& container : pod.containers) {
      put(names_.containers_, container.id, {pod.name, pod.pod_namespace, container.name});
    }
  }
}

PodNames::PodNames(KubeletOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      client_(options_),
      table_(options_.keep),
      snapshot_(table_.snapshot()) {
  const BlockSignals block;
  follower_ = std::thread([this] { follow(); });
}

PodNames::~PodNames() {
  client_.stop();
  {
    const MutexLock lock(mutex_);
    is_stopped_ = true;
  }
  stopping_.notify_all();
  follower_.join();
}

std::shared_ptr<const PodSnapshot> PodNames::snapshot() const {
  const MutexLock lock(mutex_);
  return snapshot_;
}

KubeletCounts PodNames::counts() const {
  const MutexLock lock(mutex_);
  return counts_;
}

void PodNames::follow() {
  keep_capabilities_to_read();
  do ask();
  while (wait());
}

bool PodNames::wait() {
  const auto until = std::chrono::steady_clock::now() + options_.interval;
  const MutexLock lock(mutex_);
  while (!is_stopped_ && std::chrono::steady_clock::now() < until) {
    stopping_.wait_until(mutex_, until);
  }
  return !is_stopped_;
}

void PodNames::ask() {
  const auto pods =
      client_.get().and_then([](const std::string& body) { return parse_pod_list(body); });
  if (pods) table_.update(*pods, clock_.now());
  note(pods ? nullptr : &pods.error());
  std::shared_ptr<const PodSnapshot> names = table_.snapshot();
  const MutexLock lock(mutex_);
  ++counts_.requests;
  counts_.failures += pods ? 0 : 1;
  counts_.is_up = pods.has_value();
  counts_.names = names->size();
  snapshot_ = std::move(names);
}

void PodNames::note(const Error* error) {
  const bool was_failing = std::exchange(is_failing_, error != nullptr);
  if (was_failing == is_failing_) return;
  if (error != nullptr) {
    log::warning("the kubelet does not tell its pods; the last names known stay in use",
                 {{"error", error->message()}});
  } else {
    log::info("the kubelet tells its pods again", {{"url", options_.url}});
  }
}

}  // namespace bpfmap::host
