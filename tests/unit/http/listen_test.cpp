// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http/server.h"
#include "support.h"

namespace bpfmap::http {
namespace {

using http::testing::Client;
using http::testing::fetch;
using http::testing::TemporaryDirectory;
using http::testing::text_route;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

Result<std::unique_ptr<Server>> listen_on(std::vector<std::string> addresses) {
  return Server::start({.listen_addresses = std::move(addresses), .threads = 2},
                       {text_route("/", "here")});
}

std::string port_of(const std::string& url) { return url.substr(url.rfind(':') + 1); }

TEST(Listen, NoHostServesBothFamiliesOnOnePort) {
  const auto server = listen_on({":0"});
  ASSERT_TRUE(server) << server.error().message();
  const std::vector<std::string>& urls = (*server)->urls();
  ASSERT_THAT(urls, SizeIs(2));
  EXPECT_THAT(urls[0], StartsWith("http://0.0.0.0:"));
  EXPECT_EQ(urls[1], "http://[::]:" + port_of(urls[0]));
  EXPECT_NE(port_of(urls[0]), "0");
  for (const std::string& url : urls) EXPECT_EQ(fetch(url, "/").body, "here") << url;
}

TEST(Listen, TheIpv6WildcardServesBothFamilies) {
  const auto server = listen_on({"[::]:0"});
  ASSERT_TRUE(server) << server.error().message();
  const std::vector<std::string>& urls = (*server)->urls();
  ASSERT_THAT(urls, SizeIs(2));
  EXPECT_THAT(urls[0], StartsWith("http://[::]:"));
  EXPECT_EQ(urls[1], "http://0.0.0.0:" + port_of(urls[0]));
  for (const std::string& url : urls) EXPECT_EQ(fetch(url, "/").body, "here") << url;
}

TEST(Listen, ANameServesWhatItResolvesTo) {
  const auto server = listen_on({"localhost:0"});
  ASSERT_TRUE(server) << server.error().message();
  for (const std::string& url : (*server)->urls()) {
    EXPECT_EQ(port_of(url), port_of((*server)->urls().front()));
    EXPECT_EQ(fetch(url, "/").body, "here") << url;
  }
}

TEST(Listen, SeveralAddressesAreServedInTheirOrder) {
  const TemporaryDirectory directory;
  const std::string path = "unix:" + directory / "socket";
  const auto server = listen_on({"[::1]:0", path, "127.0.0.1:0", "127.0.0.2:0"});
  ASSERT_TRUE(server) << server.error().message();
  const std::vector<std::string>& urls = (*server)->urls();
  ASSERT_THAT(urls, SizeIs(4));
  EXPECT_THAT(urls[0], StartsWith("http://[::1]:"));
  EXPECT_EQ(urls[1], path);
  EXPECT_THAT(urls[2], StartsWith("http://127.0.0.1:"));
  EXPECT_THAT(urls[3], StartsWith("http://127.0.0.2:"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fetch(urls[static_cast<std::size_t>(i)], "/").body, "here");
}

TEST(Listen, AnAddressThatIsNamedTwiceIsServedOnce) {
  std::string port;
  {
    const auto scout = listen_on({":0"});
    ASSERT_TRUE(scout);
    port = port_of((*scout)->urls()[0]);
  }
  const auto server = listen_on({"[::]:" + port, "0.0.0.0:" + port});
  if (!server && server.error().code == EADDRINUSE) GTEST_SKIP() << "another process took the port";
  ASSERT_TRUE(server) << server.error().message();
  EXPECT_THAT((*server)->urls(), SizeIs(2));
}

TEST(Listen, ATakenPortIsAnErrorThatNamesIt) {
  for (const char* free : {"127.0.0.1:0", "[::1]:0"}) {
    const auto first = listen_on({free});
    ASSERT_TRUE(first);
    const std::string taken = (*first)->urls()[0].substr(std::string("http://").size());
    const auto second = listen_on({taken});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kSystem);
    EXPECT_EQ(second.error().operation, "listen on");
    EXPECT_EQ(second.error().subject, taken);
    EXPECT_EQ(second.error().code, EADDRINUSE);
    EXPECT_EQ(fetch((*first)->urls()[0], "/").body, "here");
  }
}

TEST(Listen, APortTakenInOneFamilyIsAnErrorForBoth) {
  for (const char* free : {"127.0.0.1:0", "[::1]:0"}) {
    const auto first = listen_on({free});
    ASSERT_TRUE(first);
    const auto second = listen_on({":" + port_of((*first)->urls()[0])});
    ASSERT_FALSE(second) << free;
    EXPECT_EQ(second.error().code, EADDRINUSE);
  }
}

// Two addresses that are free each for itself: what only civetweb finds out.
TEST(Listen, AddressesThatExcludeEachOtherAreAnError) {
  std::string port;
  {
    const auto scout = listen_on({"0.0.0.0:0"});
    ASSERT_TRUE(scout);
    port = port_of((*scout)->urls()[0]);
  }
  const auto server = listen_on({"0.0.0.0:" + port, "127.0.0.1:" + port});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, EADDRINUSE);
  EXPECT_EQ(server.error().operation, "listen on");
  EXPECT_THAT(server.error().subject, HasSubstr(":" + port));
}

TEST(Listen, AFailureLeavesNothingOpen) {
  const TemporaryDirectory directory;
  const std::string path = directory / "socket";
  const std::size_t before = http::testing::open_descriptors();
  const auto server = listen_on({"unix:" + path, "[::1]:0", "192.0.2.1:0"});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, EADDRNOTAVAIL);
  EXPECT_EQ(server.error().subject, "192.0.2.1:0");
  EXPECT_EQ(http::testing::open_descriptors(), before);
  EXPECT_FALSE(Client("unix:" + path).connected());
  struct stat status {};
  EXPECT_NE(::lstat(path.c_str(), &status), 0);
}

