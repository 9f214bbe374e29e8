// SPDX-License-Identifier: Apache-2.0
#include "kernel/event_stream.h"

#include <gmock/gmock.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "bpf_test.h"
#include "kernel/map_types.h"
#include "support/eventually.h"

// Streams of real events: those of this process, which tests/objects/events.bpf.c makes of its
// calls of prctl().
namespace bpfmap::kernel {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using testing::HasSubstr;

struct Request {
  std::uint32_t op;
  std::int32_t status;
  std::uint64_t bytes;
  std::uint64_t latency_us;
  char comm[16];
};

enum Where : unsigned long { kRing = 0, kPerf = 1, kSmall = 2, kShortRing = 16, kShortPerf = 17 };

void send(Where where, unsigned long op, unsigned long bytes = 0, unsigned long latency_us = 0) {
  ::syscall(SYS_prctl, 0x45564e54, op, bytes, latency_us, static_cast<unsigned long>(where));
}

// What a stream has handed on, in the order in which it came.
class Received {
 public:
  EventStream::OnEvent sink() {
    return [this](std::span<const std::byte> event) {
      Request request{};
      std::memcpy(&request, event.data(), sizeof(request));
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    };
  }
  std::vector<Request> all() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
};

class EventStreams : public test::BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || test::lacks(test::mount_tracefs())) return;
    Object object = open_test_object("events");
    const auto target = static_cast<std::uint32_t>(::getpid());
    ASSERT_TRUE(object.set_global("target", std::as_bytes(std::span(&target, 1))));
    const auto loaded = object.load({});
    ASSERT_TRUE(loaded) << loaded.error().message();
    const auto attached = object.attach({});
    ASSERT_TRUE(attached) << attached.error().message();
    object_ = std::make_unique<Object>(std::move(object));
  }

  EventStreamOptions options(const std::string& map) const {
    EventStreamOptions options;
    options.map = map;
    options.map_type = map == "perf_events" ? BPF_MAP_TYPE_PERF_EVENT_ARRAY : BPF_MAP_TYPE_RINGBUF;
    options.fd = object_->map_fd(map);
    options.event_size = sizeof(Request);
    return options;
  }

  std::unique_ptr<EventStream> open(const EventStreamOptions& options, EventStream::OnEvent sink) {
    auto stream = EventStream::open(options, std::move(sink));
    if (!stream) throw std::runtime_error(stream.error().message());
    return *std::move(stream);
  }

  // Every event of a known number arrives once, whole and in its order.
  void expect_every_event(const std::string& map, Where where) {
    constexpr unsigned long kEvents = 2000;
    const auto stream = open(options(map), received_.sink());
    for (unsigned long i = 0; i < kEvents; ++i) send(where, i % 7, i, 2 * i);
    EXPECT_TRUE(stream->catch_up(10s));
    const std::vector<Request> requests = received_.all();
    ASSERT_EQ(requests.size(), kEvents);
    for (unsigned long i = 0; i < kEvents; ++i) {
      EXPECT_EQ(requests[i].op, i % 7);
      EXPECT_EQ(requests[i].status, -static_cast<int>(i % 7 % 3));
      EXPECT_EQ(requests[i].bytes, i);
      EXPECT_EQ(requests[i].latency_us, 2 * i);
    }
    EXPECT_EQ(stream->counts()->events, kEvents);
    EXPECT_EQ(stream->counts()->malformed, 0U);
    EXPECT_EQ(stream->counts()->lost, 0U);
  }

  Received received_;
  std::unique_ptr<Object> object_;
};

TEST_F(EventStreams, BringEveryEventOfARingBuffer) { expect_every_event("events", kRing); }

// A thread that moves to another CPU writes into another buffer, which may be read first.
TEST_F(EventStreams, BringEveryEventOfAPerfBuffer) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(::sched_getcpu(), &here);
  ASSERT_EQ(::sched_setaffinity(0, sizeof(here), &here), 0);
  expect_every_event("perf_events", kPerf);
  ::sched_setaffinity(0, sizeof(before), &before);
}

TEST_F(EventStreams, WakeUpByThemselves) {
  for (const auto& [map, where] : {std::pair("events", kRing), std::pair("perf_events", kPerf)}) {
    const auto stream = open(options(map), received_.sink());
    const auto is_there = [&] { return stream->counts()->events == 1; };
    send(where, 1);
    EXPECT_TRUE(eventually(is_there)) << map;
  }
}

