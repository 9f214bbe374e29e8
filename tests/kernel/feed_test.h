// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "collect/foreign_feed.h"
#include "kernel/loaded_maps.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/fake_clock.h"

// Maps that the exporter does not own, as its sampler reads them.
namespace bpfmap::test {

// A map without BTF; no name where that is empty. Throws where the kernel refuses.
UniqueFd create_map(std::uint32_t type, const std::string& name, std::uint32_t key_size = 4,
                    std::uint32_t value_size = 8, std::uint32_t max_entries = 16);
// A map of maps that look like `inner`, under u32 keys.
UniqueFd create_outer(std::uint32_t type, int inner, std::uint32_t max_entries = 16);
void set(int map, std::uint32_t key, std::uint64_t value);
void set_inner(int outer, std::uint32_t key, int inner);
std::uint32_t id_of(int map);
std::size_t open_descriptors();

class FeedTest : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (!cannot_run()) lacks(folder_.problem());
  }
  bool cannot_run() const { return IsSkipped() || HasFatalFailure(); }

  // Of a file whose only map is this entry of `maps`, without its braces. Throws where it
  // does not parse.
  std::unique_ptr<collect::ForeignFeed> feed(const std::string& entry);

  // One walk: the page that it makes, or the message of its error.
  static std::string page(collect::ForeignFeed& feed);
  // The same, taken apart. Fails the test where the walk does.
  static Samples samples(collect::ForeignFeed& feed);

  BpfFolder folder_;
  FakeClock clock_;
};

}  // namespace bpfmap::test
