// SPDX-License-Identifier: Apache-2.0
#include "integration/network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <sstream>
#include <thread>

#include "support/child_process.h"

namespace bpfmap::test {
namespace {

constexpr std::size_t kPayloadBytes = 56;

struct EchoMessage {
  icmphdr header;
  std::array<char, kPayloadBytes> payload;
};

std::uint16_t internet_checksum(const EchoMessage& message) {
  std::array<std::uint16_t, sizeof(message) / 2> words{};
  std::memcpy(words.data(), &message, sizeof(message));
  std::uint32_t sum = 0;
  for (const std::uint16_t word : words) sum += word;
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

EchoMessage echo_request(std::uint16_t sequence) {
  EchoMessage message{};
  message.header.type = ICMP_ECHO;
  message.header.un.echo.id = htons(0x6270);
  message.header.un.echo.sequence = htons(sequence);
  message.header.checksum = internet_checksum(message);
  return message;
}

// Reads what comes until it is the reply with that number.
bool await_reply(int fd, std::uint16_t sequence) {
  std::array<char, 1500> packet{};
  while (true) {
    const ssize_t got = ::recv(fd, packet.data(), packet.size(), 0);
    if (got < 0) return false;
    if (static_cast<std::size_t>(got) < sizeof(iphdr) + sizeof(icmphdr)) continue;
    icmphdr header{};
    std::memcpy(&header, packet.data() + sizeof(iphdr), sizeof(header));
    if (header.type == ICMP_ECHOREPLY && ntohs(header.un.echo.sequence) == sequence) return true;
  }
}

void ping(const char* address, int count) {
  const UniqueFd fd(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
  constexpr timeval kTimeout{30, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof(kTimeout));
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &peer.sin_addr);
  const auto* to = static_cast<const sockaddr*>(static_cast<const void*>(&peer));
  ASSERT_EQ(::connect(fd.get(), to, sizeof(peer)), 0);
  for (int i = 0; i < count; ++i) {
    const auto sequence = static_cast<std::uint16_t>(i);
    const EchoMessage request = echo_request(sequence);
    ASSERT_EQ(::send(fd.get(), &request, sizeof(request), 0),
              static_cast<ssize_t>(sizeof(request)));
    ASSERT_TRUE(await_reply(fd.get(), sequence)) << "ping " << i << " is not answered";
  }
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  std::thread([this] {
    EXPECT_EQ(::unshare(CLONE_NEWNET), 0);
    fd_.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  }).join();
  EXPECT_TRUE(fd_);
}

void NetworkNamespace::run(const std::function<void()>& action) const {
  std::thread([&] {
    EXPECT_EQ(::setns(fd_.get(), CLONE_NEWNET), 0);
    action();
  }).join();
}

void NetworkNamespace::ip(const std::string& arguments) const {
  ChildOptions options;
  options.arguments = {"ip"};
  std::istringstream words(arguments);
  for (std::string word; words >> word;) options.arguments.push_back(word);
  options.network_namespace = fd_.get();
  const Finished result = run_program(options);
  EXPECT_EQ(result.exit_code, 0) << "ip " << arguments << ": " << result.err;
}

Cable::Cable() {
  const std::string far =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(far_.fd());
  near_.ip("link add near0 type veth peer name far0 netns " + far);
  near_.ip("address add 198.51.100.1/24 dev near0");
  far_.ip("address add 198.51.100.2/24 dev far0");
  near_.ip("link set lo up");  // an exporter inside of it wants to talk to itself
  near_.ip("link set near0 up");
  far_.ip("link set far0 up");
}

void Cable::ping_near(int count) const {
  far_.run([count] { ping("198.51.100.1", count); });
}

}  // namespace bpfmap::test
