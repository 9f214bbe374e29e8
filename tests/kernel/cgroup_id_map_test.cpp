// SPDX-License-Identifier: Apache-2.0
#include "kernel/cgroup_id_map.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "support/bpf_requirements.h"

namespace bpfmap::kernel {
namespace {

class CgroupIdMapTest : public test::BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    fd_.reset(bpf_map_create(BPF_MAP_TYPE_HASH, "ids", 8, 8, 4, nullptr));
    ASSERT_TRUE(fd_);
    CgroupIdMapOptions options;
    options.map = "ids";
    options.map_type = BPF_MAP_TYPE_HASH;
    options.fd = fd_.get();
    options.matches = [](const std::string& path) { return path.ends_with(".service"); };
    map_.emplace(std::move(options));
  }

  std::optional<std::uint64_t> value_of(std::uint64_t id) const {
    std::uint64_t value = 0;
    if (bpf_map_lookup_elem(fd_.get(), &id, &value) != 0) return std::nullopt;
    return value;
  }
  void put(std::uint64_t id) const {
    const std::uint64_t one = 1;
    ASSERT_EQ(bpf_map_update_elem(fd_.get(), &id, &one, BPF_ANY), 0);
  }

  UniqueFd fd_;
  std::optional<CgroupIdMap> map_;
};

TEST_F(CgroupIdMapTest, HoldsTheCgroupsThatMatchAsLongAsTheyAreThere) {
  map_->add("/sys/fs/cgroup/a.service", 7);
  map_->add("/sys/fs/cgroup/a.slice", 8);
  EXPECT_EQ(value_of(7), 1U);
  EXPECT_EQ(value_of(8), std::nullopt);
  map_->remove(8);
  EXPECT_EQ(value_of(7), 1U);
  map_->remove(7);
  EXPECT_EQ(value_of(7), std::nullopt);
}

TEST_F(CgroupIdMapTest, LosesWhatAnotherConfigurationHasLeft) {
  put(8);
  put(9);
  map_->add("/sys/fs/cgroup/a.slice", 8);
  EXPECT_EQ(value_of(8), std::nullopt);
  map_->add("/sys/fs/cgroup/b.service", 9);
  EXPECT_EQ(value_of(9), 1U);
}

TEST_F(CgroupIdMapTest, AFullMapIsSaidOnceAndFilledWhenThereIsRoom) {
  for (std::uint64_t id = 1; id <= 4; ++id) map_->add("/x.service", id);
  ::testing::internal::CaptureStderr();
  map_->add("/too.many.service", 5);
  map_->add("/far.too.many.service", 6);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("the id of a cgroup could not be written"), std::string::npos) << said;
  EXPECT_NE(said.find("/too.many.service"), std::string::npos) << said;
  EXPECT_EQ(said.find("/far.too.many.service"), std::string::npos) << said;
  map_->remove(1);
  EXPECT_EQ(value_of(5), 1U);
  EXPECT_EQ(value_of(6), std::nullopt);
  map_->remove(6);
  map_->remove(2);
  EXPECT_EQ(value_of(6), std::nullopt) << "it is gone";
}

TEST(CgroupIdMap, SaysWhyAMapCannotHoldIds) {
  EXPECT_EQ(why_no_cgroup_ids(BPF_MAP_TYPE_HASH, 8, 8), "");
  EXPECT_EQ(why_no_cgroup_ids(BPF_MAP_TYPE_LRU_HASH, 8, 8), "");
  EXPECT_NE(why_no_cgroup_ids(BPF_MAP_TYPE_PERCPU_HASH, 8, 8), "");
  EXPECT_NE(why_no_cgroup_ids(BPF_MAP_TYPE_ARRAY, 4, 8), "");
  EXPECT_NE(why_no_cgroup_ids(BPF_MAP_TYPE_HASH, 4, 8), "");
  EXPECT_NE(why_no_cgroup_ids(BPF_MAP_TYPE_HASH, 8, 4), "");
}

}  // namespace
}  // namespace bpfmap::kernel
