// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bpf_test.h"
#include "collect/keep/kept_rows.h"
#include "config/load.h"
#include "decode/compile_rows.h"
#include "kernel/open_reader.h"
#include "kernel/readers/batch_reader.h"
#include "support/fake_clock.h"

// Totals of real maps, while the kernel evicts and programs count.
namespace bpfmap::kernel {
namespace {

using namespace std::chrono_literals;
using collect::KeptRows;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Totals = std::map<std::uint32_t, std::uint64_t>;

constexpr int kThreads = 4;

Object start_counting() {
  Object object = open_test_object("keeping");
  const auto set = [&](const char* name, const auto& value) {
    const auto done = object.set_global(name, std::as_bytes(std::span(&value, 1)));
    if (!done) throw std::runtime_error(done.error().message());
  };
  set("process", static_cast<std::uint32_t>(getpid()));
  // One that nothing else here makes.
  set("call", std::int64_t{SYS_getpriority});
  if (auto loaded = object.load({}); !loaded) throw std::runtime_error(loaded.error().message());
  if (auto attached = object.attach({}); !attached) {
    throw std::runtime_error(attached.error().message());
  }
  return object;
}

void make_calls(int count) {
  for (int i = 0; i < count; ++i) syscall(SYS_getpriority, 0, 0);
}

// What a configuration makes of a map's rows.
class KeptMap {
 public:
  KeptMap(const Object& object, const std::string& map, const std::string& mode)
      : fd_(object.map_fd(map)) {
    for (const MapInfo& info : object.maps()) {
      if (info.name == map) shape_ = info.shape, compile(info, mode);
    }
    if (mode.find("drain") != std::string::npos) {
      reader_ = open_draining_reader(map, fd_, shape_);
    } else {
      reader_ = *open_reader(map, fd_, shape_, model::ReaderChoice::kBatch, kernel_map_syscalls());
    }
    kept_->read_from(*reader_,
                     [this](const std::string& key) { return delete_key(fd_, key.data()); });
  }

  // Walks, and returns the rows by key; the rest is called UINT32_MAX.
  Totals walk() {
    Totals totals;
    kept_->rewind();
    while (true) {
      RowBlock block(kept_->shape(), 1);
      const auto more = kept_->next_batch(block);
      EXPECT_TRUE(more) << (more ? "" : more.error().message());
      for (std::uint32_t row = 0; more && row < block.count(); ++row) {
        std::uint32_t key = UINT32_MAX;
        if (!block.is_rest()) std::memcpy(&key, block.key(row), sizeof(key));
        std::uint64_t value = 0;
        std::memcpy(&value, block.value(row), sizeof(value));
        EXPECT_TRUE(totals.emplace(key, value).second) << key;
      }
      if (!more || !*more) return totals;
    }
  }

  std::uint64_t entries() const { return kept_->counts().entries; }
  void set(std::uint32_t key, std::uint64_t value) {
    EXPECT_EQ(bpf_map_update_elem(fd_, &key, &value, BPF_ANY), 0);
  }
  void remove(std::uint32_t key) { delete_key(fd_, &key); }
  bool has(std::uint32_t key) const {
    std::uint64_t value = 0;
    return bpf_map_lookup_elem(fd_, &key, &value) == 0;
  }

  test::FakeClock clock;

 private:
  void compile(const MapInfo& info, const std::string& mode) {
    const auto source = std::make_shared<const config::Source>(
        config::Source{"test.yaml", "object: x.bpf.o\nmaps: [ { map: " + info.name + ", " + mode +
                                        ", metrics: [ { counter: c_total } ] } ]\n"});
    config::Diagnostics diagnostics(source);
    const config::Config config =
        config::parse_config(source, config::process_environment(), diagnostics);
    auto plan = decode::compile_rows(config, config.maps.at(0), info, diagnostics);
    if (!plan) throw std::runtime_error(diagnostics.render());
    kept_.emplace(*std::move(plan->keeping), clock, std::make_shared<host::Host>());
  }

