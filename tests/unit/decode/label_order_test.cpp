// SPDX-License-Identifier: Apache-2.0
#include "decode/render/label_order.h"

#include <gtest/gtest.h>

namespace bpfmap::decode {
namespace {

TEST(LabelOrder, IsThatOfTheNames) {
  LabelOrder order({"pid", "comm", "cpu"});
  EXPECT_EQ(order.apply(R"(pid="1",comm="a",cpu="0")"), R"(comm="a",cpu="0",pid="1")");
  EXPECT_EQ(order.apply(R"(pid="2",comm="b",cpu="1")"), R"(comm="b",cpu="1",pid="2")");
}

TEST(LabelOrder, IsNotMisledByWhatValuesHold) {
  LabelOrder order({"b", "a"});
  EXPECT_EQ(order.apply(R"(b="x\",a=\"y",a="\\")"), R"(a="\\",b="x\",a=\"y")");
  EXPECT_EQ(order.apply(R"(b="\\\"",a="{,=}")"), R"(a="{,=}",b="\\\"")");
}

// To Prometheus, an empty label is none.
TEST(LabelOrder, LeavesEmptyLabelsOut) {
  LabelOrder order({"b", "a", "c"});
  EXPECT_EQ(order.apply(R"(b="",a="",c="1")"), R"(c="1")");
  EXPECT_EQ(order.apply(R"(b="1",a="",c="")"), R"(b="1")");
  EXPECT_EQ(order.apply(R"(b="",a="",c="")"), "");
  EXPECT_EQ(order.apply(R"(b="\"",a="=\"\"",c="")"), R"(a="=\"\"",b="\"")");
}

TEST(LabelOrder, OfNoLabels) {
  LabelOrder order({});
  EXPECT_EQ(order.apply(""), "");
}

}  // namespace
}  // namespace bpfmap::decode
