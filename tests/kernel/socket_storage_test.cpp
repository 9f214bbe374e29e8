// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <set>
#include <thread>

#include "base/unique_fd.h"
#include "kernel/storage_fixture.h"

// Values that hang on sockets.
namespace bpfmap::test {
namespace {

using model::ReaderChoice;

struct SocketKey {
  std::uint64_t cookie;
  std::uint16_t family;
  std::uint16_t protocol;
  std::uint16_t local_port;
  std::uint16_t remote_port;
  std::array<std::uint8_t, 16> local_address;
  std::array<std::uint8_t, 16> remote_address;
};

UniqueFd open_socket(int family, int type) {
  UniqueFd socket(::socket(family, type | SOCK_CLOEXEC, 0));
  EXPECT_TRUE(socket) << errno;
  return socket;
}

std::uint64_t cookie_of(const UniqueFd& socket) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  EXPECT_EQ(::getsockopt(socket.get(), SOL_SOCKET, SO_COOKIE, &cookie, &size), 0) << errno;
  return cookie;
}

template <typename Address>
std::uint16_t bind_to(const UniqueFd& socket, Address address) {
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(socket.get(), generic, sizeof(address)), 0) << errno;
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getsockname(socket.get(), generic, &size), 0);
  if constexpr (std::is_same_v<Address, sockaddr_in>) {
    return ntohs(address.sin_port);
  } else {
    return ntohs(address.sin6_port);
  }
}

sockaddr_in loopback(std::uint16_t port = 0) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::array<std::uint8_t, 16> mapped(std::initializer_list<std::uint8_t> ipv4) {
  std::array<std::uint8_t, 16> address{};
  address[10] = address[11] = 0xff;
  std::copy(ipv4.begin(), ipv4.end(), address.begin() + 12);
  return address;
}

class SocketStorageTest : public StorageMapTest {
 protected:
  void SetUp() override {
    StorageMapTest::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) is_refused_here(why_no_iterator("bpf_sk_storage_map"));
  }
};

