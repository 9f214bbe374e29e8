// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/cpu_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpfmap::kernel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(CpuList, ReadsNumbersAndRanges) {
  EXPECT_THAT(parse_cpu_list("0\n"), Optional(ElementsAre(0)));
  EXPECT_THAT(parse_cpu_list("0-3"), Optional(ElementsAre(0, 1, 2, 3)));
  EXPECT_THAT(parse_cpu_list("0-1,4,6-7\n"), Optional(ElementsAre(0, 1, 4, 6, 7)));
  EXPECT_THAT(parse_cpu_list(""), Optional(IsEmpty()));
}

TEST(CpuList, RefusesEverythingElse) {
  for (const char* text : {"x", "1-", "-1", "3-1", "0-99999999999", "1,,2", "0-1x"}) {
    EXPECT_EQ(parse_cpu_list(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace bpfmap::kernel
