// SPDX-License-Identifier: Apache-2.0
#include "http/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpfmap::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(QueryTest, TakesTheValuesOfANameInTheirOrder) {
  EXPECT_THAT(query_values("a[]=1&b=2&a[]=3", "a[]"), ElementsAre("1", "3"));
  EXPECT_THAT(query_values("a[]=1&b=2&a[]=3", "b"), ElementsAre("2"));
  EXPECT_THAT(query_values("a[]=1", "a"), IsEmpty());
  EXPECT_THAT(query_values("", "a"), IsEmpty());
}

TEST(QueryTest, DecodesNamesAndValues) {
  EXPECT_THAT(query_values("a%5B%5d=x%20y+z%2Bw", "a[]"), ElementsAre("x y z+w"));
  EXPECT_THAT(query_values("a=%C3%A4%00b", "a"), ElementsAre(std::string("\xC3\xA4\0b", 4)));
  EXPECT_THAT(query_values("a=b=c", "a"), ElementsAre("b=c"));
}

TEST(QueryTest, WhatIsNoEscapeStays) {
  EXPECT_THAT(query_values("a=%zz&a=%4&a=%&a=%-1&a=%+1&a=100%", "a"),
              ElementsAre("%zz", "%4", "%", "%-1", "% 1", "100%"));
}

TEST(QueryTest, EmptyPartsAreNoNames) {
  EXPECT_THAT(query_values("&&a&a=&=a&", "a"), ElementsAre("", ""));
  EXPECT_THAT(query_values("&&=x&", ""), ElementsAre("", "", "x"));
}

}  // namespace
}  // namespace bpfmap::http
