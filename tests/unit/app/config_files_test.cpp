// SPDX-License-Identifier: Apache-2.0
#include "app/config_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/builtin.h"

namespace bpfmap::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConfigFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "bpfmap-configs-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text = "maps: []") {
    const std::string path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }

  static std::vector<std::string> paths(const ConfigSelection& selection) {
    Errands errands;
    const auto sources = read_configs(selection, errands);
    EXPECT_TRUE(sources) << (sources ? "" : sources.error().message());
    std::vector<std::string> paths;
    if (sources) {
      for (const auto& source : *sources) paths.push_back(source->path);
    }
    return paths;
  }

  std::filesystem::path folder_;
};

TEST_F(ConfigFilesTest, TheDefaultSetIsBuiltIn) {
  EXPECT_THAT(paths({}), ElementsAre("builtin:syscalls", "builtin:runqlat"));
}

TEST_F(ConfigFilesTest, FilesInTheOrderOfTheCommandLineFoldersByName) {
  const std::string last = write("z.yaml");
  const std::string first = write("a.yml");
  write("notes.txt");
  EXPECT_THAT(paths({{folder_}, {}, {}}), ElementsAre(first, last));
  EXPECT_THAT(paths({{last, first}, {}, {}}), ElementsAre(last, first));
}

TEST_F(ConfigFilesTest, NamesInAFolder) {
  write("a.yaml");
  const std::string b = write("b.yaml");
  EXPECT_THAT(paths({{}, folder_, {"b"}}), ElementsAre(b));
}

TEST_F(ConfigFilesTest, PathsAreThoseOfTheCommandLineAndFilesThoseInThem) {
  const std::string a = write("a.yaml");
  write("notes.txt");
  const std::string none = folder_ / "none.yaml";
  EXPECT_THAT(paths_of({}), ElementsAre());
  EXPECT_THAT(paths_of({{"builtin:runqlat", folder_, none}, folder_, {"a"}}),
              ElementsAre(folder_, none, a));
  EXPECT_THAT(files_of({{"builtin:runqlat", folder_, none}, folder_, {"a"}}),
              ElementsAre(a, none, a));
  EXPECT_THAT(files_of({{none}, {}, {}}), ElementsAre(none));
}

TEST_F(ConfigFilesTest, ErrorsNameWhatIsMissing) {
  const auto message = [](const ConfigSelection& selection) {
    Errands errands;
    const auto sources = read_configs(selection, errands);
    return sources ? std::string() : sources.error().message();
  };
  EXPECT_THAT(message({{"builtin:runqlt"}, {}, {}}), HasSubstr("did you mean 'runqlat'?"));
  EXPECT_THAT(message({{"/nowhere/x.yaml"}, {}, {}}), HasSubstr("/nowhere/x.yaml"));
  EXPECT_THAT(message({{folder_}, {}, {}}), HasSubstr("no *.yaml or *.yml"));
  EXPECT_THAT(message({{"builtin:"}, {}, {}}), HasSubstr("builtin:NAME"));
}

TEST(Builtins, AreSortedAlignedAndHaveAnObject) {
  std::string_view before;
  for (const Builtin& builtin : builtins()) {
    EXPECT_LT(before, builtin.name);
    before = builtin.name;
    EXPECT_TRUE(
        builtin.object.starts_with("\x7f"
                                   "ELF"));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(builtin.object.data()) % 8, 0U);
    EXPECT_THAT(std::string(builtin.yaml), HasSubstr("builtin: " + std::string(builtin.name)));
    EXPECT_EQ(find_builtin(builtin.name), &builtin);
  }
  EXPECT_EQ(builtins().size(), 3U);
  EXPECT_EQ(find_builtin("nothing"), nullptr);
}

}  // namespace
}  // namespace bpfmap::app
