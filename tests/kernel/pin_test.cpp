// SPDX-License-Identifier: Apache-2.0
// Objects that are pinned or take the place of others, by the kind of what they are attached to.
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bpf_test.h"
#include "kernel/pin_folder.h"
#include "support/bpffs.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/network_namespace.h"

namespace bpfmap::kernel {
namespace {

namespace fs = std::filesystem;
using test::add_veth;
using test::eventually;
using test::in_network_namespace;
using test::send_frames;
using ::testing::AllOf;
using ::testing::HasSubstr;

void sleep_often(int count) {
  for (int i = 0; i < count; ++i) std::this_thread::sleep_for(std::chrono::microseconds(10));
}

class Pin : public test::BpfTest {
 protected:
  void SetUp() override {
    if (test::lacks(test::why_no_bpf())) return;
    test::lacks(bpffs_.problem());
  }

  Result<Object> start(const std::string& name, const std::vector<ProgramRequest>& requests) {
    Object object = open_test_object(name);
    auto folder = PinFolder::open(bpffs_ / "pins", "con.fig/1");
    if (!folder) return unexpected(folder.error());
    object.pin_to(*std::move(folder), true);
    if (auto loaded = object.load(requests); !loaded) return unexpected(loaded.error());
    if (auto attached = object.attach(requests); !attached) return unexpected(attached.error());
    Object* const one[] = {&object};
    if (auto committed = Object::commit(one); !committed) return unexpected(committed.error());
    return object;
  }

  // Kernels before 5.15 attach some programs without a link.
  static bool lacks_links(const Result<Object>& started) {
    const std::string why = started ? "" : started.error().message();
    const bool has_none = why.find("without a link that can be pinned") != std::string::npos ||
                          why.find("a tc filter cannot be pinned") != std::string::npos;
    return has_none && test::lacks(why);
  }

  // Counts `events` with a pinned object, then without any, then with the next one.
  void expect_lasting(const std::string& name, const std::vector<ProgramRequest>& requests,
                      const std::function<void(int)>& events) {
    {
      const auto first = start(name, requests);
      if (lacks_links(first)) return;
      ASSERT_TRUE(first) << first.error().message();
      events(3);
    }
    events(4);
    const auto next = start(name, requests);
    ASSERT_TRUE(next) << next.error().message();
    events(5);
    EXPECT_TRUE(eventually([&] { return read_number(*next) >= 12; }));
    EXPECT_EQ(read_number(*next), 12u);
  }

  // Where the kernel refuses a program, the error says so and nothing stays.
  void expect_a_reason(const std::string& name) {
    const auto refused = start(name, {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(),
                AllOf(HasSubstr("count_sleeps (SEC("), HasSubstr("\n  hint: ")));
    EXPECT_TRUE(fs::is_empty(bpffs_ / "pins"));
  }

  // The same as expect_lasting() for a program that counts what sleeps anywhere on the machine.
  void expect_sleeps_to_last(const std::string& name) {
    std::uint64_t before = 0;
    std::vector<std::string> entries;
    {
      const auto first = start(name, {});
      if (lacks_links(first)) return;
      ASSERT_TRUE(first) << first.error().message();
      entries = pins_that_begin_with("entry-count_sleeps-");
      EXPECT_EQ(entries.size(), 1u);
      sleep_often(50);
      before = read_number(*first);
      EXPECT_GE(before, 50u);
    }
    sleep_often(50);
    const auto next = start(name, {});
    ASSERT_TRUE(next) << next.error().message();
    EXPECT_EQ(pins_that_begin_with("entry-count_sleeps-"), entries) << "what is attached stays";
    EXPECT_GE(read_number(*next), before + 50);
    before = read_number(*next);
    sleep_often(50);
    EXPECT_GE(read_number(*next), before + 50);
  }

  // Names, in whatever folder of the pins.
  std::vector<std::string> pins_that_begin_with(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(bpffs_ / "pins")) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(prefix)) names.push_back(name);
    }
    return names;
  }

  test::BpfFolder bpffs_;
};

TEST_F(Pin, OfXdpGoesOnCounting) {
  in_network_namespace([&] {
    add_veth("out", "in");
    expect_lasting("attach_xdp", {xdp_request("in")}, [](int n) { send_frames("out", n); });
  });
}

