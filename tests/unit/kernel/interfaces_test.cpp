// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/interfaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpfmap::kernel {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<Interface> kAvailable{{1, "lo"}, {2, "eth0"}, {3, "veth1a"}, {4, "veth2b"}};

std::vector<std::string> select(const std::vector<std::string>& patterns) {
  const auto selected = select_interfaces(patterns, kAvailable);
  EXPECT_TRUE(selected) << selected.error().message();
  std::vector<std::string> names;
  if (!selected) return names;
  for (const Interface& interface : *selected) names.push_back(interface.name);
  return names;
}

std::string error_of(const std::vector<std::string>& patterns) {
  const auto selected = select_interfaces(patterns, kAvailable);
  return selected ? "selected" : selected.error().message();
}

TEST(Interfaces, AreSelectedByNameAndGlobOnceEach) {
  EXPECT_THAT(select({"eth0"}), ElementsAre("eth0"));
  EXPECT_THAT(select({"veth*"}), ElementsAre("veth1a", "veth2b"));
  EXPECT_THAT(select({"veth2b", "veth*", "veth?b", "lo"}), ElementsAre("lo", "veth1a", "veth2b"));
  EXPECT_THAT(select({"[el]*"}), ElementsAre("lo", "eth0"));
  EXPECT_THAT(select({"eth0", "wlan*"}), ElementsAre("eth0")) << "what a pattern may not find";
}

TEST(Interfaces, ThatDoNotExistAreAnError) {
  EXPECT_THAT(error_of({"lo", "eht0"}), HasSubstr("'eht0': there is none of this name"));
  EXPECT_THAT(error_of({"eht0"}), HasSubstr("(did you mean 'eth0'?)"));
  EXPECT_THAT(error_of({"wlan*"}), HasSubstr("'wlan*': no interface matches"));
  EXPECT_THAT(error_of({"wlan*"}), HasSubstr("hint: interfaces are looked for"));
}

TEST(Interfaces, ThatMatchAreToldApartFromThoseThatAreNotThere) {
  const std::vector<std::string> patterns{"veth*", "eht0", "wlan*", "wlan?", "lo"};
  const InterfaceMatches matches = match_interfaces(patterns, kAvailable);
  ASSERT_EQ(matches.interfaces.size(), 3u);
  EXPECT_EQ(matches.interfaces.front().name, "lo");
  ASSERT_EQ(matches.missing.size(), 1u);
  EXPECT_THAT(matches.missing.front().message(), HasSubstr("'eht0': there is none of this name"));
  EXPECT_THAT(matches.unmatched, ElementsAre("wlan*", "wlan?"));
}

TEST(Interfaces, AreTheSameUnderAnotherName) {
  EXPECT_EQ(place_name({3, "veth1a"}), place_name({3, "other"}));
  EXPECT_NE(place_name({3, "veth1a"}), place_name({4, "veth1a"}));
}

TEST(Interfaces, OfThisMachineContainTheLoopback) {
  const auto interfaces = list_interfaces();
  ASSERT_TRUE(interfaces);
  std::vector<std::string> names;
  for (const Interface& interface : *interfaces) {
    names.push_back(interface.name);
    EXPECT_GT(interface.index, 0);
  }
  EXPECT_THAT(names, Contains("lo"));
}

}  // namespace
}  // namespace bpfmap::kernel
