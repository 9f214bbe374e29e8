// SPDX-License-Identifier: Apache-2.0
#include "host/cgroups/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/block_signals.h"
#include "base/capabilities.h"
#include "base/error.h"
#include "base/log.h"
#include "base/small_file.h"
#include "host/tables/host_view.h"

namespace bpfmap::host {
namespace {

// Between scans, where watching does not see everything: after a miss, and without one.
constexpr Duration kScanAfterMiss = std::chrono::seconds(1);
constexpr std::chrono::milliseconds kScanAnyway{30000};

struct FolderDeleter {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, FolderDeleter>;

// cgroups hold no other folders than cgroups, and no links.
bool is_child(const dirent& entry) {
  return entry.d_type == DT_DIR && std::strcmp(entry.d_name, ".") != 0 &&
         std::strcmp(entry.d_name, "..") != 0;
}

}  // namespace

CgroupTree::CgroupTree(const std::string& hierarchy, CgroupOptions options, const Clock& clock)
    : hierarchy_(hierarchy),
      options_(std::move(options)),
      clock_(clock),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      table_({options_.keep, options_.max_cgroups}, clock) {
  {
    const MutexLock lock(working_);
    scan();
    publish();
  }
  const BlockSignals block;
  follower_ = std::thread([this] { follow(); });
}

CgroupTree::~CgroupTree() {
  ::eventfd_write(stop_.get(), 1);
  follower_.join();
}

void CgroupTree::follow() {
  keep_capabilities_to_read(options_.listeners_need);
  pollfd waits[] = {{stop_.get(), POLLIN, 0}, {watch_.fd(), POLLIN, 0}};
  while (true) {
    const int ready = ::poll(waits, std::size(waits), static_cast<int>(kScanAnyway.count()));
    if (ready < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) return;
    const MutexLock lock(working_);
    if (ready == 0 && !is_watched_) scan();
    catch_up();
    publish();
  }
}

void CgroupTree::catch_up() {
  watch_.read([this](FolderWatch::Event event, const std::string& path)
                  BPFMAP_REQUIRES(working_) { on_event(event, path); });
  if (has_lost_track_) scan();
}

void CgroupTree::on_event(FolderWatch::Event event, const std::string& path) {
  std::unordered_set<std::uint64_t> ids;
  switch (event) {
    case FolderWatch::Event::kAppeared: visit(path, ids); break;
    case FolderWatch::Event::kLostTrack: has_lost_track_ = true; break;
    case FolderWatch::Event::kDisappeared: {
      watch_.remove(path);
      const MutexLock lock(table_mutex_);
      table_.remove(path);
      break;
    }
  }
}

void CgroupTree::scan() {
  scans_.fetch_add(1, std::memory_order_relaxed);
  scanned_ = clock_.now();
  has_lost_track_ = false;
  const std::optional<std::string> mountinfo = read_small_file(options_.mountinfo);
  move_to(find_cgroup_mount(mountinfo.value_or(""), hierarchy_, options_.sysfs).value_or(""));
  is_watched_ = options_.uses_watch && !mount_.empty();
  std::unordered_set<std::uint64_t> ids;
  if (!mount_.empty()) visit(mount_, ids);
  const MutexLock lock(table_mutex_);
  table_.remove_all_but(ids);
}

void CgroupTree::move_to(const std::string& mount) {
  if (mount.empty() && !std::exchange(has_said_missing_, true)) {
    log::warning("cgroups are not mounted: their labels read 'unknown'",
                 {{"hierarchy", hierarchy_}});
  }
  if (mount == mount_) return;
  if (!mount_.empty()) watch_.remove(mount_);
  mount_ = mount;
  is_mounted_ = !mount_.empty();
  handles_.reset();
  if (mount_.empty()) return;
  if (options_.uses_handles) handles_.emplace(mount_);
  has_said_missing_ = false;
  shows_all_ = shows_all_cgroups(mount_);
  log::info("cgroups are named", {{"hierarchy", hierarchy_}, {"mounted", mount_}});
  if (shows_all_) return;
  log::warning("only a part of the machine's cgroups is mounted: their labels are numbers",
               {{"hierarchy", hierarchy_}, {"mounted", mount_}, {"hint", kShowCgroups}});
}

void CgroupTree::visit(const std::string& top, std::unordered_set<std::uint64_t>& ids) {
  std::vector<std::string> todo{top};
  while (!todo.empty()) {
    const std::string path = std::move(todo.back());
    todo.pop_back();
    watch(path);  // first, so that no child is missed
    const Folder folder(::opendir(path.c_str()));
    struct stat status {};
    if (folder == nullptr || ::fstat(::dirfd(folder.get()), &status) != 0) continue;  // gone
    add(status.st_ino, path);
    ids.insert(status.st_ino);
    // Safe as long as no other thread reads the same stream.
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    while (const dirent* entry = ::readdir(folder.get())) {
      if (is_child(*entry)) todo.push_back(path + '/' + entry->d_name);
    }
  }
}

void CgroupTree::watch(const std::string& folder) {
  if (!is_watched_ || watch_.add(folder) || errno == ENOENT) return;
  const int code = errno;
  is_watched_ = false;
  if (std::exchange(has_said_unwatched_, true)) return;
  log::warning(
      "cannot watch all cgroups: they are scanned now and then, and those that live shortly may "
      "have no name",
      {{"cgroup", folder}, {"error", errno_in_words(code)}, {"limit", "fs.inotify"}});
}

void CgroupTree::add(std::uint64_t id, const std::string& file) {
  const MutexLock lock(table_mutex_);
  if (table_.add(id, file, mount_.size()) || std::exchange(has_said_full_, true)) return;
  log::warning("there are more cgroups than names are kept of",
               {{"hierarchy", hierarchy_}, {"limit", options_.max_cgroups}});
}

bool CgroupTree::may_scan() const { return clock_.now() - *scanned_ >= kScanAfterMiss; }

std::optional<KnownCgroup> CgroupTree::known(std::uint64_t id) {
  const MutexLock lock(table_mutex_);
  const KnownCgroup* found = table_.find(id);
  if (found == nullptr) return std::nullopt;
  return *found;
}

std::optional<KnownCgroup> CgroupTree::resolve(std::uint64_t id) {
  const MutexLock lock(working_);
  catch_up();
  if (!is_watched_ && !known(id)) {
    if (const auto file = handles_ ? handles_->find(id) : std::nullopt) {
      add(id, *file);
    } else if (may_scan()) {
      scan();
    }
  }
  publish();
  return known(id);
}

std::shared_ptr<const CgroupSnapshot> CgroupTree::snapshot() {
  const MutexLock lock(table_mutex_);
  return table_.snapshot();
}

void CgroupTree::publish() {
  std::vector<CgroupChange> changes;
  {
    const MutexLock lock(table_mutex_);
    changes = table_.take_changes();
  }
  if (changes.empty()) return;
  for (const Listener& listener : listeners_) listener(changes);
}

std::unique_ptr<CgroupTree::Subscription> CgroupTree::subscribe(Listener listener) {
  const MutexLock lock(working_);
  catch_up();
  publish();
  std::vector<CgroupChange> living;
  for (const KnownCgroup& one : snapshot()->all()) {
    if (one.is_alive) living.push_back({one.cgroup, true});
  }
  listener(living);
  listeners_.push_back(std::move(listener));
  return std::make_unique<Subscription>(*this, std::prev(listeners_.end()));
}

CgroupTree::Subscription::~Subscription() {
  const MutexLock lock(tree_.working_);
  tree_.listeners_.erase(place_);
}

void CgroupTree::count_lookups(std::uint64_t hits, std::uint64_t misses) {
  hits_.fetch_add(hits, std::memory_order_relaxed);
  misses_.fetch_add(misses, std::memory_order_relaxed);
}

CgroupCounts CgroupTree::counts() {
  CgroupCounts counts;
  counts.hits = hits_.load(std::memory_order_relaxed);
  counts.misses = misses_.load(std::memory_order_relaxed);
  counts.scans = scans_.load(std::memory_order_relaxed);
  const MutexLock lock(table_mutex_);
  counts.cgroups = table_.size();
  return counts;
}

}  // namespace bpfmap::host
