// SPDX-License-Identifier: Apache-2.0
#include "http/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>

#include "support.h"

namespace bpfmap::http {
namespace {

using http::testing::Client;
using http::testing::TemporaryDirectory;
using ::testing::HasSubstr;

class UnixListenerTest : public ::testing::Test {
 protected:
  Result<Listener> open(mode_t mode = 0660) {
    return Listener::open(SocketAddress::unix_path(path_), mode, "unix:" + path_);
  }
  bool exists() const {
    struct stat status {};
    return ::lstat(path_.c_str(), &status) == 0;
  }
  mode_t mode() const {
    struct stat status {};
    return ::lstat(path_.c_str(), &status) == 0 ? status.st_mode & 07777u : 0u;
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "socket";
};

TEST_F(UnixListenerTest, MakesTheFileAndRemovesIt) {
  {
    auto listener = open();
    ASSERT_TRUE(listener) << listener.error().message();
    EXPECT_EQ(listener->address().text(), path_);
    EXPECT_EQ(listener->address().url(), "unix:" + path_);
    EXPECT_TRUE(Client("unix:" + path_).connected());
  }
  EXPECT_FALSE(exists());
}

TEST_F(UnixListenerTest, TheFileHasExactlyTheModeAskedFor) {
  const mode_t before = ::umask(0);
  for (const mode_t mask : {0u, 022u, 077u}) {
    for (const mode_t wanted : {0600u, 0660u, 0666u}) {
      ::umask(mask);
      const auto listener = open(wanted);
      ASSERT_TRUE(listener);
      EXPECT_EQ(mode(), wanted) << "umask " << mask;
    }
  }
  ::umask(before);
}

TEST_F(UnixListenerTest, ReplacesASocketThatNoProcessListensOn) {
  const std::string aside = directory_ / "aside";
  {
    const auto killed = open();
    ASSERT_TRUE(killed);
    ASSERT_EQ(::rename(path_.c_str(), aside.c_str()), 0);
  }
  ASSERT_EQ(::rename(aside.c_str(), path_.c_str()), 0);
  ASSERT_TRUE(exists());
  EXPECT_FALSE(Client("unix:" + path_).connected());
  const auto listener = open();
  ASSERT_TRUE(listener) << listener.error().message();
  EXPECT_TRUE(Client("unix:" + path_).connected());
}

TEST_F(UnixListenerTest, RefusesASocketThatAnswers) {
  const auto first = open();
  ASSERT_TRUE(first);
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_EQ(second.error().subject, "unix:" + path_);
  EXPECT_TRUE(Client("unix:" + path_).connected()) << "the first one has to stay";
}

TEST_F(UnixListenerTest, DoesNotRemoveAFileThatIsNoSocket) {
  std::ofstream(path_) << "precious";
  const auto listener = open();
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, EADDRINUSE);
  EXPECT_THAT(listener.error().detail, HasSubstr("no socket"));
  std::string content;
  std::ifstream(path_) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_F(UnixListenerTest, DoesNotRemoveASuccessor) {
  auto first = open();
  ASSERT_TRUE(first);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  const auto successor = open();
  ASSERT_TRUE(successor);
  { const Listener gone = std::move(*first); }
  EXPECT_TRUE(Client("unix:" + path_).connected());
}

TEST_F(UnixListenerTest, AMissingDirectoryIsNamed) {
  path_ = directory_ / "nosuch/socket";
  const auto listener = open();
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, ENOENT);
  EXPECT_EQ(listener.error().kind, ErrorKind::kSystem);
}

TEST(TcpListener, Ipv6ListensOnIpv6Alone) {
  auto ipv6 = Listener::open(SocketAddress::ipv6_any(0), 0, "[::]:0");
  ASSERT_TRUE(ipv6) << ipv6.error().message();
  const std::uint16_t port = ipv6->address().port();
  EXPECT_NE(port, 0);
  const auto ipv4 = Listener::open(SocketAddress::ipv4(INADDR_ANY, port), 0, "0.0.0.0");
  EXPECT_TRUE(ipv4 || ipv4.error().code == EADDRINUSE);
  EXPECT_EQ(probe_bind(SocketAddress::ipv6_any(port)), EADDRINUSE);
}

TEST(TcpListener, ATakenPortIsRefusedAndARestartIsNot) {
  std::optional<Listener> first = *Listener::open(SocketAddress::ipv6_any(0), 0, "[::]:0");
  const SocketAddress address = first->address();
  const auto second = Listener::open(address, 0, "[::]:again");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_EQ(second.error().subject, "[::]:again");

  // The server closes first, so that its end of the connection goes to TIME_WAIT and would
  // hold the port.
  Client client(address.url());
  ASSERT_TRUE(client.connected());
  { const UniqueFd accepted(::accept(first->fd(), nullptr, nullptr)); }
  EXPECT_TRUE(client.at_end());
  first.reset();
  const auto again = Listener::open(address, 0, "[::]:again");
  EXPECT_TRUE(again) << again.error().message();
}

TEST(ProbeBind, ForecastsTheErrno) {
  EXPECT_EQ(probe_bind(SocketAddress::ipv4(INADDR_LOOPBACK, 0)), 0);
  const std::uint32_t documentation = 0xc0000201;  // 192.0.2.1, which no interface has
  EXPECT_EQ(probe_bind(SocketAddress::ipv4(documentation, 0)), EADDRNOTAVAIL);
}

}  // namespace
}  // namespace bpfmap::http
