// SPDX-License-Identifier: Apache-2.0
#include "base/named_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/unique_fd.h"

namespace bpfmap {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::size_t kMost = 1 << 20;

class NamedFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "bpfmap-named-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static Result<std::string> read(const std::string& path, Duration patience = 5s) {
    return read_named_file("configuration", path, kMost, patience);
  }
  static std::string why_not(const std::string& path, Duration patience = 5s) {
    const auto text = read(path, patience);
    return text ? "it was read" : text.error().message();
  }

  std::filesystem::path folder_;
};

TEST_F(NamedFileTest, ReadsFilesUpToTheirBound) {
  const std::string path = folder_ / "file";
  const std::string text(kMost, 'x');
  std::ofstream(path) << text;
  EXPECT_EQ(read(path), text);
  std::ofstream(path, std::ios::app) << "y";
  EXPECT_EQ(why_not(path),
            "read configuration " + path + ": File too large (EFBIG): more than 1 MiB");
  EXPECT_EQ(read("/proc/self/comm").value_or("").empty(), false);
}

TEST_F(NamedFileTest, SaysWhatIsNotThere) {
  EXPECT_EQ(read(folder_ / "none").error().code, ENOENT);
  EXPECT_EQ(read(folder_).error().code, EISDIR);
  EXPECT_EQ(read(folder_ / "none").error().kind, ErrorKind::kConfiguration);
}

TEST_F(NamedFileTest, RefusesDevicesAndSockets) {
  for (const char* device : {"/dev/zero", "/dev/null", "/dev/urandom"}) {
    EXPECT_THAT(why_not(device), HasSubstr("it is a device, expected a file or a pipe"));
  }
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder_ / "socket";
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_THAT(why_not(path), HasSubstr("it is a socket"));
}

TEST_F(NamedFileTest, WaitsForAPipeOnlySoLong) {
  const std::string path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(why_not(path, 10ms), HasSubstr("(ETIMEDOUT): nothing came for 10 ms"));
  const UniqueFd silent(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_THAT(why_not(path, 10ms), HasSubstr("nothing came for 10 ms"));
  ASSERT_EQ(::write(silent.get(), "half", 4), 4);
  EXPECT_THAT(why_not(path, 10ms), HasSubstr("nothing came for 10 ms")) << "its end does not come";
}

TEST_F(NamedFileTest, ReadsAPipeToItsEnd) {
  const std::string path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string text(300'000, 'x');
  std::thread writer([&] { std::ofstream(path) << text; });
  EXPECT_EQ(read(path), text);
  writer.join();
  std::thread empty([&] { const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC)); });
  EXPECT_EQ(read(path), "");
  empty.join();
}

}  // namespace
}  // namespace bpfmap
