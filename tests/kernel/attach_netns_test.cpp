// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "bpf_test.h"
#include "support/eventually.h"
#include "support/network_namespace.h"

namespace bpfmap::kernel {
namespace {

using test::eventually;
using test::in_network_namespace;
using ::testing::AllOf;
using ::testing::HasSubstr;

class AttachNetns : public test::BpfTest {};

std::vector<ProgramRequest> lookups_in(const std::string& path) {
  return {request_for("count_lookups", model::NetnsTarget{path})};
}

// By a name that all threads can use.
std::string network_of_this_thread() {
  return "/proc/self/task/" + std::to_string(gettid()) + "/ns/net";
}

// Datagrams over the loopback interface to a socket of this thread, which is looked up for each.
void send_datagrams(int count) {
  if (test::run("ip", "link set lo up") != 0) throw std::runtime_error("no loopback interface");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* where = static_cast<sockaddr*>(static_cast<void*>(&address));
  const UniqueFd receiver(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(receiver.get(), where, size), 0);
  ASSERT_EQ(getsockname(receiver.get(), where, &size), 0);
  const UniqueFd sender(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(sendto(sender.get(), "x", 1, 0, where, size), 1);
  }
}

void expect_count(const Object& object, std::uint64_t count) {
  EXPECT_TRUE(eventually([&] { return read_number(object) >= count; }));
  EXPECT_EQ(read_number(object), count);
}

TEST_F(AttachNetns, CountsLookupsInItsOwnNamespace) {
  in_network_namespace([] {
    const Object object = start_test_object("attach_netns", lookups_in(""));
    send_datagrams(7);
    expect_count(object, 7);
    in_network_namespace([] { send_datagrams(5); });
    expect_count(object, 7);
  });
}

TEST_F(AttachNetns, CountsLookupsInTheOneOfAPath) {
  in_network_namespace([] {
    const std::string path = network_of_this_thread();
    in_network_namespace([&] {
      const Object object = start_test_object("attach_netns", lookups_in(path));
      send_datagrams(5);
      expect_count(object, 0);
    });
    const Object object = start_test_object("attach_netns", lookups_in(path));
    send_datagrams(4);
    expect_count(object, 4);
  });
}

TEST_F(AttachNetns, TwoWaysToOneNamespaceAreOnePlace) {
  in_network_namespace([] {
    std::vector<ProgramRequest> requests = lookups_in("");
    requests[0].targets.emplace_back(model::NetnsTarget{network_of_this_thread()});
    const Object object = start_test_object("attach_netns", requests);
    EXPECT_EQ(object.program_links("count_lookups"), 1u);
    send_datagrams(3);
    expect_count(object, 3);
  });
}

TEST_F(AttachNetns, LeavesNothingBehind) {
  in_network_namespace([] {
    std::uint32_t id = 0;
    {
      const Object object = start_test_object("attach_netns", lookups_in(""));
      id = status_of(object, "count_lookups").id;
    }
    EXPECT_TRUE(program_goes_away(id));
  });
}

// Frames that come from no socket of a connection are taken apart when they are sent.
void send_frames(int count) {
  if (test::run("ip", "link set lo up") != 0) throw std::runtime_error("no loopback interface");
  const UniqueFd sender(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  sockaddr_ll link{};
  link.sll_family = AF_PACKET;
  link.sll_ifindex = static_cast<int>(if_nametoindex("lo"));
  ASSERT_EQ(bind(sender.get(), static_cast<sockaddr*>(static_cast<void*>(&link)), sizeof(link)), 0);
  std::array<std::uint8_t, 14 + 20 + 8> frame{};
  frame[12] = 8;     // IPv4
  frame[14] = 0x45;  // of 20 bytes
  frame[17] = 28;    // and the 8 of UDP
  frame[22] = 64;
  frame[23] = IPPROTO_UDP;
  frame[26] = frame[30] = 127;
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(send(sender.get(), frame.data(), frame.size(), 0), static_cast<int>(frame.size()));
  }
}

// One of the object's two programs, in the own namespace.
std::vector<ProgramRequest> flows_by(const std::string& program, const std::string& left_out) {
  std::vector<ProgramRequest> requests{request_for(program, model::NetnsTarget{})};
  requests.push_back({.name = left_out, .load = false, .targets = {}});
  return requests;
}

TEST_F(AttachNetns, CountsWhatAFlowDissectorSees) {
  in_network_namespace([] {
    const Object object =
        start_test_object("attach_flow_dissector", flows_by("count_flows", "count_flows_too"));
    send_frames(6);
    EXPECT_TRUE(eventually([&] { return read_number(object) >= 6; })) << read_number(object);
    EXPECT_THAT(start_error("attach_flow_dissector", flows_by("count_flows", "count_flows_too")),
                HasSubstr("hint: a network namespace takes one flow dissector"));
  });
}

TEST_F(AttachNetns, AFlowDissectorTakesThePlaceOfTheOneBefore) {
  in_network_namespace([] {
    const Object first =
        start_test_object("attach_flow_dissector", flows_by("count_flows", "count_flows_too"));
    // Whatever its name.
    const std::vector<ProgramRequest> other = flows_by("count_flows_too", "count_flows");
    Object second = open_test_object("attach_flow_dissector");
    ASSERT_TRUE(second.load(other));
    ASSERT_TRUE(second.attach(other, &first));
    Object* const after[] = {&second};
    ASSERT_TRUE(Object::commit(after));
    const std::uint64_t before = read_number(first);
    send_frames(6);
    EXPECT_TRUE(eventually([&] { return read_number(second) >= 6; })) << read_number(second);
    EXPECT_EQ(read_number(first), before);
  });
}

TEST_F(AttachNetns, IsLostWithItsNamespace) {
  Object object = open_test_object("attach_netns");
  in_network_namespace([&] {
    const auto requests = lookups_in(network_of_this_thread());
    ASSERT_TRUE(object.load(requests));
    ASSERT_TRUE(object.attach(requests));
    EXPECT_TRUE(object.is_attached("count_lookups"));
  });
  EXPECT_TRUE(eventually([&] { return !object.is_attached("count_lookups"); }));
  EXPECT_TRUE(object.follow(kAllPlaces).paths) << "to be tried again";
}

TEST_F(AttachNetns, WantsANetworkNamespace) {
  for (const std::string path : {"/tmp", "/proc/self/ns/mnt", "/dev/null"}) {
    EXPECT_THAT(start_error("attach_netns", lookups_in(path)),
                AllOf(HasSubstr("count_lookups (SEC(\"sk_lookup\"))"),
                      HasSubstr("'" + path + "' is not a network namespace"),
                      HasSubstr("hint: those that `ip netns`")));
  }
  EXPECT_THAT(start_error("attach_netns", lookups_in("/nonexistent")),
              HasSubstr("to network namespace '/nonexistent': No such file or directory (ENOENT)"));
}

}  // namespace
}  // namespace bpfmap::kernel