TEST(Listen, BadSyntaxAndNothingAtAllAreUsageErrors) {
  for (const std::vector<std::string>& addresses :
       {std::vector<std::string>{}, {"9435"}, {"127.0.0.1:0", "nonsense"}, {"[::x]:1"}}) {
    const auto server = listen_on(addresses);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(server.error().operation, "listen on");
  }
}

TEST(Listen, AnUnknownHostIsAnErrorOfTheSystem) {
  const auto server = listen_on({"nosuchhost.invalid:0"});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().kind, ErrorKind::kSystem);
  EXPECT_EQ(server.error().subject, "nosuchhost.invalid:0");
  EXPECT_FALSE(server.error().detail.empty());
}

TEST(Listen, TheFileOfAUnixSocketHasTheModeAskedFor) {
  const TemporaryDirectory directory;
  const std::string path = directory / "socket";
  const auto mode = [&path] {
    struct stat status {};
    ::lstat(path.c_str(), &status);
    return status.st_mode & 07777u;
  };
  {
    const auto server = listen_on({"unix:" + path});
    ASSERT_TRUE(server);
    EXPECT_EQ(mode(), 0660u);
  }
  const auto server =
      Server::start({.listen_addresses = {"unix:" + path}, .unix_mode = 0600, .threads = 1}, {});
  ASSERT_TRUE(server);
  EXPECT_EQ(mode(), 0600u);
}

TEST(Listen, ARestartFindsItsPortFree) {
  std::string address = "127.0.0.1:0";
  for (int i = 0; i < 3; ++i) {
    const auto server = listen_on({address});
    ASSERT_TRUE(server) << server.error().message();
    address = (*server)->urls()[0].substr(std::string("http://").size());
    // HTTP/1.0: the server closes first, and its end of the connection goes to TIME_WAIT.
    Client client((*server)->urls()[0]);
    client.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.read_response().body, "here");
    EXPECT_TRUE(client.at_end());
  }
}

// Capabilities are a thread's, so that one thread can do without them.
void drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[2]{};
  ::syscall(SYS_capset, &header, none);
}

TEST(Listen, AUnixSocketInADirectoryWithoutPermissionIsAnError) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0500), 0);
  std::thread([&] {
    drop_capabilities();
    const auto server = listen_on({"unix:" + directory / "socket"});
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().kind, ErrorKind::kSystem);
    EXPECT_EQ(server.error().code, EACCES);
    EXPECT_THAT(server.error().message(), HasSubstr("Permission denied (EACCES)"));
  }).join();
}

TEST(Listen, APrivilegedPortWithoutPermissionIsAnError) {
  int first_free = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first_free;
  if (first_free < 2) GTEST_SKIP() << "this machine has no privileged ports";
  std::thread([] {
    drop_capabilities();
    for (const char* address : {"127.0.0.1:1", "[::1]:1", ":1"}) {
      const auto server = listen_on({address});
      ASSERT_FALSE(server);
      EXPECT_EQ(server.error().code, EACCES) << address;
      EXPECT_EQ(server.error().subject, address);
    }
  }).join();
}

// Makes socket(AF_INET6, ...) fail in this thread, and those that it starts, as on a
// kernel without IPv6.
bool take_ipv6_away() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = std::size(program), .filter = program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST(Listen, WithoutIpv6NoHostMeansIpv4Alone) {
  std::thread([] {
    if (!take_ipv6_away()) GTEST_SKIP() << "no seccomp here";
    const auto server = listen_on({":0"});
    ASSERT_TRUE(server) << server.error().message();
    ASSERT_THAT((*server)->urls(), SizeIs(1));
    EXPECT_EQ(fetch((*server)->urls()[0], "/").body, "here");
    for (const char* address : {"[::1]:0", "[::]:0"}) {
      const auto ipv6 = listen_on({address});
      ASSERT_FALSE(ipv6) << "asked for explicitly, it must not be left out";
      EXPECT_EQ(ipv6.error().code, EAFNOSUPPORT);
    }
  }).join();
}

}  // namespace
}  // namespace bpfmap::http
