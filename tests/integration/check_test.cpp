// SPDX-License-Identifier: Apache-2.0
// `check`: what it says about each file of tests/golden/check, which is compared to the last byte
// with the .expected file beside it. BPFMAP_UPDATE_GOLDEN=1 writes those files anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "integration/exporter_process.h"
#include "integration/network.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::vector<std::string> golden_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(source_path("tests/golden/check"))) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A folder with the file and the objects, which every user may read.
class Check : public ::testing::TestWithParam<std::string> {
 protected:
  Check() {
    const fs::path objects = fs::path(test_object("kinds")).parent_path();
    for (const auto& entry : fs::directory_iterator(objects)) {
      if (entry.path().extension() != ".o") continue;
      fs::copy_file(entry.path(), directory_ / entry.path().filename().string());
    }
    options_.directory = directory_.path();
    options_.environment = {"SET=10"};
  }

  // By a user without any right, and away from any network, if the test itself may arrange that.
  Finished check_without_rights(const std::vector<std::string>& files) {
    std::vector<std::string> arguments = files;
    arguments.insert(arguments.begin(), "check");
    std::optional<NetworkNamespace> nowhere;
    if (::geteuid() == 0) {
      nowhere.emplace();
      options_.network_namespace = nowhere->fd();
      options_.identity = ChildIdentity{};
    }
    return run_exporter(arguments, options_);
  }

  TemporaryDirectory directory_;
  ChildOptions options_;
};

TEST_P(Check, SaysWhatIsExpected) {
  const std::string source = source_path("tests/golden/check/" + GetParam());
  const std::string name = GetParam() + ".yaml";
  directory_.write(name, read_text(source + ".yaml"));
  const Finished result = check_without_rights({name});
  if (std::getenv("BPFMAP_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(source + ".expected") << result.err;
  }
  EXPECT_EQ(result.err, read_text(source + ".expected"));
  EXPECT_EQ(result.exit_code, result.err.find(": error: ") == std::string::npos ? 0 : 1);
  EXPECT_EQ(result.out, "");
}

INSTANTIATE_TEST_SUITE_P(Golden, Check, ::testing::ValuesIn(golden_files()),
                         [](const auto& file) { return file.param; });

TEST_F(Check, EveryBuiltinIsFineWithoutPrivilege) {
  const Finished list = run_exporter({"--config=builtin:"});
  ASSERT_EQ(list.exit_code, 0);
  std::string names = list.out;
  std::replace(names.begin(), names.end(), '\n', ',');
  const Finished result = check_without_rights({"builtin:" + names});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("builtin:packets: ok: 1 program, 1 map, 2 metrics\n"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'),
            std::count(names.begin(), names.end(), ','))
      << "notices about a shipped file:\n"
      << result.err;
}

TEST_F(Check, FoldersAreTakenWhole) {
  const std::string good = read_text(source_path("tests/golden/check/good.yaml"));
  directory_.write("a.yaml", good);
  directory_.write("b.yml", "maps: 1\n");
  directory_.write("c.txt", "maps: 1\n");
  const Finished result = check_without_rights({"."});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("./b.yml:1:7: error: "));
  EXPECT_THAT(result.err, ::testing::Not(HasSubstr("c.txt")));
}

}  // namespace
}  // namespace bpfmap::test