TEST_F(EventStreams, CountShortEventsAndGoOn) {
  for (const auto& [map, where, cut] :
       {std::tuple("events", kRing, kShortRing), std::tuple("perf_events", kPerf, kShortPerf)}) {
    const auto stream = open(options(map), received_.sink());
    send(where, 0);
    send(cut, 0);
    send(cut, 0);
    send(where, 0);
    EXPECT_TRUE(stream->catch_up(10s));
    EXPECT_EQ(stream->counts()->events, 2U) << map;
    EXPECT_EQ(stream->counts()->malformed, 2U) << map;
  }
}

TEST_F(EventStreams, OneByteLessIsShort) {
  EventStreamOptions longer = options("events");
  longer.event_size += 1;
  const auto stream = open(longer, received_.sink());
  send(kRing, 0);
  EXPECT_TRUE(stream->catch_up(10s));
  EXPECT_EQ(stream->counts()->events, 0U);
  EXPECT_EQ(stream->counts()->malformed, 1U);
}

TEST_F(EventStreams, TakeEventsThatAreLongerThanTheStruct) {
  for (const auto& [map, where] : {std::pair("events", kRing), std::pair("perf_events", kPerf)}) {
    EventStreamOptions shorter = options(map);
    shorter.event_size = 12;
    std::atomic<std::size_t> least = 1000;
    const auto stream =
        open(shorter, [&](std::span<const std::byte> event) { least = event.size(); });
    send(where, 0);
    EXPECT_TRUE(stream->catch_up(10s));
    EXPECT_EQ(stream->counts()->events, 1U) << map;
    EXPECT_GE(least, sizeof(Request)) << map;
    EXPECT_LE(least, sizeof(Request) + 8) << map;
  }
}

// Of two buffers of a page, whatever does not fit is counted. The kernel tells it with the next
// event that does.
TEST_F(EventStreams, EventsAndLossesOfAFloodAreAllThatWasSent) {
  EventStreamOptions tiny = options("perf_events");
  tiny.buffer_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::atomic<bool> is_held = true;
  const auto stream = open(tiny, [&](std::span<const std::byte>) {
    while (is_held) std::this_thread::sleep_for(1ms);
  });
  const auto counts = stream->counts();
  constexpr std::uint64_t kEvents = 5000;
  for (std::uint64_t i = 0; i < kEvents; ++i) send(kPerf, 0);
  is_held = false;
  std::uint64_t sent = kEvents;
  // On whichever CPU events were lost, one of these is going to be.
  const auto is_complete = [&] {
    send(kPerf, 0);
    ++sent;
    stream->catch_up(10s);
    return counts->events + counts->lost == sent;
  };
  EXPECT_TRUE(eventually(is_complete)) << counts->events << " + " << counts->lost << " of " << sent;
  EXPECT_GT(counts->lost, 0U);
  EXPECT_GT(counts->events, 0U);
}

std::uint64_t lost_updates(const Object& object) {
  const auto cpus =
      static_cast<std::size_t>(object.maps().empty() ? 1 : ::sysconf(_SC_NPROCESSORS_CONF));
  std::vector<std::uint64_t> values(std::max<std::size_t>(cpus, 1024));
  std::uint32_t key = 0;
  bpf_attr attributes;  // {} would clear the first member of the union only
  std::memset(&attributes, 0, sizeof(attributes));
  attributes.map_fd = static_cast<std::uint32_t>(object.map_fd("bpfmap_lost_updates"));
  attributes.key = reinterpret_cast<std::uintptr_t>(&key);
  attributes.value = reinterpret_cast<std::uintptr_t>(values.data());
  EXPECT_EQ(::syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes)), 0);
  std::uint64_t total = 0;
  for (const std::uint64_t value : values) total += value;
  return total;
}

// The ring buffer of one page is not read before it is full.
TEST_F(EventStreams, WhatARingBufferRefusesTheHelperCounts) {
  constexpr std::uint64_t kEvents = 1000;
  for (std::uint64_t i = 0; i < kEvents; ++i) send(kSmall, 0, i);
  const std::uint64_t lost = lost_updates(*object_);
  EXPECT_GT(lost, 800U);
  const auto stream = open(options("small"), received_.sink());
  EXPECT_TRUE(stream->catch_up(10s));
  EXPECT_EQ(received_.all().size() + lost, kEvents);
  EXPECT_FALSE(received_.all().empty());
}

