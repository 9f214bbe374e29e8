// SPDX-License-Identifier: Apache-2.0
#include "base/capabilities.h"

#include <gtest/gtest.h>

#include <thread>

namespace bpfmap {
namespace {

TEST(Capabilities, HaveNames) {
  EXPECT_EQ(capability_number("cap_bpf"), 39);
  EXPECT_EQ(capability_number("CAP_PERFMON"), 38);
  EXPECT_EQ(capability_number("chown"), 0);
  EXPECT_EQ(capability_number("cap_checkpoint_restore"), 40);
  EXPECT_EQ(capability_number("cap_bfp"), std::nullopt);
  CapabilitySet set;
  EXPECT_EQ(capability_names(set), "none");
  set.add(39);
  set.add(12);
  set.add(63);
  EXPECT_EQ(capability_names(set), "cap_net_admin,cap_bpf,cap_63");
}

TEST(Capabilities, AreGivenUpByOneThreadAndThoseItStarts) {
  const CapabilitySet before = permitted_capabilities().value();
  CapabilitySet here;
  CapabilitySet below;
  std::thread([&] {
    CapabilitySet kept;
    kept.add(10);
    EXPECT_TRUE(keep_capabilities(kept));
    here = permitted_capabilities().value();
    std::thread([&] { below = permitted_capabilities().value(); }).join();
  }).join();
  EXPECT_EQ(here.bits(), before.bits() & (1U << 10U));
  EXPECT_EQ(below.bits(), here.bits());
  EXPECT_EQ(permitted_capabilities().value().bits(), before.bits());
}

}  // namespace
}  // namespace bpfmap
