// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/map_sizes.h"
#include "kernel/object.h"
#include "support/test_objects.h"

// Sizes that a map gets before it is made. Needs no kernel.
namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Object open_unsized() {
  auto object = Object::open_file(test::test_object("unsized"));
  if (!object) throw std::runtime_error(object.error().message());
  return *std::move(object);
}

const MapInfo& map_named(const Object& object, const std::string& name) {
  for (const MapInfo& map : object.maps()) {
    if (map.name == name) return map;
  }
  throw std::runtime_error("no map " + name);
}

std::string set_error(const MapSizesRequest& request) {
  Object object = open_unsized();
  const auto set = object.set_sizes(request);
  return set ? "set" : set.error().message();
}

TEST(ObjectSizes, AreThoseThatWereSet) {
  Object object = open_unsized();
  EXPECT_EQ(map_named(object, "counts").shape.max_entries, 0U);
  ASSERT_TRUE(object.set_sizes({"counts", {{}, {}, 100}, {}}));
  ASSERT_TRUE(object.set_sizes({"stacks", {{}, 1016, 64}, {}}));
  ASSERT_TRUE(object.set_sizes({"outer", {{}, {}, 8}, {{}, {}, 2}}));
  EXPECT_EQ(map_named(object, "counts").shape.max_entries, 100U);
  EXPECT_EQ(map_named(object, "counts").shape.value_size, 8U);
  EXPECT_EQ(map_named(object, "stacks").shape.value_size, 1016U);
  EXPECT_EQ(map_named(object, "outer").shape.max_entries, 8U);
  EXPECT_EQ(map_named(object, "outer").inner->shape.max_entries, 2U);
}

// Labels of stacks read as many frames.
TEST(ObjectSizes, OfStackMapsAreThoseOfItsStacks) {
  Object object = open_unsized();
  const auto stacks = map_named(object, "stacks").stacks->front();
  EXPECT_EQ(stacks->depth(), 0U);
  ASSERT_TRUE(object.set_sizes({"stacks", {{}, 1016, 64}, {}}));
  EXPECT_EQ(stacks->depth(), 127U);
}

TEST(ObjectSizes, OfRingBuffersAreNotRoundedInSilence) {
  Object object = open_unsized();
  ASSERT_TRUE(object.set_sizes({"ring", {{}, {}, 5000}, {}}));
  EXPECT_EQ(map_named(object, "ring").shape.max_entries, 5000U);
  EXPECT_NE(why_not_creatable(map_named(object, "ring").shape), "");
}

TEST(ObjectSizes, ThatDoNotFitAreRefused) {
  EXPECT_THAT(set_error({"count", {{}, {}, 1}, {}}),
              AllOf(HasSubstr("no map 'count' in "), HasSubstr("did you mean 'counts'?")));
  EXPECT_THAT(set_error({"counts", {{}, 16, {}}, {}}),
              HasSubstr("map 'counts': value_size: 16, but its type struct value has 8 bytes"));
  EXPECT_THAT(set_error({"counts", {8, {}, {}}, {}}), HasSubstr("key_size: 8, but its type"));
  EXPECT_THAT(set_error({"counts", {{}, {}, 1}, {{}, {}, 1}}), HasSubstr("it is a hash"));
  EXPECT_THAT(set_error({"outer", {}, {{}, 4, {}}}), HasSubstr("inner: value_size: 4, but"));
  EXPECT_THAT(set_error({"ring", {{}, 8, 4096}, {}}), HasSubstr("of a ringbuf are fixed"));
  EXPECT_EQ(set_error({"fixed", {16, 24, 5}, {}}), "set") << "no type says otherwise";
}

}  // namespace
}  // namespace bpfmap::kernel
