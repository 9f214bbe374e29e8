// SPDX-License-Identifier: Apache-2.0
#include "kernel/pins/pin_manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "kernel/pin_folder.h"
#include "kernel/types/map_layout.h"

namespace bpfmap::kernel {
namespace {

PinManifest odd_manifest() {
  PinManifest manifest;
  manifest.object = "ab12";
  manifest.maps = {{".bss", 7, "type=array key=4 value=8"}, {"two words\n% end", 8, ""}};
  manifest.entries = {{"count", 9, 4294967295, "17/0/0"}};
  manifest.links = {{"count", "section tp_btf/sched_switch", 10},
                    {"count", std::string("nul\0 \xff", 6), 11}};
  return manifest;
}

TEST(PinManifestText, ComesBackWhatever) {
  const auto back = parse_manifest(format_manifest(odd_manifest()));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, odd_manifest());
}

TEST(PinManifestText, MayBePaddedBehindItsEnd) {
  EXPECT_TRUE(parse_manifest(format_manifest(odd_manifest()) + std::string(5, '\0')));
}

TEST(PinManifestText, IsRefusedWhereverItIsCut) {
  const std::string text = format_manifest(odd_manifest());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    const auto parsed = parse_manifest(std::string_view(text).substr(0, size));
    EXPECT_FALSE(parsed) << size;
  }
}

TEST(PinManifestText, IsRefusedWithWordsThatNoExporterWrites) {
  const std::string first = "bpfmap_exporter pins 1\n";
  EXPECT_TRUE(parse_manifest(first + "end\n"));
  for (const char* text : {"map a 1\nend\n", "nonsense a 1 b\nend\n", "map %zz 1 b\nend\n",
                           "map %4 1 b\nend\n", "\nend\n", "end", "map a 1 b end\n"}) {
    EXPECT_FALSE(parse_manifest(first + text)) << text;
  }
  EXPECT_FALSE(parse_manifest("bpfmap_exporter pins 2\nend\n"));
  // No object of the kernel has the id 0, which this becomes.
  EXPECT_EQ(parse_manifest(first + "map a 4294967296 b\nend\n")->maps[0].id, 0u);
  EXPECT_EQ(parse_manifest(first + "map a 1x b\nend\n")->maps[0].id, 0u);
}

TEST(PinWord, HasNoDotsAndNoSlashes) {
  EXPECT_EQ(pin_word("packets_v-2"), "packets_v-2");
  EXPECT_EQ(pin_word("../a b%"), "%2e%2e%2fa%20b%25");
}

TEST(LayoutDifference, NamesWhatIsNotTheSame) {
  EXPECT_EQ(layout_difference("key=4 value=8", "key=4 value=8"), "");
  EXPECT_EQ(layout_difference("key=4 value=16 fields=aa", "key=4 value=8 fields=bb"),
            "value=16 instead of value=8, fields differ");
  EXPECT_EQ(layout_difference("key=4", "key=4 inner=aa"), "'key=4' instead of 'key=4 inner=aa'");
}

}  // namespace
}  // namespace bpfmap::kernel
