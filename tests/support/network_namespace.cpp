// SPDX-License-Identifier: Apache-2.0
#include "support/network_namespace.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/eventually.h"

namespace bpfmap::test {
namespace {

constexpr std::uint16_t kExperimentalProtocol = 0x88b5;

void ip(const std::string& arguments) {
  if (run("ip", arguments) != 0) throw std::runtime_error("ip " + arguments + " failed");
}

// /proc/sys/net is that of the namespace of the process that opens it.
void disable_ipv6() {
  std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << "1";
  std::ofstream("/proc/sys/net/ipv6/conf/all/disable_ipv6") << "1";
}

bool is_running(const std::string& interface) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  interface.copy(static_cast<char*>(request.ifr_name), sizeof(request.ifr_name) - 1);
  const bool running =
      ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING) != 0;
  close(fd);
  return running;
}

}  // namespace

void in_network_namespace(const std::function<void()>& body) {
  std::exception_ptr failure;
  std::thread thread([&] {
    try {
      if (unshare(CLONE_NEWNET) != 0) throw std::runtime_error("no new network namespace");
      disable_ipv6();
      body();
    } catch (...) {
      failure = std::current_exception();
    }
  });
  thread.join();
  if (failure) std::rethrow_exception(failure);
}

void add_veth(const std::string& one_end, const std::string& other_end) {
  ip("link add " + one_end + " type veth peer name " + other_end);
  ip("link set " + one_end + " up");
  ip("link set " + other_end + " up");
  // The kernel notices a moment later that there is a carrier, and drops what is sent until then.
  // It does so under the lock that the last command waits for.
  if (!eventually([&] { return is_running(one_end) && is_running(other_end); })) {
    throw std::runtime_error(one_end + " and " + other_end + " do not come up");
  }
  ip("link set " + one_end + " up");
}

void send_frames(const std::string& interface, int count) {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("no packet socket");
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  to.sll_protocol = htons(kExperimentalProtocol);
  std::array<unsigned char, 64> frame{};
  for (int i = 0; i < ETH_ALEN; ++i) frame[static_cast<std::size_t>(i)] = 0xff;
  frame[12] = kExperimentalProtocol >> 8;
  frame[13] = kExperimentalProtocol & 0xff;
  int sent = 0;
  while (sent < count &&
         sendto(fd, frame.data(), frame.size(), 0,
                static_cast<const sockaddr*>(static_cast<const void*>(&to)), sizeof(to)) > 0) {
    ++sent;
  }
  close(fd);
  if (sent < count) throw std::runtime_error("a frame could not be sent through " + interface);
}

int run(const std::string& program, const std::string& arguments) {
  std::vector<std::string> words{program};
  std::istringstream rest(arguments);
  for (std::string word; rest >> word;) words.push_back(word);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  if (posix_spawnp(&child, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0)
    return 127;
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 126;
  return WEXITSTATUS(status);
}

}  // namespace bpfmap::test
