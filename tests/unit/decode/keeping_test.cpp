// SPDX-License-Identifier: Apache-2.0
#include "decode/keeping.h"

#include <array>

#include "plan_fixture.h"

namespace bpfmap::decode {
namespace {

TEST(Unescaped, GivesTheTextBack) {
  EXPECT_EQ(unescaped(R"(a\\b\"c\nd)"), "a\\b\"c\nd");
  EXPECT_EQ(unescaped(R"(\\n)"), "\\n");
  EXPECT_EQ(unescaped(""), "");
  EXPECT_EQ(unescaped("end\\"), "end\\");
}

class Filter : public ::testing::Test {
 protected:
  bool passes(const char* keep, const char* drop, const std::string& comm) {
    config::Diagnostics diagnostics(source_of(""));
    const kernel::Field field{"comm", text(16), 0, 0, 0};
    const LabelFilter filter(*LabelDecoder::compile(field, {}, {}, diagnostics), keep, drop);
    std::array<std::byte, 16> key{};
    std::memcpy(key.data(), comm.data(), comm.size());
    DecodeState state(names_);
    return filter.passes(key.data(), state);
  }

  host::HostNames names_{[] { return std::vector<host::HostNames::Row>(); },
                         [] { return std::vector<host::HostNames::Row>(); }};
};

TEST_F(Filter, MatchesTheWholeText) {
  EXPECT_TRUE(passes("nginx", "", "nginx"));
  EXPECT_FALSE(passes("ngin", "", "nginx"));
  EXPECT_FALSE(passes("ginx", "", "nginx"));
  EXPECT_FALSE(passes("", "n.*", "nginx"));
  EXPECT_TRUE(passes("", "n", "nginx"));
  EXPECT_FALSE(passes("n.*", ".*x", "nginx")) << "drop wins";
  EXPECT_TRUE(passes("", "", "anything"));
}

TEST_F(Filter, MatchesTheTextAsItIsAndNotAsItIsWritten) {
  EXPECT_TRUE(passes(R"(a"b\\c)", "", R"(a"b\c)"));
  EXPECT_TRUE(passes("a\\nb", "", "a\nb"));
  EXPECT_FALSE(passes("", "^$", ""));
}

}  // namespace
}  // namespace bpfmap::decode