TEST_F(EventStreams, StopWhileEventsComeWithoutEnd) {
  std::atomic<bool> stop = false;
  std::thread flood([&] {
    while (!stop) send(kRing, 0);
  });
  auto stream = open(options("events"), received_.sink());
  const auto counts = stream->counts();
  EXPECT_TRUE(eventually([&] { return counts->events > 1000; }));
  const auto begin = std::chrono::steady_clock::now();
  stream.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  const std::uint64_t events = counts->events;
  stop = true;
  flood.join();
  EXPECT_EQ(counts->events, events) << "the counts outlive the stream, and stand still";
}

TEST_F(EventStreams, CatchingUpEndsAlthoughEventsDoNot) {
  std::atomic<bool> is_held = true;
  const auto stream = open(options("events"), [&](std::span<const std::byte>) {
    while (is_held) std::this_thread::sleep_for(1ms);
  });
  send(kRing, 0);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(stream->catch_up(20ms));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  is_held = false;
  EXPECT_TRUE(stream->catch_up(10s));
}

// Signals are for the main thread.
TEST_F(EventStreams, HandleNoSignals) {
  sigset_t mask;
  ::sigemptyset(&mask);
  std::atomic<bool> is_seen = false;
  const auto stream = open(options("events"), [&](std::span<const std::byte>) {
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    is_seen = true;
  });
  send(kRing, 0);
  EXPECT_TRUE(eventually([&] { return is_seen.load(); }));
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) {
    EXPECT_EQ(::sigismember(&mask, signal), 1) << signal;
  }
}

TEST_F(EventStreams, LeaveNothingBehind) {
  const auto count = [] {
    std::size_t fds = 0;
    for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator("/proc/self/fd"))
      ++fds;
    return fds;
  };
  const std::size_t before = count();
  for (const char* map : {"events", "perf_events"}) {
    const auto stream = open(options(map), received_.sink());
    EXPECT_GT(count(), before);
  }
  EXPECT_EQ(count(), before);
}

TEST_F(EventStreams, SayWhyTheyCannotBeRead) {
  EventStreamOptions wrong = options("events");
  wrong.fd = object_->map_fd("bpfmap_lost_updates");
  const auto stream = EventStream::open(wrong, received_.sink());
  ASSERT_FALSE(stream);
  EXPECT_THAT(stream.error().message(), HasSubstr("read events of map 'events'"));
  EXPECT_THAT(stream.error().message(), HasSubstr("EINVAL"));
  EXPECT_EQ(stream.error().kind, ErrorKind::kSystem);
}

// Needs no kernel, but the object.
TEST(StructType, IsFoundByItsName) {
  const Object object = open_test_object("events");
  for (const char* name : {"request", "struct request"}) {
    const auto type = object.struct_type(name);
    ASSERT_TRUE(type) << type.error().message();
    EXPECT_EQ((*type)->name, "struct request");
    EXPECT_EQ((*type)->size, sizeof(Request));
    EXPECT_EQ((*type)->members.size(), 5U);
  }
  EXPECT_TRUE(object.struct_type("kept_by_a_pointer"));
  EXPECT_TRUE(object.struct_type("numbered")) << "a typedef";
}

TEST(StructType, IsMissedBySuggestions) {
  const Object object = open_test_object("events");
  EXPECT_THAT(
      object.struct_type("struct requst").error().message(),
      testing::AllOf(HasSubstr("no struct 'requst' in the BTF of "),
                     HasSubstr("(did you mean 'request'?)"), HasSubstr("clang leaves out")));
  EXPECT_THAT(object.struct_type("__u32").error().message(), HasSubstr("is no struct"));
}

// The kernel takes no sizes but its own; the struct is there for the exporter alone.
TEST(StructType, OfTheMapsValue) {
  const Object object = open_test_object("events");
  for (const MapInfo& map : object.maps()) {
    if (map.name != "events" && map.name != "perf_events") continue;
    ASSERT_TRUE(map.value) << map.name;
    EXPECT_EQ(map.value->name, "struct request");
    EXPECT_EQ(map.shape.value_size,
              is_event_stream(map.shape.type) && map.name == "events" ? 0U : 4U);
  }
}

}  // namespace
}  // namespace bpfmap::kernel