TEST_F(SocketStorageTest, SocketsSayWhatTheyAre) {
  if (IsSkipped() || HasFatalFailure()) return;
  const UniqueFd listener = open_socket(AF_INET, SOCK_STREAM);
  const std::uint16_t port = bind_to(listener, loopback());
  const UniqueFd datagrams = open_socket(AF_INET, SOCK_DGRAM);
  sockaddr_in to = loopback(port);
  ASSERT_EQ(::connect(datagrams.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
  const UniqueFd six = open_socket(AF_INET6, SOCK_DGRAM);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_addr = in6addr_loopback;
  const std::uint16_t port_six = bind_to(six, any);
  const UniqueFd local = open_socket(AF_UNIX, SOCK_STREAM);
  put(*maps_, "socket_values", listener.get(), 1);
  put(*maps_, "socket_values", datagrams.get(), 2);
  put(*maps_, "socket_values", six.get(), 3);
  put(*maps_, "socket_values", local.get(), 4);

  std::map<std::uint64_t, SocketKey> keys;
  for (const DumpedRow& row : read_all(*maps_, "socket_values")) {
    EXPECT_TRUE(keys.emplace(as<Usage>(row.values.at(0)).calls, as<SocketKey>(row.key)).second);
  }
  ASSERT_EQ(keys.size(), 4U);
  EXPECT_EQ(keys[1].cookie, cookie_of(listener));
  EXPECT_EQ(keys[1].family, AF_INET);
  EXPECT_EQ(keys[1].protocol, IPPROTO_TCP);
  EXPECT_EQ(keys[1].local_port, port);
  EXPECT_EQ(keys[1].remote_port, 0);
  EXPECT_EQ(keys[1].local_address, mapped({127, 0, 0, 1}));
  EXPECT_EQ(keys[1].remote_address, mapped({0, 0, 0, 0}));
  EXPECT_EQ(keys[2].cookie, cookie_of(datagrams));
  EXPECT_EQ(keys[2].protocol, IPPROTO_UDP);
  EXPECT_EQ(keys[2].remote_port, port);
  EXPECT_EQ(keys[2].remote_address, mapped({127, 0, 0, 1}));
  EXPECT_EQ(keys[3].family, AF_INET6);
  EXPECT_EQ(keys[3].local_port, port_six);
  EXPECT_EQ(keys[3].local_address.back(), 1);
  EXPECT_EQ(keys[3].local_address.front(), 0);
  EXPECT_EQ(keys[4].family, AF_UNIX);
  EXPECT_EQ(keys[4].cookie, cookie_of(local));
  EXPECT_EQ(keys[4].local_port, 0);
  EXPECT_EQ(keys[4].local_address, (std::array<std::uint8_t, 16>{}));
}

TEST_F(SocketStorageTest, SocketsGetLabels) {
  if (IsSkipped() || HasFatalFailure()) return;
  const UniqueFd listener = open_socket(AF_INET, SOCK_STREAM);
  const std::uint16_t port = bind_to(listener, loopback());
  put(*maps_, "socket_values", listener.get(), 5);
  EXPECT_THAT(
      maps_->samples("maps: [ { map: socket_values,\n"
                     "          labels: { local: { field: local_address, decode: ipv6 },\n"
                     "                    port: { field: local_port } },\n"
                     "          metrics: [ { gauge: calls, help: Calls., value: calls } ] } ]\n"),
      ::testing::ElementsAre(::testing::Pair(
          "calls{local=\"::ffff:127.0.0.1\",port=\"" + std::to_string(port) + "\"}", "5")));
}

// Their rows are more than one read returns: the walk has to take several passes.
TEST_F(SocketStorageTest, ManySocketsAreAllFoundOnce) {
  if (IsSkipped() || HasFatalFailure()) return;
  std::vector<UniqueFd> sockets;
  std::map<std::uint64_t, std::uint64_t> truth;
  for (std::uint64_t i = 0; i < 300; ++i) {
    sockets.push_back(open_socket(AF_INET, SOCK_DGRAM));
    Page page{};
    page.words[0] = page.words[127] = i;
    put(*maps_, "socket_pages", sockets.back().get(), &page);
    truth.emplace(cookie_of(sockets.back()), i);
  }
  std::map<std::uint64_t, std::uint64_t> found;
  for (const DumpedRow& row : read_all(*maps_, "socket_pages")) {
    const auto page = as<Page>(row.values.at(0));
    EXPECT_EQ(page.words[0], page.words[127]);
    EXPECT_TRUE(found.emplace(as<SocketKey>(row.key).cookie, page.words[0]).second) << "twice";
  }
  EXPECT_EQ(found, truth);
}

// The kernel counts how many sockets of a chain it has shown when a read ends there: without
// passes, one that goes away makes it skip another.
TEST_F(SocketStorageTest, SocketsThatCloseHideNoOthers) {
  if (IsSkipped() || HasFatalFailure()) return;
  const Page page{};
  std::vector<UniqueFd> sockets;
  std::set<std::uint64_t> stable;
  std::vector<UniqueFd> others(200);
  for (std::size_t i = 0; i < 200; ++i) {
    others[i] = open_socket(AF_INET, SOCK_DGRAM);
    put(*maps_, "socket_pages", others[i].get(), &page);
    sockets.push_back(open_socket(AF_INET, SOCK_DGRAM));
    put(*maps_, "socket_pages", sockets.back().get(), &page);
    stable.insert(cookie_of(sockets.back()));
  }
  const kernel::MapShape& shape = maps_->info("socket_pages").shape;
  const auto reader = kernel::open_reader("socket_pages", maps_->fd("socket_pages"), shape,
                                          ReaderChoice::kAuto, kernel::kernel_map_syscalls());
  ASSERT_TRUE(reader) << reader.error().message();
  std::atomic<bool> stop{false};
  std::atomic<int> rounds{0};
  std::thread closer([&] {
    for (; !stop; ++rounds) {
      UniqueFd& other = others[static_cast<std::size_t>(rounds) * 7 % others.size()];
      other = open_socket(AF_INET, SOCK_DGRAM);
      put(*maps_, "socket_pages", other.get(), &page);
    }
  });
  while (rounds < 10) std::this_thread::yield();
  for (int i = 0; i < 30 && !HasFailure(); ++i) {
    std::set<std::uint64_t> seen;
    std::size_t found = 0;
    for (const DumpedRow& row : walk(**reader, shape, 64)) {
      const std::uint64_t cookie = as<SocketKey>(row.key).cookie;
      EXPECT_TRUE(seen.insert(cookie).second) << "twice: " << cookie;
      found += stable.count(cookie);
    }
    EXPECT_EQ(found, stable.size());
  }
  stop = true;
  closer.join();
}

}  // namespace
}  // namespace bpfmap::test
