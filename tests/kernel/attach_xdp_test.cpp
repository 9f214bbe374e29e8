// SPDX-License-Identifier: Apache-2.0
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "bpf_test.h"
#include "support/eventually.h"
#include "support/network_namespace.h"

namespace bpfmap::kernel {
namespace {

using test::add_veth;
using test::eventually;
using test::in_network_namespace;
using test::send_frames;
using ::testing::AllOf;
using ::testing::HasSubstr;

class AttachXdp : public test::BpfTest {};

ProgramRequest xdp(std::vector<std::string> interfaces,
                   model::XdpMode mode = model::XdpMode::kAuto) {
  return request_for("count_xdp", model::XdpTarget{std::move(interfaces), mode});
}

std::uint32_t program_on(const std::string& interface) {
  std::uint32_t id = 0;
  EXPECT_EQ(bpf_xdp_query_id(static_cast<int>(if_nametoindex(interface.c_str())), 0, &id), 0);
  return id;
}

TEST_F(AttachXdp, CountsWhatArrives) {
  in_network_namespace([] {
    add_veth("out", "in");
    const Object object = start_test_object("attach_xdp", {xdp({"in"})});
    send_frames("out", 17);
    EXPECT_TRUE(eventually([&] { return read_number(object) >= 17; }));
    EXPECT_EQ(read_number(object), 17u);
    EXPECT_TRUE(status_of(object, "count_xdp").attached);
    EXPECT_EQ(program_on("in"), status_of(object, "count_xdp").id);
  });
}

TEST_F(AttachXdp, EndsWithTheInterface) {
  in_network_namespace([] {
    add_veth("out", "in");
    const Object object = start_test_object("attach_xdp", {xdp({"in"})});
    EXPECT_TRUE(object.is_attached("count_xdp"));
    EXPECT_FALSE(object.has_lost_places());
    EXPECT_EQ(test::run("ip", "link del out"), 0);  // and its other end with it
    EXPECT_TRUE(eventually([&] { return object.has_lost_places(); }));
    EXPECT_FALSE(object.is_attached("count_xdp"));
    EXPECT_FALSE(object.is_attached("missing"));
    const ProgramStatus status = status_of(object, "count_xdp");
    EXPECT_FALSE(status.attached);
    EXPECT_EQ(status.problem, "what it was attached to is gone");
  });
}

TEST_F(AttachXdp, InGenericAndInNativeMode) {
  in_network_namespace([] {
    add_veth("out", "in");
    for (const model::XdpMode mode : {model::XdpMode::kGeneric, model::XdpMode::kNative}) {
      const Object object = start_test_object("attach_xdp", {xdp({"in"}, mode)});
      bpf_xdp_query_opts query{};
      query.sz = sizeof(query);
      ASSERT_EQ(bpf_xdp_query(static_cast<int>(if_nametoindex("in")), 0, &query), 0);
      const std::uint32_t id = status_of(object, "count_xdp").id;
      EXPECT_EQ(mode == model::XdpMode::kGeneric ? query.skb_prog_id : query.drv_prog_id, id);
      send_frames("out", 5);
      EXPECT_TRUE(eventually([&] { return read_number(object) == 5; }));
    }
  });
}

TEST_F(AttachXdp, ToAllInterfacesOfAGlob) {
  in_network_namespace([] {
    add_veth("out1", "in1");
    add_veth("out2", "in2");
    const Object object = start_test_object("attach_xdp", {xdp({"in*", "in1"})});
    send_frames("out1", 3);
    send_frames("out2", 4);
    EXPECT_TRUE(eventually([&] { return read_number(object) >= 7; }));
    EXPECT_EQ(read_number(object), 7u);
    EXPECT_EQ(program_on("out1"), 0u);
  });
}

TEST_F(AttachXdp, LeavesNothingBehind) {
  in_network_namespace([] {
    add_veth("out", "in");
    std::uint32_t id = 0;
    {
      const Object object = start_test_object("attach_xdp", {xdp({"in"})});
      id = status_of(object, "count_xdp").id;
      ASSERT_EQ(program_on("in"), id);
    }
    EXPECT_EQ(program_on("in"), 0u);
    EXPECT_TRUE(program_goes_away(id));
  });
}

// What a service manager does in the end; a netlink attachment would stay for ever.
TEST_F(AttachXdp, IsUndoneByTheKernelWhenTheProcessIsKilled) {
  in_network_namespace([] {
    add_veth("out", "in");
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const Result<Object> object = start_test_object("attach_xdp", {xdp({"in"})});
      for (;;) pause();
    }
    EXPECT_TRUE(eventually([] { return program_on("in") != 0; }));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(eventually([] { return program_on("in") == 0; }));
  });
}

TEST_F(AttachXdp, SaysWhichProgramHoldsTheInterface) {
  in_network_namespace([] {
    add_veth("out", "in");
    const Object first = start_test_object("attach_xdp", {xdp({"in"})});
    const std::string id = std::to_string(status_of(first, "count_xdp").id);
    EXPECT_THAT(start_error("attach_xdp", {xdp({"in"})}),
                AllOf(HasSubstr("attach program count_xdp (SEC(\"xdp\")) of "),
                      HasSubstr("to in: Device or resource busy (EBUSY)"),
                      HasSubstr("XDP program " + id + " (count_xdp) is attached to it already")));
    send_frames("out", 2);
    EXPECT_TRUE(eventually([&] { return read_number(first) == 2; }));
  });
}

TEST_F(AttachXdp, IsAllOrNothing) {
  in_network_namespace([] {
    add_veth("out1", "in1");
    add_veth("out2", "in2");
    const Object holder = start_test_object("attach_xdp", {xdp({"in2"})});
    EXPECT_THAT(start_error("attach_xdp", {xdp({"in1", "in2"})}), HasSubstr("EBUSY"));
    EXPECT_EQ(program_on("in1"), 0u);
    EXPECT_NE(program_on("in2"), 0u);
  });
}

// The programs are attached in the object's order: this one before the one that fails.
TEST_F(AttachXdp, IsUndoneWhenAnotherProgramFails) {
  in_network_namespace([] {
    add_veth("out", "bpfmap_in");
    Object object = open_test_object("foreign_sections");
    ASSERT_EQ(object.programs().at(0).name, "count_xdp");
    std::vector<ProgramRequest> requests{
        request_for("count_samples", model::PerfEventTarget{"software", "no-such-event", 99, {}})};
    ASSERT_TRUE(object.load(requests));
    ASSERT_FALSE(object.attach(requests));
    EXPECT_EQ(program_on("bpfmap_in"), 0u);
    EXPECT_FALSE(status_of(object, "count_xdp").attached);
    // And a second try may succeed.
    requests[0].targets = {model::PerfEventTarget{"software", "cpu-clock", 99, {}}};
    ASSERT_TRUE(object.attach(requests));
    EXPECT_EQ(program_on("bpfmap_in"), status_of(object, "count_xdp").id);
  });
}

TEST_F(AttachXdp, WantsInterfacesThatExist) {
  in_network_namespace([] {
    add_veth("out", "in");
    EXPECT_THAT(start_error("attach_xdp", {xdp({"inn"})}),
                AllOf(HasSubstr("count_xdp (SEC(\"xdp\"))"), HasSubstr("'inn'"),
                      HasSubstr("did you mean 'in'?"), HasSubstr("network namespace")));
    EXPECT_EQ(start_error("attach_xdp", {xdp({"wlan*"})}), "started") << "one may come";
    EXPECT_THAT(start_error("attach_xdp", {xdp({"wlan*", "inn"})}), HasSubstr("'inn'"));
  });
}

TEST_F(AttachXdp, BySectionAsTheOtherExporterWritesIt) {
  in_network_namespace([] {
    add_veth("out", "bpfmap_in");
    const Object object =
        start_test_object("foreign_sections", {{"count_samples", false, true, {}}});
    EXPECT_EQ(status_of(object, "count_xdp").type, "xdp");
    send_frames("out", 6);
    EXPECT_TRUE(eventually([&] { return read_number(object) >= 6; }));
    EXPECT_EQ(read_number(object), 6u);
  });
}

TEST_F(AttachXdp, OffloadTakesOneInterface) {
  in_network_namespace([] {
    add_veth("out", "in");
    EXPECT_THAT(start_error("attach_xdp", {xdp({"in", "out"}, model::XdpMode::kOffload)}),
                HasSubstr("exactly one interface"));
    // A veth is no network card that runs programs.
    EXPECT_THAT(start_error("attach_xdp", {xdp({"in"}, model::XdpMode::kOffload)}),
                HasSubstr("hint: mode: offload needs a network card"));
  });
}

}  // namespace
}  // namespace bpfmap::kernel
