// SPDX-License-Identifier: Apache-2.0
#include "base/suggest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bpfmap {
namespace {

const std::vector<std::string>& some_keys() {
  static const std::vector<std::string> keys = {"interval", "max_age", "labels", "metrics",
                                                "reader"};
  return keys;
}

TEST(ClosestMatch, FindsMisspellings) {
  EXPECT_EQ(closest_match("intervall", some_keys()), "interval");  // insertion
  EXPECT_EQ(closest_match("interva", some_keys()), "interval");    // deletion
  EXPECT_EQ(closest_match("lebels", some_keys()), "labels");       // replacement
  EXPECT_EQ(closest_match("metrisc", some_keys()), "metrics");     // swap of neighbours
  EXPECT_EQ(closest_match("max-age", some_keys()), "max_age");
}

TEST(ClosestMatch, CountsASwapAsOneStep) {
  const std::vector<std::string> keys = {"cpu"};
  EXPECT_EQ(closest_match("pcu", keys), "cpu") << "a short word allows one step only";
}

TEST(ClosestMatch, FindsTheWordItself) {
  EXPECT_EQ(closest_match("reader", some_keys()), "reader");
}

TEST(ClosestMatch, PrefersTheNearest) {
  const std::vector<std::string> keys = {"bucket", "buckets"};
  EXPECT_EQ(closest_match("bukets", keys), "buckets");
  EXPECT_EQ(closest_match("buket", keys), "bucket");
}

TEST(ClosestMatch, DoesNotGuessWildly) {
  EXPECT_EQ(closest_match("programs", some_keys()), "");
  EXPECT_EQ(closest_match("xyz", some_keys()), "");
  EXPECT_EQ(closest_match("interval", {}), "");
}

TEST(ClosestMatch, CopesWithEmptyWords) {
  EXPECT_EQ(closest_match("", some_keys()), "");
  const std::vector<std::string> keys = {""};
  EXPECT_EQ(closest_match("reader", keys), "");
}

TEST(Suggestion, AsksForTheCloseOne) {
  EXPECT_EQ(suggestion("metrisc", some_keys()), " (did you mean 'metrics'?)");
}

TEST(Suggestion, ListsWhatThereIs) {
  EXPECT_EQ(suggestion("programs", some_keys()),
            " (one of: interval, max_age, labels, metrics, reader)");
}

TEST(Suggestion, IsEmptyWithoutCandidates) { EXPECT_EQ(suggestion("programs", {}), ""); }

TEST(Suggestion, CutsLongLists) {
  std::vector<std::string> keys;
  for (int i = 0; i < 31; ++i) keys.emplace_back(5, static_cast<char>('A' + i));
  keys.emplace_back("xxxxx");
  EXPECT_EQ(suggestion("programs", keys).find("..."), std::string::npos) << "all 32 are listed";
  keys.emplace_back("yyyyy");
  const std::string text = suggestion("programs", keys);
  EXPECT_TRUE(text.ends_with(", xxxxx, ...)")) << text;
}

}  // namespace
}  // namespace bpfmap