TEST_F(Pin, OfTcxGoesOnCounting) {
  in_network_namespace([&] {
    add_veth("out", "in");
    expect_lasting(
        "attach_tc",
        {request_for("count_tc", model::TcTarget{{"in"}, model::TcDirection::kIngress, 0})},
        [](int n) { send_frames("out", n); });
  });
}

TEST_F(Pin, RefusesATcFilter) {
  in_network_namespace([&] {
    add_veth("out", "in");
    const auto refused =
        start("attach_tc",
              {request_for("count_tc", model::TcTarget{{"in"}, model::TcDirection::kIngress, 5})});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("a tc filter cannot be pinned"));
    EXPECT_TRUE(fs::is_empty(bpffs_ / "pins"));
  });
}

TEST_F(Pin, OfAUprobeGoesOnCounting) {
  const model::UprobeTarget target{"libc.so.6", "getppid", 0, false, ::getpid()};
  expect_lasting("attach_uprobe", {request_for("count_calls", target)}, [](int n) {
    for (int i = 0; i < n; ++i) static_cast<void>(::getppid());
  });
}

TEST_F(Pin, OfAKprobeGoesOnCounting) {
  if (!test::is_refused_here(test::why_no_kprobes())) expect_sleeps_to_last("attach_kprobe");
}

TEST_F(Pin, OfAKprobeIsRefusedWithAReason) {
  if (test::why_no_kprobes().empty()) GTEST_SKIP() << "this kernel has kprobes";
  expect_a_reason("attach_kprobe");
}

TEST_F(Pin, OfFentryGoesOnCounting) {
  if (!test::is_refused_here(test::why_no_fentry())) expect_sleeps_to_last("attach_fentry");
}

TEST_F(Pin, OfFentryIsRefusedWithAReason) {
  if (test::why_no_fentry().empty()) GTEST_SKIP() << "this kernel has fentry, and lets us use it";
  expect_a_reason("attach_fentry");
}

TEST_F(Pin, OfACgroupGoesOnCounting) {
  const std::string mount = test::cgroup2_mount();
  if (test::lacks(mount.empty() ? "cgroup v2 cannot be mounted" : "")) return;
  const std::string path = mount + "/bpfmap_pin_test_" + std::to_string(::getpid());
  ASSERT_TRUE(fs::create_directory(path));
  expect_lasting(
      "attach_cgroup_skb", {request_for("count_egress", model::CgroupTarget{path})}, [&](int n) {
        // The discard port: no process answers, and each datagram has a socket of its own.
        const std::string script = "echo $$ > " + path + "/cgroup.procs; for i in $(seq " +
                                   std::to_string(n) + "); do echo x > /dev/udp/127.0.0.1/9; done";
        EXPECT_EQ(test::run_program({"bash", "-c", script}).exit_code, 0);
      });
  EXPECT_TRUE(eventually([&] { return ::rmdir(path.c_str()) == 0; }));
}

TEST_F(Pin, OfANetworkNamespaceGoesOnCounting) {
  in_network_namespace([&] {
    ASSERT_EQ(test::run("ip", "link set lo up"), 0);
    expect_lasting("attach_netns", {request_for("count_lookups", model::NetnsTarget{})}, [](int n) {
      const std::string script =
          "for i in $(seq " + std::to_string(n) + "); do echo x > /dev/udp/127.0.0.1/9; done";
      EXPECT_EQ(test::run_program({"bash", "-c", script}).exit_code, 0);
    });
  });
}

TEST_F(Pin, OfAPerfEventGoesOnCounting) {
  const auto requests = std::vector<ProgramRequest>{request_for(
      "count_samples",
      model::PerfEventTarget{"software", "cpu-clock", std::uint64_t{1000}, std::nullopt})};
  std::uint64_t before = 0;
  {
    const auto first = start("attach_perf_event", requests);
    if (lacks_links(first)) return;
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_TRUE(eventually([&] { return read_number(*first) > 10; }));
    before = read_number(*first);
  }
  const auto next = start("attach_perf_event", requests);
  ASSERT_TRUE(next) << next.error().message();
  EXPECT_GE(read_number(*next), before);
  EXPECT_TRUE(eventually([&] { return read_number(*next) > before + 10; }));
}

