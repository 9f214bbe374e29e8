// SPDX-License-Identifier: Apache-2.0
#include "host/path_watch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "support/temporary_directory.h"

// On a real file system. What inotify(7) tells is there to be read when the change is done, so that
// nothing has to be waited for.
namespace bpfmap::host {
namespace {

namespace fs = std::filesystem;

class PathWatchTest : public ::testing::Test {
 protected:
  void SetUp() override { watch("nothing"); }

  void watch(const std::string& name) {
    auto opened = PathWatch::open();
    ASSERT_TRUE(opened) << opened.error().message();
    watch_.emplace(*std::move(opened));
    const auto added = watch_->add(directory_ / name);
    ASSERT_TRUE(added) << added.error().message();
  }

  void move(const std::string& from, const std::string& to) {
    fs::rename(directory_ / from, directory_ / to);
  }

  // As `ln -sfn` does it.
  void point(const std::string& link, const std::string& target) {
    fs::create_symlink(target, directory_ / (link + ".new"));
    move(link + ".new", link);
  }

  bool changed() { return watch_->read(); }

  test::TemporaryDirectory directory_;
  std::optional<PathWatch> watch_;
};

TEST_F(PathWatchTest, AFileThatIsWrittenReplacedOrGone) {
  directory_.write("a.yaml", "1");
  watch("a.yaml");
  EXPECT_FALSE(changed());
  directory_.write("a.yaml", "2");
  EXPECT_TRUE(changed());
  EXPECT_FALSE(changed());
  directory_.write("b", "3");
  EXPECT_FALSE(changed()) << "another file";
  move("b", "a.yaml");
  EXPECT_TRUE(changed());
  fs::remove(directory_ / "a.yaml");
  EXPECT_TRUE(changed());
}

TEST_F(PathWatchTest, WhateverIsInAFolder) {
  fs::create_directory(directory_ / "etc");
  watch("etc");
  directory_.write("etc/a.yaml", "1");
  EXPECT_TRUE(changed());
  move("etc/a.yaml", "b.yaml");
  EXPECT_TRUE(changed());
  directory_.write("b.yaml", "2");
  EXPECT_FALSE(changed()) << "it is elsewhere";
}

TEST_F(PathWatchTest, AFolderThatIsReplaced) {
  directory_.write("etc/a.yaml", "1");
  for (const std::string path : {"etc", "etc/a.yaml"}) {
    watch(path);
    move("etc", "etc.old");
    EXPECT_TRUE(changed()) << path;
    watch(path);
    EXPECT_FALSE(changed()) << path;
    fs::copy(directory_ / "etc.old", directory_ / "etc", fs::copy_options::recursive);
    EXPECT_TRUE(changed()) << path;
    watch(path);
    directory_.write("etc/a.yaml", "2");
    EXPECT_TRUE(changed()) << path;
    fs::remove_all(directory_ / "etc.old");
    EXPECT_FALSE(changed()) << path;
  }
}

TEST_F(PathWatchTest, ALinkThatIsSwapped) {
  directory_.write("releases/A/a.yaml", "1");
  directory_.write("releases/B/a.yaml", "1");
  for (const std::string path : {"cur", "cur/a.yaml"}) {
    point("cur", "releases/A");
    watch(path);
    point("cur", "releases/B");
    EXPECT_TRUE(changed()) << path;
    watch(path);
    directory_.write("releases/A/a.yaml", "2");
    EXPECT_FALSE(changed()) << path;
    directory_.write("releases/B/a.yaml", "2");
    EXPECT_TRUE(changed()) << path;
  }
}

TEST_F(PathWatchTest, LinksBehindLinks) {
  directory_.write("..1/a.yaml", "1");
  directory_.write("..2/a.yaml", "1");
  point("..data", directory_ / "..1");
  point("a.yaml", "..data/../..data/./a.yaml");
  watch("a.yaml");
  point("..data", "..2");
  EXPECT_TRUE(changed());
}

TEST_F(PathWatchTest, LinksThatLeadNowhere) {
  point("loop", "loop");
  point("longer", "longer/longer");
  watch("loop");
  watch("longer");
  point("gone", "a/b");
  watch("gone");
  fs::create_directory(directory_ / "b");
  EXPECT_FALSE(changed());
  fs::create_directory(directory_ / "a");
  EXPECT_TRUE(changed());
}

TEST_F(PathWatchTest, SeveralPathsOneOfWhichIsOnTheWayToAnother) {
  directory_.write("etc/a.yaml", "1");
  watch("etc/a.yaml");
  ASSERT_TRUE(watch_->add(directory_ / "etc"));
  ASSERT_TRUE(watch_->add(directory_ / "etc/objects/a.o"));
  directory_.write("etc/b.yaml", "1");
  EXPECT_TRUE(changed());
  directory_.write("etc/b.yaml", "2");
  EXPECT_TRUE(changed()) << "the last one only asks for names";
  move("etc", "etc.old");
  EXPECT_TRUE(changed());
}

TEST_F(PathWatchTest, ChangesBesideTheWayAreReadAndForgotten) {
  for (int i = 0; i < 600; ++i) fs::create_directory(directory_ / std::to_string(i));
  EXPECT_FALSE(changed());
  fs::create_directory(directory_ / "nothing");
  EXPECT_TRUE(changed());
}

TEST_F(PathWatchTest, PathsFromTheCurrentFolder) {
  const fs::path before = fs::current_path();
  auto opened = PathWatch::open();
  ASSERT_TRUE(opened);
  directory_.write("etc/a.yaml", "1");
  fs::current_path(directory_ / "etc");
  const auto added = opened->add("../etc/./a.yaml");
  fs::current_path(before);
  ASSERT_TRUE(added) << added.error().message();
  directory_.write("etc/a.yaml", "2");
  EXPECT_TRUE(opened->read());
}

}  // namespace
}  // namespace bpfmap::host
