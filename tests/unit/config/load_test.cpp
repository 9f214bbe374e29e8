// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/sha256.h"
#include "parse_text.h"

namespace bpfmap::config {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (std::filesystem::temp_directory_path() / "config_test_XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  std::filesystem::path folder_;
};

TEST_F(Files, AreReadAsTheyAre) {
  const std::string text("a\r\n\0b\n", 6);
  const std::string path = write("x.yaml", text);
  const auto source = read_source(path);
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->path, path);
  EXPECT_EQ((*source)->text, text);
}

TEST_F(Files, OfManyBuffersAreRead) {
  const std::string text(300'000, '#');
  const auto source = read_source(write("x.yaml", text));
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->text, text);
}

TEST_F(Files, ThatDoNotExistAreAnError) {
  const std::string path = (folder_ / "none.yaml").string();
  const auto source = read_source(path);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, ENOENT);
  EXPECT_EQ(source.error().kind, ErrorKind::kConfiguration);
  EXPECT_EQ(source.error().message(),
            "read configuration " + path + ": No such file or directory (ENOENT)");
}

TEST_F(Files, ThatAreFoldersAreAnError) {
  const auto source = read_source(folder_.string());
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message(),
            "read configuration " + folder_.string() + ": Is a directory (EISDIR)");
}

TEST_F(Files, ThatNeverEndAreAnError) {
  const auto source = read_source("/dev/zero");
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message(),
            "read configuration /dev/zero: it is a device, expected a file or a pipe");
}

TEST(Environment, IsThatOfTheProcess) {
  const Environment environment = process_environment();
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  ASSERT_NE(path, nullptr);
  EXPECT_EQ(environment("PATH"), path);
  EXPECT_EQ(environment("BPFMAP_NO_SUCH_VARIABLE"), std::nullopt);
}

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Config, KnowsItsSourceAndDigest) {
  const auto source = source_of("object: x\n", "/etc/x/packets.yaml");
  Diagnostics diagnostics(source);
  const Config config = parse_config(source, environment_of({}), diagnostics);
  EXPECT_EQ(config.source, source);
  EXPECT_EQ(config.sha256, sha256_hex("object: x\n"));
}

// Also of a file that could not be parsed: messages about it need a name.
TEST(Config, IsNamedAfterItsFile) {
  EXPECT_EQ(parse_text("", {}, "/x/packets.yaml").config.name, "packets");
  EXPECT_EQ(parse_text("", {}, "packets.yml").config.name, "packets");
  EXPECT_EQ(parse_text("", {}, "./a.b/packets.v2.yaml").config.name, "packets.v2");
  EXPECT_EQ(parse_text("", {}, "packets").config.name, "packets");
  EXPECT_EQ(parse_text("", {}, "builtin:runqlat").config.name, "runqlat");
}

TEST(Config, FindsObjectsBesideTheFile) {
  const auto object = [](const std::string& path, const std::string& name) {
    return parse_text("object: " + name + "\n", {}, path).config.object->value;
  };
  EXPECT_EQ(object("/x/packets.yaml", "packets.bpf.o"), "/x/packets.bpf.o");
  EXPECT_EQ(object("/x/packets.yaml", "/y/packets.bpf.o"), "/y/packets.bpf.o");
  EXPECT_EQ(object("x/packets.yaml", "../packets.bpf.o"), "x/../packets.bpf.o");
  EXPECT_EQ(object("packets.yaml", "packets.bpf.o"), "packets.bpf.o");
  EXPECT_EQ(object("builtin:packets", "packets.bpf.o"), "packets.bpf.o");
}

}  // namespace
}  // namespace bpfmap::config
