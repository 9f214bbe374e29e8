// SPDX-License-Identifier: Apache-2.0
#include "app/reloader.h"

#include <chrono>
#include <sstream>
#include <utility>

#include "app/attach_mark.h"
#include "base/log.h"

namespace bpfmap::app {
namespace {

double unix_seconds() { return to_seconds(std::chrono::system_clock::now().time_since_epoch()); }

}  // namespace

Reloader::Reloader(ConfigSelection selection, Surroundings around, Errands& errands)
    : selection_(std::move(selection)), around_(std::move(around)), errands_(errands) {}

std::shared_ptr<Exporter> Reloader::current() const {
  const MutexLock lock(mutex_);
  return current_;
}

void Reloader::on_change(std::function<void(Exporter&)> listener) {
  const MutexLock lock(reloading_);
  listener_ = std::move(listener);
  if (listener_) listener_(*current());
}

Result<std::vector<Prepared>> Reloader::read() const {
  std::ostringstream problems;
  auto prepared = prepare(selection_, /*with_notices=*/false, problems, errands_);
  if (prepared) return *std::move(prepared);
  return unexpected(Error{.kind = ErrorKind::kConfiguration,
                          .operation = "read",
                          .subject = "the configuration",
                          .detail = "\n" + problems.str()});
}

Result<void> Reloader::build(std::vector<Prepared> prepared, const Exporter* before) {
  auto exporter = Exporter::start(std::move(prepared), around_, before);
  if (!exporter) return unexpected(exporter.error());
  if (before != nullptr) {
    if (auto committed = (*exporter)->commit(before); !committed) return committed;
    post_attach_mark();
  }
  if (listener_) listener_(**exporter);
  const MutexLock lock(mutex_);
  current_.swap(*exporter);
  ++generation_;
  return {};  // what was current goes here, or when the last scrape is done with it
}

Result<void> Reloader::start(std::vector<Prepared> prepared) {
  auto built = build(std::move(prepared), nullptr);
  around_.self->count_reload(built.has_value(), unix_seconds());
  return built;
}

Result<void> Reloader::commit() {
  const MutexLock lock(reloading_);
  auto committed = current()->commit();
  if (committed) post_attach_mark();
  return committed;
}

kernel::PlaceKinds Reloader::follow(const kernel::PlaceKinds& kinds) {
  if (!reloading_.try_lock()) return kinds;
  const kernel::PlaceKinds unsettled = current()->follow(kinds);
  reloading_.unlock();
  return unsettled;
}

Result<void> Reloader::reload() {
  const MutexLock lock(reloading_);
  const std::shared_ptr<Exporter> before = current();
  auto prepared = read();
  auto built = prepared ? build(*std::move(prepared), before.get())
                        : Result<void>(unexpected(prepared.error()));
  around_.self->count_reload(built.has_value(), unix_seconds());
  if (built) {
    current()->follow(kernel::kAllPlaces);  // of objects that stay
    log::info("configuration was read anew");
  } else {
    log::error("configuration could not be read anew; everything goes on as before",
               {{"error", built.error().message()}});
  }
  return built;
}

}  // namespace bpfmap::app
