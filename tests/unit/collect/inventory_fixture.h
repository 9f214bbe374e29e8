// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collect/self/inventory_metrics.h"
#include "collect/self/write_registry.h"
#include "support/fake_clock.h"
#include "support/metrics_page.h"

// Made-up inventories and the pages that they make.
namespace bpfmap::collect {

using namespace std::chrono_literals;

// An inventory with nothing in it.
inline kernel::Inventory nothing() {
  return {std::vector<kernel::ProgramRecord>(), std::vector<kernel::MapRecord>(),
          std::vector<kernel::LinkRecord>(), kernel::OwnerList(), 0};
}

inline kernel::ProgramRecord program() {
  kernel::ProgramRecord record;
  record.id = 26;
  record.type = "xdp";
  record.name = "drop_some_packets";
  record.tag = "0123456789abcdef";
  record.runs = 7;
  record.run_nanoseconds = 1500000000;
  record.recursion_misses = 2;
  record.memory_bytes = 4096;
  record.verified_instructions = 321;
  record.load_time_ns = 2500000000;
  record.map_ids = {25, 27};
  return record;
}

inline kernel::MapRecord map() {
  kernel::MapRecord record;
  record.id = 25;
  record.type = "hash";
  record.name = "packets";
  record.key_bytes = 4;
  record.value_bytes = 8;
  record.max_entries = 1024;
  record.memory_bytes = 9488;
  record.entries = 17;
  record.frozen = false;
  return record;
}

// What the test wants the kernel to say; counts how often it is asked.
struct FakeKernel {
  std::function<kernel::Inventory()> answer = nothing;
  std::atomic<int> asked = 0;
};

class FakeSource final : public kernel::InventorySource {
 public:
  explicit FakeSource(FakeKernel& kernel) : kernel_(kernel) {}
  kernel::Inventory read() override {
    ++kernel_.asked;
    return kernel_.answer();
  }

 private:
  FakeKernel& kernel_;
};

class InventoryMetricsTest : public ::testing::Test {
 protected:
  std::string text() const {
    return write_registry(metrics_.Collect(), exposition::Format::kText).to_string();
  }
  test::MetricsPage page() const { return test::MetricsPage(text()); }

  void set(const kernel::Inventory& inventory) {
    kernel_.answer = [inventory] { return inventory; };
    clock_.advance(1h);
  }

  test::FakeClock clock_;
  FakeKernel kernel_;
  InventoryMetrics metrics_{std::make_unique<FakeSource>(kernel_), clock_};
};

}  // namespace bpfmap::collect
