// SPDX-License-Identifier: Apache-2.0
#include "kernel/map_types.h"

#include <bpf/btf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

namespace bpfmap::kernel {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint32_t kNewest = 34;  // INSN_ARRAY

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// enum bpf_map_type of the running kernel: names without BPF_MAP_TYPE_, in lower case. Several
// names may have one number.
std::multimap<std::uint32_t, std::string> types_of_the_kernel() {
  std::multimap<std::uint32_t, std::string> types;
  const std::unique_ptr<btf, decltype(&btf__free)> kernel(btf__load_vmlinux_btf(), btf__free);
  if (!kernel) return types;
  const int id = btf__find_by_name_kind(kernel.get(), "bpf_map_type", BTF_KIND_ENUM);
  if (id < 0) return types;
  const btf_type* type = btf__type_by_id(kernel.get(), static_cast<std::uint32_t>(id));
  for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
    const auto& value = ::btf_enum(type)[i];
    const std::string name = btf__name_by_offset(kernel.get(), value.name_off);
    const std::string prefix = "BPF_MAP_TYPE_";
    if (!name.starts_with(prefix)) continue;  // __MAX_BPF_MAP_TYPE
    types.emplace(static_cast<std::uint32_t>(value.val), lower(name.substr(prefix.size())));
  }
  return types;
}

struct DocumentedType {
  std::string exported_as;
  std::string how;
};

std::string trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(' ');
  const std::size_t to = text.find_last_not_of(' ');
  return from == std::string::npos ? std::string() : text.substr(from, to - from + 1);
}

// The table of types in docs/maps.md, in its order.
std::vector<std::pair<std::string, DocumentedType>> documented_types() {
  std::ifstream file(std::string(BPFMAP_SOURCES) + "/docs/maps.md");
  std::vector<std::pair<std::string, DocumentedType>> types;
  bool in_section = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) in_section = line == "## Map types";
    if (!in_section || !line.starts_with("| ") || line.starts_with("| type ")) continue;
    std::istringstream cells(line.substr(1));
    std::string type;
    DocumentedType documented;
    std::getline(cells, type, '|');
    std::getline(cells, documented.exported_as, '|');
    std::getline(cells, documented.how, '|');
    types.emplace_back(lower(trimmed(type)),
                       DocumentedType{trimmed(documented.exported_as), trimmed(documented.how)});
  }
  return types;
}

std::string in_words(Access access) {
  switch (access) {
    case Access::kRows: return "rows";
    case Access::kInnerMaps: return "inner maps";
    case Access::kEvents: return "events";
    case Access::kStorage: return "storage";
    case Access::kNone: return "not";
  }
  return "?";
}

TEST(MapTypes, HaveTheNamesOfTheRunningKernel) {
  const auto types = types_of_the_kernel();
  if (types.empty()) GTEST_SKIP() << "this kernel has no BTF";
  ASSERT_GE(types.size(), 30U);
  for (auto type = types.begin(); type != types.end(); type = types.upper_bound(type->first)) {
    const auto [first, last] = types.equal_range(type->first);
    const std::string ours = map_type_name(type->first);
    EXPECT_TRUE(std::any_of(first, last, [&](const auto& one) { return one.second == ours; }))
        << "the kernel's " << first->second << " is our " << ours;
  }
}

TEST(MapTypes, AreAllDocumentedAsTheCodeTreatsThem) {
  const auto documented = documented_types();
  ASSERT_EQ(documented.size(), kNewest);
  for (std::uint32_t type = 1; type <= kNewest; ++type) {
    const auto& [name, row] = documented[type - 1];
    EXPECT_EQ(name, map_type_name(type)) << "in the order of their numbers";
    EXPECT_EQ(row.exported_as, in_words(access_of(type))) << name;
    EXPECT_THAT(row.how, Not(IsEmpty())) << name;
  }
}

TEST(MapTypes, TheKernelHasNoneThatIsNotDocumented) {
  const auto documented = documented_types();
  for (const auto& [number, name] : types_of_the_kernel()) {
    if (number == 0) continue;
    EXPECT_LE(number, documented.size()) << name << " is new: add it to map_types.cpp and docs";
  }
}

TEST(MapTypes, AreWalkedOrSayWhyNot) {
  for (std::uint32_t type = 0; type <= kNewest + 10; ++type) {
    const Access access = access_of(type);
    const bool walked = access == Access::kRows || access == Access::kStorage;
    EXPECT_EQ(why_not_walkable(type).empty(), walked) << map_type_name(type);
  }
}

TEST(MapTypes, OfTheFutureAreKnownByNumber) {
  EXPECT_EQ(map_type_name(99), "type 99");
  EXPECT_EQ(access_of(99), Access::kNone);
  EXPECT_THAT(why_not_walkable(99), HasSubstr("does not know"));
  EXPECT_FALSE(is_per_cpu(99));
}

TEST(MapTypes, PerCpuOnesAreThoseThatSaySo) {
  for (std::uint32_t type = 1; type <= kNewest; ++type) {
    const bool says_so = map_type_name(type).find("percpu_") != std::string::npos;
    EXPECT_EQ(is_per_cpu(type), says_so) << map_type_name(type);
  }
}

TEST(MapTypes, HaveTheArticleThatIsSpoken) {
  EXPECT_EQ(with_article("hash"), "a hash");
  EXPECT_EQ(with_article("array_of_maps"), "an array_of_maps");
  EXPECT_EQ(with_article("inode_storage"), "an inode_storage");
  EXPECT_EQ(with_article("lru_hash"), "an lru_hash");
  EXPECT_EQ(with_article("sk_storage"), "an sk_storage");
  EXPECT_EQ(with_article("stack"), "a stack");
  EXPECT_EQ(with_article("user_ringbuf"), "a user_ringbuf");
  EXPECT_EQ(with_article("unspec"), "an unspec");
  EXPECT_EQ(with_article("type 99"), "a type 99");
}

TEST(MapFlags, AreNamedAsInTheKernel) {
  EXPECT_EQ(map_flag_names(0), "none");
  EXPECT_EQ(map_flag_names(BPF_F_NO_PREALLOC), "BPF_F_NO_PREALLOC");
  EXPECT_EQ(map_flag_names(BPF_F_MMAPABLE | BPF_F_RDONLY_PROG),
            "BPF_F_RDONLY_PROG, BPF_F_MMAPABLE");
  EXPECT_EQ(map_flag_names(BPF_F_INNER_MAP | BPF_F_WRONLY), "BPF_F_WRONLY, BPF_F_INNER_MAP");
  EXPECT_EQ(map_flag_names(0x80000000U), "0x80000000");
}

}  // namespace
}  // namespace bpfmap::kernel