  int fd_;
  MapShape shape_;
  std::unique_ptr<MapReader> reader_;
  std::optional<KeptRows> kept_;
};

std::uint64_t sum_of(const Totals& totals) {
  std::uint64_t sum = 0;
  for (const auto& [key, value] : totals) sum += value;
  return sum;
}

std::uint64_t over_cpus(const Object& object, const std::string& map) {
  for (const MapInfo& info : object.maps()) {
    if (info.name != map) continue;
    std::vector<std::uint64_t> values(info.shape.cpus);
    const std::uint32_t key = 0;
    EXPECT_EQ(bpf_map_lookup_elem(object.map_fd(map), &key, values.data()), 0);
    std::uint64_t sum = 0;
    for (const std::uint64_t value : values) sum += value;
    return sum;
  }
  ADD_FAILURE() << map;
  return 0;
}

class Keeping : public test::BpfTest {};

TEST_F(Keeping, AccumulatesAcrossEviction) {
  if (IsSkipped() || HasFailure()) return;
  const Object object = start_counting();
  KeptMap map(object, "few", "mode: accumulate");
  Totals expected;
  std::uint64_t most = 0;
  for (std::uint32_t key = 1; key <= 500; ++key) {
    map.set(key, key);
    expected[key] = key;
    // Every entry is seen before it can be evicted by the next.
    EXPECT_EQ(map.walk(), expected) << key;
    most = std::max(most, map.entries());
  }
  EXPECT_LE(most, 64U);
  EXPECT_FALSE(map.has(1));
  map.set(1, 5);
  expected[1] += 5;
  EXPECT_EQ(map.walk(), expected) << "came back";
}

TEST_F(Keeping, AccumulatesAcrossDeletion) {
  if (IsSkipped() || HasFailure()) return;
  const Object object = start_counting();
  KeptMap map(object, "in_hash", "mode: accumulate");
  map.set(1, 10);
  map.walk();
  map.remove(1);
  EXPECT_EQ(map.walk(), (Totals{{1, 10}}));
  map.set(1, 30);
  EXPECT_EQ(map.walk(), (Totals{{1, 40}}));
}

TEST_F(Keeping, DeletesWhatExpires) {
  if (IsSkipped() || HasFailure()) return;
  const Object object = start_counting();
  KeptMap map(object, "in_hash", "expire_after: 10s, delete_expired: true");
  map.set(1, 10);
  map.set(2, 20);
  map.walk();
  map.clock.advance(11s);
  map.set(2, 21);
  EXPECT_EQ(map.walk(), (Totals{{2, 21}}));
  EXPECT_FALSE(map.has(1));
  EXPECT_TRUE(map.has(2));
}

// The kernel returns whole buckets, and says ENOSPC where not even one fits.
TEST_F(Keeping, DrainsBucketsThatNeedMoreRoom) {
  if (IsSkipped() || HasFailure()) return;
  const Object object = start_counting();
  KeptMap map(object, "by_call", "mode: accumulate");  // to fill it
  for (std::uint32_t key = 0; key < 2000; ++key) map.set(key, key);
  MapShape shape;
  for (const MapInfo& info : object.maps()) {
    if (info.name == "by_call") shape = info.shape;
  }
  const auto reader = open_draining_reader("by_call", object.map_fd("by_call"), shape);
  RowBlock block(shape, 1);
  Totals drained;
  while (true) {
    const auto more = reader->next_batch(block);
    ASSERT_TRUE(more) << more.error().message();
    for (std::uint32_t row = 0; row < block.count(); ++row) {
      std::uint32_t key = 0;
      std::memcpy(&key, block.key(row), sizeof(key));
      EXPECT_TRUE(drained.emplace(key, key).second) << key << " twice";
    }
    if (!*more) break;
  }
  EXPECT_GT(block.capacity(), 1U) << "no bucket had two entries";
  EXPECT_THAT(drained, SizeIs(2000));
  std::uint32_t first = 0;
  EXPECT_LT(bpf_map_get_next_key(object.map_fd("by_call"), nullptr, &first), 0) << "not empty";
}

// More keys than the map has room for, but not between two walks.
TEST_F(Keeping, DrainingKeepsAMapFromFillingUp) {
  if (IsSkipped() || HasFailure()) return;
  const Object object = start_counting();
  KeptMap map(object, "by_call", "mode: drain");
  for (int round = 0; round < 10; ++round) {
    make_calls(1000);
    EXPECT_THAT(map.walk(), SizeIs((round + 1) * 1000));
    EXPECT_EQ(map.entries(), 1000U);
  }
  EXPECT_EQ(over_cpus(object, "refused"), 0U);
  make_calls(3000);
  EXPECT_EQ(over_cpus(object, "refused"), 3000U - 2048U) << "it could have filled up";
}

// What is lost while programs count is an increment that was under way when its entry was taken
// out: made between the copying of the value and the removal of the entry, or through a pointer
// that was looked up before. With preallocation the late one hits an element that is free, or that
// another key has got since. A thread has one increment under way at a time, so that each entry
// that is taken out costs at most one a thread (leaving aside that a hypervisor may stop the CPU
// that drains, which makes single entries cost more); and nothing is counted twice.
TEST_F(Keeping, DrainsUnderLoad) {
  if (IsSkipped() || HasFailure()) return;
  const Object object = start_counting();
  const std::vector<std::string> names = {"in_hash", "in_hash_alloc", "in_percpu", "in_lru"};
  std::vector<std::unique_ptr<KeptMap>> maps;
  for (const std::string& name : names) {
    maps.push_back(std::make_unique<KeptMap>(object, name, "mode: drain"));
  }
  std::vector<std::uint64_t> drained(maps.size());
  const auto drain_all = [&] {
    for (std::size_t i = 0; i < maps.size(); ++i) {
      maps[i]->walk();
      drained[i] += maps[i]->entries();
    }
  };
  constexpr int kCalls = 50'000;
  std::atomic<int> running = kThreads;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      make_calls(kCalls);
      --running;
    });
  }
  while (running > 0) drain_all();
  for (std::thread& thread : threads) thread.join();
  drain_all();

  const std::uint64_t truth = over_cpus(object, "truth");
  // Kernels that preempt programs leave out those of other threads meanwhile.
  const std::uint64_t missed = object.program_runs("count_calls")->recursion_misses.value_or(0);
  EXPECT_EQ(truth + missed, std::uint64_t{kThreads} * kCalls);
  for (std::size_t i = 0; i < maps.size(); ++i) {
    const std::uint64_t counted = sum_of(maps[i]->walk());
    EXPECT_EQ(maps[i]->entries(), 0U);
    EXPECT_LE(counted, truth) << names[i];
    EXPECT_LE(truth - counted, drained[i] * kThreads) << names[i];
    EXPECT_GT(counted, truth / 2) << names[i];
    std::cout << names[i] << ": lost " << truth - counted << " of " << truth << " increments, "
              << drained[i] << " entries taken out\n";
  }
}

// The same load without taking anything out loses nothing.
TEST_F(Keeping, AccumulatesUnderLoadWithoutLoss) {
  if (IsSkipped() || HasFailure()) return;
  const Object object = start_counting();
  std::vector<std::unique_ptr<KeptMap>> maps;
  for (const char* name : {"in_hash", "in_hash_alloc", "in_percpu", "in_lru"}) {
    maps.push_back(std::make_unique<KeptMap>(object, name, "mode: accumulate"));
  }
  std::atomic<int> running = kThreads;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      make_calls(20'000);
      --running;
    });
  }
  std::vector<Totals> before(maps.size());
  while (running > 0) {
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const Totals now = maps[i]->walk();
      for (const auto& [key, value] : before[i]) EXPECT_GE(now.at(key), value) << "fell";
      before[i] = now;
    }
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& map : maps) EXPECT_EQ(sum_of(map->walk()), over_cpus(object, "truth"));
}

}  // namespace
}  // namespace bpfmap::kernel
