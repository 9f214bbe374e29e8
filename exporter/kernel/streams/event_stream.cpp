// SPDX-License-Identifier: Apache-2.0
#include "kernel/event_stream.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/block_signals.h"
#include "base/capabilities.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "kernel/libbpf/handles.h"
#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

// Programs may submit without waking the thread that reads (BPF_RB_NO_WAKEUP), so the buffers are
// looked at now and then.
constexpr int kIdleMilliseconds = 250;

Error stream_error(const EventStreamOptions& options, int code, const LibbpfLog& log) {
  Error error{.kind = ErrorKind::kSystem,
              .operation = "read events of map",
              .subject = "'" + options.map + "'",
              .code = code};
  for (const std::string& warning : log.warnings()) {
    error.detail += (error.detail.empty() ? "" : "\n") + warning;
  }
  if (code == EPERM || code == EACCES) error.hint = "perf buffers take CAP_PERFMON";
  return error;
}

}  // namespace

// Everything that the thread needs; it ends before the rest goes.
class EventStream::Consumer {
 public:
  Consumer(const EventStreamOptions& options, OnEvent on_event)
      : options_(options), on_event_(std::move(on_event)) {}

  ~Consumer() {
    stopping_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  Result<void> start() {
    const LibbpfLog log;
    wake_fd_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake_fd_ || !open_buffers()) return unexpected(stream_error(options_, errno, log));
    const BlockSignals block;
    thread_ = std::thread([this] { run(); });
    return {};
  }

  bool catch_up(Duration at_most) {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    std::uint64_t wanted = 0;
    {
      const MutexLock lock(mutex_);
      wanted = ++wanted_;
    }
    wake();
    const MutexLock lock(mutex_);
    while (caught_up_ < wanted) {
      if (caught_up_changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
        return caught_up_ >= wanted;
      }
    }
    return true;
  }

  std::shared_ptr<const EventCounts> counts() const { return counts_; }

 private:
  bool open_buffers() {
    if (options_.map_type == BPF_MAP_TYPE_RINGBUF) {
      ring_.reset(ring_buffer__new(options_.fd, on_ring_event, this, nullptr));
      return ring_ != nullptr;
    }
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    perf_.reset(perf_buffer__new(options_.fd, options_.buffer_bytes / page, on_perf_event,
                                 on_perf_loss, this, nullptr));
    return perf_ != nullptr;
  }

  int buffers_fd() const {
    return ring_ ? ring_buffer__epoll_fd(ring_.get()) : perf_buffer__epoll_fd(perf_.get());
  }

  void wake() {
    // Nonblocking: it fails only where the thread has been woken 2^64 times already.
    if (wake_fd_) ::eventfd_write(wake_fd_.get(), 1);
  }

  void run() {
    static_cast<void>(keep_capabilities({}));  // what it reads is mapped already
    while (!stopping_) {
      std::array<pollfd, 2> waiting = {pollfd{wake_fd_.get(), POLLIN, 0},
                                       pollfd{buffers_fd(), POLLIN, 0}};
      ::poll(waiting.data(), waiting.size(), kIdleMilliseconds);
      if (waiting[0].revents != 0) {
        eventfd_t times = 0;
        ::eventfd_read(wake_fd_.get(), &times);
      }
      consume();
    }
  }

  // Takes what is there. Everything that was submitted before it began is handed on at its end.
  void consume() {
    std::uint64_t wanted = 0;
    {
      const MutexLock lock(mutex_);
      wanted = wanted_;
    }
    const int result =
        ring_ ? ring_buffer__consume(ring_.get()) : perf_buffer__consume(perf_.get());
    if (result < 0) return;  // stopping
    {
      const MutexLock lock(mutex_);
      caught_up_ = wanted;
    }
    caught_up_changed_.notify_all();
  }

  // A ring buffer into which programs write without pause never becomes empty: a negative answer
  // ends ring_buffer__consume() behind this event.
  static int on_ring_event(void* context, void* data, std::size_t size) {
    auto* consumer = static_cast<Consumer*>(context);
    if (consumer->stopping_.load(std::memory_order_relaxed)) return -ECANCELED;
    consumer->hand_on(data, size);
    return 0;
  }
  static void on_perf_event(void* context, int /*cpu*/, void* data, std::uint32_t size) {
    auto* consumer = static_cast<Consumer*>(context);
    if (!consumer->stopping_.load(std::memory_order_relaxed)) consumer->hand_on(data, size);
  }
  static void on_perf_loss(void* context, int /*cpu*/, unsigned long long count) {
    static_cast<Consumer*>(context)->counts_->lost.fetch_add(count, std::memory_order_relaxed);
  }

  void hand_on(const void* data, std::size_t size) {
    if (size < options_.event_size) {
      counts_->malformed.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    on_event_({static_cast<const std::byte*>(data), size});
    counts_->events.fetch_add(1, std::memory_order_relaxed);
  }

  const EventStreamOptions options_;
  const OnEvent on_event_;
  const std::shared_ptr<EventCounts> counts_ = std::make_shared<EventCounts>();
  RingBufferPtr ring_;  // one of the two
  PerfBufferPtr perf_;
  UniqueFd wake_fd_;
  std::atomic<bool> stopping_{false};

  Mutex mutex_;
  ConditionVariable caught_up_changed_;
  std::uint64_t wanted_ BPFMAP_GUARDED_BY(mutex_) = 0;  // calls of catch_up()
  std::uint64_t caught_up_ BPFMAP_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

EventStream::EventStream(std::unique_ptr<Consumer> consumer) : consumer_(std::move(consumer)) {}
EventStream::~EventStream() = default;

Result<std::unique_ptr<EventStream>> EventStream::open(const EventStreamOptions& options,
                                                       OnEvent on_event) {
  auto consumer = std::make_unique<Consumer>(options, std::move(on_event));
  if (auto started = consumer->start(); !started) return unexpected(started.error());
  return std::unique_ptr<EventStream>(new EventStream(std::move(consumer)));
}

bool EventStream::catch_up(Duration at_most) { return consumer_->catch_up(at_most); }
std::shared_ptr<const EventCounts> EventStream::counts() const { return consumer_->counts(); }

}  // namespace bpfmap::kernel