TEST_F(Pin, TwoProgramsCannotShareAPlaceThatTakesOne) {
  in_network_namespace([&] {
    add_veth("out", "in");
    const Object before = start_test_object("attach_xdp", {xdp_request("in")});
    Object object = open_test_object("restart_xdp");
    const std::vector<ProgramRequest> both{
        request_for("first", model::XdpTarget{{"in"}, model::XdpMode::kAuto}),
        request_for("second", model::XdpTarget{{"in"}, model::XdpMode::kAuto})};
    ASSERT_TRUE(object.load(both));
    const auto refused = object.attach(both, &before);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("program 'first' is attached at"));
  });
}

TEST_F(Pin, InAnInterfaceThatIsMadeAnewAttachesAnew) {
  in_network_namespace([&] {
    add_veth("out", "in");
    {
      const auto first = start("attach_xdp", {xdp_request("in")});
      ASSERT_TRUE(first) << first.error().message();
      send_frames("out", 3);
      EXPECT_TRUE(eventually([&] { return read_number(*first) >= 3; }));
    }
    ASSERT_EQ(test::run("ip", "link delete in"), 0);
    add_veth("out", "in");
    const auto next = start("attach_xdp", {xdp_request("in")});
    ASSERT_TRUE(next) << next.error().message();
    send_frames("out", 2);
    EXPECT_TRUE(eventually([&] { return read_number(*next) >= 5; }));
    EXPECT_EQ(read_number(*next), 5u);
  });
}

TEST_F(Pin, EndsWithUnpin) {
  in_network_namespace([&] {
    add_veth("out", "in");
    {
      auto object = start("attach_xdp", {xdp_request("in")});
      ASSERT_TRUE(object) << object.error().message();
      EXPECT_FALSE(fs::is_empty(bpffs_ / "pins"));
      object->unpin();
      EXPECT_TRUE(fs::is_empty(bpffs_ / "pins"));
      EXPECT_NE(xdp_on("in"), 0u);
    }
    EXPECT_TRUE(eventually([&] { return xdp_on("in") == 0; }));
  });
}

Object loaded_beside(const std::string& interface, const Object& before) {
  Object object = open_test_object("attach_xdp");
  const std::vector<ProgramRequest> requests{xdp_request(interface)};
  EXPECT_TRUE(object.load(requests));
  const auto attached = object.attach(requests, &before);
  EXPECT_TRUE(attached) << attached.error().message();
  return object;
}

TEST_F(Pin, CommitPutsAProgramIntoTheLinkOfAnother) {
  in_network_namespace([&] {
    add_veth("out", "in");
    auto first = std::make_unique<Object>(start_test_object("attach_xdp", {xdp_request("in")}));
    Object next = loaded_beside("in", *first);
    EXPECT_EQ(xdp_on("in"), status_of(*first, "count_xdp").id);
    Object* const one[] = {&next};
    ASSERT_TRUE(Object::commit(one));
    first = nullptr;
    EXPECT_EQ(xdp_on("in"), status_of(next, "count_xdp").id);
    send_frames("out", 6);
    EXPECT_TRUE(eventually([&] { return read_number(next) >= 6; }));
  });
}

TEST_F(Pin, CommitThatFailsChangesNothing) {
  in_network_namespace([&] {
    add_veth("out1", "in1");
    add_veth("out2", "in2");
    const Object first = start_test_object("attach_xdp", {xdp_request("in1")});
    const Object second = start_test_object("attach_xdp", {xdp_request("in2")});
    Object next_first = loaded_beside("in1", first);
    Object next_second = loaded_beside("in2", second);
    ASSERT_EQ(test::run("ip", "link delete in2"), 0);
    Object* const both[] = {&next_first, &next_second};
    const auto failed = Object::commit(both);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message(), HasSubstr("count_xdp"));
    EXPECT_EQ(xdp_on("in1"), status_of(first, "count_xdp").id);
  });
}

TEST_F(Pin, WhatIsNotCommittedLeavesTheOtherOneAlone) {
  in_network_namespace([&] {
    add_veth("out", "in");
    const Object first = start_test_object("attach_xdp", {xdp_request("in")});
    { const Object next = loaded_beside("in", first); }
    EXPECT_EQ(xdp_on("in"), status_of(first, "count_xdp").id);
  });
}

}  // namespace
}  // namespace bpfmap::kernel
