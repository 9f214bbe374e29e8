// SPDX-License-Identifier: Apache-2.0
// Attached programs follow what comes, goes and is replaced.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "bpf_test.h"
#include "kernel/pin_folder.h"
#include "support/bpffs.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/network_namespace.h"
#include "support/temporary_directory.h"

namespace bpfmap::kernel {
namespace {

namespace fs = std::filesystem;
using test::add_veth;
using test::eventually;
using test::in_network_namespace;
using test::send_frames;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Follow : public test::BpfTest {};

ProgramRequest xdp_on_each(std::vector<std::string> interfaces, bool required = true) {
  ProgramRequest request =
      request_for("count_xdp", model::XdpTarget{std::move(interfaces), model::XdpMode::kAuto});
  request.required = required;
  return request;
}

void ip(const std::string& arguments) { ASSERT_EQ(test::run("ip", arguments), 0) << arguments; }

// Whether the program is where it should be, at that many places.
::testing::AssertionResult is_at(const Object& object, const std::string& program,
                                 std::size_t places, bool everywhere = true) {
  const ProgramStatus status = status_of(object, program);
  if (object.program_links(program) == places && object.is_attached(program) == everywhere) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << program << ": " << object.program_links(program) << " places, "
         << (object.is_attached(program) ? "everywhere" : "not everywhere") << "; "
         << status.problem;
}

std::uint32_t xdp_link_of(const Object& object) {
  const std::uint32_t program = status_of(object, "count_xdp").id;
  for (std::uint32_t id = 0; bpf_link_get_next_id(id, &id) == 0;) {
    const UniqueFd fd(bpf_link_get_fd_by_id(id));
    bpf_link_info info{};
    std::uint32_t size = sizeof(info);
    if (!fd || bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) continue;
    if (info.prog_id == program) return id;
  }
  return 0;
}

TEST_F(Follow, InterfacesThatComeAndGo) {
  in_network_namespace([] {
    add_veth("out1", "in1");
    Object object = start_test_object("attach_xdp", {xdp_on_each({"in*"})});
    EXPECT_TRUE(object.followed().kinds.interfaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 1));
    add_veth("out2", "in2");
    EXPECT_EQ(object.follow(kAllPlaces), PlaceKinds{});
    EXPECT_TRUE(is_at(object, "count_xdp", 2));
    send_frames("out2", 5);
    EXPECT_TRUE(eventually([&] { return read_number(object) == 5; }));
    ip("link del out1");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 1));
    ip("link del out2");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 0, false)) << "attached nowhere is not attached";
    EXPECT_EQ(status_of(object, "count_xdp").problem, "no interface 'in*' is there");
  });
}

TEST_F(Follow, PatternsThatNothingMatchesYet) {
  in_network_namespace([] {
    Object object = start_test_object("attach_xdp", {xdp_on_each({"in*"})});
    EXPECT_TRUE(is_at(object, "count_xdp", 0, false));
    add_veth("out", "in");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 1));
  });
}

TEST_F(Follow, RenamedInterfacesKeepTheirLinkAsLongAsTheyMatch) {
  in_network_namespace([] {
    add_veth("out", "in1");
    Object object = start_test_object("attach_xdp", {xdp_on_each({"in*"})});
    const std::uint32_t link = xdp_link_of(object);
    ASSERT_NE(link, 0u);
    ip("link set in1 down");
    ip("link set in1 name in2");
    ip("link set in2 up");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 1));
    EXPECT_EQ(xdp_link_of(object), link);
    ip("link set in2 down");
    ip("link set in2 name other");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 0, false));
    EXPECT_EQ(xdp_link_of(object), 0u);
    ip("link set other name in3");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 1));
  });
}

TEST_F(Follow, AnInterfaceByNameThatComesBack) {
  in_network_namespace([] {
    add_veth("out", "in");
    Object object = start_test_object("attach_xdp", {xdp_on_each({"in"})});
    ip("link del out");
    EXPECT_TRUE(eventually([&] { return object.has_lost_places(); }));
    EXPECT_EQ(object.follow(kAllPlaces), (PlaceKinds{true, false, false})) << "to be tried again";
    EXPECT_TRUE(is_at(object, "count_xdp", 0, false));
    EXPECT_THAT(status_of(object, "count_xdp").problem, HasSubstr("'in': there is none"));
    EXPECT_FALSE(object.has_lost_places()) << "they are forgotten";
    add_veth("out", "in");
    EXPECT_EQ(object.follow(kAllPlaces), PlaceKinds{});
    EXPECT_TRUE(is_at(object, "count_xdp", 1));
    send_frames("out", 3);
    EXPECT_TRUE(eventually([&] { return read_number(object) == 3; }));
  });
}

TEST_F(Follow, OptionalProgramsAreWhereverTheyCanBe) {
  in_network_namespace([] {
    add_veth("out1", "in1");
    Object object = start_test_object("attach_xdp", {xdp_on_each({"missing", "in1"}, false)});
    EXPECT_TRUE(is_at(object, "count_xdp", 1, false));
    add_veth("out2", "missing");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 2));
  });
}

TEST_F(Follow, WhatAnotherProgramHoldsIsTriedAgain) {
  in_network_namespace([] {
    add_veth("out1", "in1");
    Object object = start_test_object("attach_xdp", {xdp_on_each({"in*"})});
    add_veth("out2", "in2");
    {
      const Object holder = start_test_object("attach_xdp", {xdp_on_each({"in2"})});
      EXPECT_EQ(object.follow(kAllPlaces), (PlaceKinds{true, false, false}));
      EXPECT_TRUE(is_at(object, "count_xdp", 1, false));
      EXPECT_THAT(status_of(object, "count_xdp").problem, HasSubstr("to in2: Device or resource"));
    }
    EXPECT_TRUE(eventually([&] {
      object.follow(kAllPlaces);
      return object.is_attached("count_xdp");
    }));
    EXPECT_TRUE(is_at(object, "count_xdp", 2));
  });
}

TEST_F(Follow, WhatIsDetachedByHandIsAttachedAnew) {
  in_network_namespace([] {
    add_veth("out", "in");
    Object object = start_test_object("attach_xdp", {xdp_on_each({"in*"})});
    const UniqueFd link(bpf_link_get_fd_by_id(xdp_link_of(object)));
    ASSERT_EQ(bpf_link_detach(link.get()), 0);
    EXPECT_TRUE(object.has_lost_places());
    EXPECT_FALSE(object.is_attached("count_xdp"));
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 1));
  });
}

TEST_F(Follow, BothDirectionsOfTc) {
  in_network_namespace([] {
    add_veth("out1", "in1");
    Object object = start_test_object(
        "attach_tc", {{"count_tc",
                       true,
                       true,
                       {model::TcTarget{{"in*"}, model::TcDirection::kIngress, 0},
                        model::TcTarget{{"in*"}, model::TcDirection::kEgress, 0}}}});
    EXPECT_TRUE(is_at(object, "count_tc", 2));
    add_veth("out2", "in2");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_tc", 4));
    send_frames("out2", 3);
    EXPECT_TRUE(eventually([&] { return read_number(object) == 3; }));
    ip("link del out2");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_tc", 2));
  });
}

// A filter has no link that would tell.
TEST_F(Follow, FiltersThatAreTakenAway) {
  in_network_namespace([] {
    add_veth("out", "in");
    Object object = start_test_object(
        "attach_tc",
        {request_for("count_tc", model::TcTarget{{"in"}, model::TcDirection::kIngress, 7})});
    EXPECT_TRUE(is_at(object, "count_tc", 1));
    ASSERT_EQ(test::run("tc", "qdisc del dev in clsact"), 0);
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_tc", 1));
    send_frames("out", 4);
    EXPECT_TRUE(eventually([&] { return read_number(object) == 4; }));
  });
}

TEST_F(Follow, TwoTargetsThatMeetAreOnePlace) {
  in_network_namespace([] {
    add_veth("out", "in");
    const Object object =
        start_test_object("attach_xdp", {{"count_xdp",
                                          true,
                                          true,
                                          {model::XdpTarget{{"in"}, model::XdpMode::kAuto},
                                           model::XdpTarget{{"in*"}, model::XdpMode::kAuto}}}});
    EXPECT_TRUE(is_at(object, "count_xdp", 1));
  });
}

class FollowBinaries : public Follow {
 protected:
  // The program that is probed, as another file.
  std::string copy_to(const std::string& name) const {
    std::string path = directory_ / name;
    fs::create_directories(fs::path(path).parent_path());
    fs::copy_file(PROBED_PROGRAM, path);
    return path;
  }

  static ProgramRequest probe(const std::string& binary) {
    model::UprobeTarget target;
    target.binary = binary;
    target.symbol = "probed_other";
    return request_for("count_calls", target);
  }

  static void run(const std::string& binary, int count) {
    test::ChildOptions options;
    options.arguments = {binary, std::to_string(count)};
    ASSERT_EQ(test::run_program(options).exit_code, 0);
  }

  test::TemporaryDirectory directory_;
};

TEST_F(FollowBinaries, ThatAreReplaced) {
  const std::string binary = copy_to("probed");
  Object object = start_test_object("attach_uprobe", {probe(binary)});
  EXPECT_THAT(object.followed().paths, ::testing::ElementsAre(binary));
  run(binary, 2);
  EXPECT_EQ(read_number(object), 2u);
  fs::rename(copy_to("probed.new"), binary);
  EXPECT_EQ(object.follow(kAllPlaces), PlaceKinds{});
  EXPECT_TRUE(is_at(object, "count_calls", 1));
  run(binary, 3);
  EXPECT_EQ(read_number(object), 5u);
}

TEST_F(FollowBinaries, WithStaticProbesThatAreReplaced) {
  const std::string binary = copy_to("probed");
  Object object = start_test_object(
      "attach_usdt",
      {request_for("count_probe", model::UsdtTarget{binary, "bpfmap_probed", "called", -1})});
  run(binary, 2);
  EXPECT_EQ(read_number(object), 2u);
  fs::rename(copy_to("probed.new"), binary);
  EXPECT_EQ(object.follow(kAllPlaces), PlaceKinds{});
  EXPECT_TRUE(is_at(object, "count_probe", 1));
  run(binary, 3);
  EXPECT_EQ(read_number(object), 5u);
}

TEST_F(FollowBinaries, BehindLinks) {
  const std::string first = copy_to("1/probed");
  const std::string second = copy_to("2/probed");
  const std::string link = directory_ / "current";
  fs::create_symlink("1", link);
  Object object = start_test_object("attach_uprobe", {probe(link + "/probed")});
  fs::create_symlink("2", directory_ / "next");
  fs::rename(directory_ / "next", link);
  object.follow(kAllPlaces);
  run(second, 3);
  EXPECT_EQ(read_number(object), 3u);
  run(first, 2);
  EXPECT_EQ(read_number(object), 3u);
}

TEST_F(FollowBinaries, ThatGoAndComeBack) {
  const std::string binary = copy_to("probed");
  Object object = start_test_object("attach_uprobe", {probe(binary)});
  fs::remove(binary);
  EXPECT_TRUE(object.follow(kAllPlaces).paths);
  EXPECT_TRUE(is_at(object, "count_calls", 0, false));
  copy_to("probed");
  EXPECT_EQ(object.follow(kAllPlaces), PlaceKinds{});
  EXPECT_TRUE(is_at(object, "count_calls", 1));
  run(binary, 4);
  EXPECT_EQ(read_number(object), 4u);
}

TEST_F(FollowBinaries, ThatAreNoneForAMoment) {
  const std::string binary = copy_to("probed");
  Object object = start_test_object("attach_uprobe", {probe(binary)});
  fs::rename(directory_.write("text", "no binary"), binary);
  object.follow(kAllPlaces);
  EXPECT_TRUE(is_at(object, "count_calls", 0, false));
  EXPECT_THAT(status_of(object, "count_calls").problem, HasSubstr("it is no ELF file"));
  fs::rename(copy_to("probed.new"), binary);
  object.follow(kAllPlaces);
  EXPECT_TRUE(is_at(object, "count_calls", 1));
}

TEST_F(FollowBinaries, LeavesTheRestAlone) {
  const std::string binary = copy_to("probed");
  Object object = start_test_object("attach_uprobe", {probe(binary)});
  fs::remove(binary);
  EXPECT_EQ(object.follow({true, true, false}), PlaceKinds{}) << "no interface, no CPU";
  EXPECT_TRUE(is_at(object, "count_calls", 1));
}

class FollowCgroups : public Follow {
 protected:
  void SetUp() override {
    Follow::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const std::string mount = test::cgroup2_mount();
    if (test::lacks(mount.empty() ? "cgroup v2 cannot be mounted" : "")) return;
    path_ = mount + "/bpfmap_follow_" + std::to_string(getpid());
    if (mkdir(path_.c_str(), 0755) != 0) test::lacks("no cgroup can be made in " + mount);
  }
  void TearDown() override {
    for (const std::string& name : made_) rmdir((path_ + "/" + name).c_str());
    if (path_.empty()) return;
    EXPECT_TRUE(eventually([this] { return rmdir(path_.c_str()) == 0; }));
  }
  void make(const std::string& name) {
    ASSERT_EQ(mkdir((path_ + "/" + name).c_str(), 0755), 0);
    made_.push_back(name);
  }
  void remove(const std::string& name) const {
    EXPECT_TRUE(eventually([&] { return rmdir((path_ + "/" + name).c_str()) == 0; }));
  }

  std::string path_;
  std::vector<std::string> made_;
};

TEST_F(FollowCgroups, ByPattern) {
  make("a.service");
  make("b.slice");
  Object object =
      start_test_object("attach_cgroup_skb",
                        {request_for("count_egress", model::CgroupTarget{path_ + "/*.service"})});
  EXPECT_THAT(object.followed().paths, ::testing::ElementsAre(path_));
  EXPECT_TRUE(is_at(object, "count_egress", 1));
  make("x\\x2dy.service");
  object.follow(kAllPlaces);
  EXPECT_TRUE(is_at(object, "count_egress", 2));
  remove("a.service");
  object.follow(kAllPlaces);
  EXPECT_TRUE(is_at(object, "count_egress", 1));
  remove("x\\x2dy.service");
  object.follow(kAllPlaces);
  EXPECT_TRUE(is_at(object, "count_egress", 0, false));
}

TEST_F(FollowCgroups, AreOthersWhenTheyComeBack) {
  make("a.service");
  Object object =
      start_test_object("attach_cgroup_skb",
                        {request_for("count_egress", model::CgroupTarget{path_ + "/a.service"})});
  remove("a.service");
  make("a.service");
  EXPECT_TRUE(eventually([&] { return !object.is_attached("count_egress"); }));
  object.follow(kAllPlaces);
  EXPECT_TRUE(is_at(object, "count_egress", 1));
}

TEST_F(FollowCgroups, ThatAreNoCgroups) {
  EXPECT_THAT(
      start_error("attach_cgroup_skb", {request_for("count_egress", model::CgroupTarget{"/tm?"})}),
      HasSubstr("'/tmp' is not a directory of cgroup v2"));
}

// Takes a CPU away and gives it back, which other tests and the rest of the machine notice: only
// where REQUIRE_ALL_OF_BPF=1 says that it is a virtual machine for tests.
class FollowCpus : public Follow {
 protected:
  static constexpr const char* kSwitch = "/sys/devices/system/cpu/cpu1/online";

  static bool put_online(bool online) {
    std::ofstream file(kSwitch);
    file << (online ? "1" : "0") << std::flush;
    return static_cast<bool>(file);
  }
  void SetUp() override {
    Follow::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (!test::is_machine_for_tests()) GTEST_SKIP() << "this machine's CPUs are not the test's own";
    lock_.reset(::open(kSwitch, O_RDONLY | O_CLOEXEC));
    can_ = ::flock(lock_.get(), LOCK_EX) == 0 && put_online(false) && put_online(true);
    test::is_refused_here(can_ ? "" : "the second CPU cannot be taken offline");
  }
  void TearDown() override {
    if (!can_) return;
    EXPECT_TRUE(put_online(true));
  }

  UniqueFd lock_;  // two of these tests at a time would each find what the other one does
  bool can_ = false;
};

ProgramRequest samples() {
  return request_for("count_samples", model::PerfEventTarget{"software", "cpu-clock", 99, {}});
}

TEST_F(FollowCpus, ThatGoAndComeBack) {
  if (!can_) return;
  Object object = start_test_object("attach_perf_event", {samples()});
  const std::size_t cpus = object.program_links("count_samples");
  EXPECT_TRUE(object.followed().kinds.cpus);
  ASSERT_TRUE(put_online(false));
  object.follow(kAllPlaces);
  EXPECT_TRUE(is_at(object, "count_samples", cpus - 1));
  ASSERT_TRUE(put_online(true));
  object.follow(kAllPlaces);
  EXPECT_TRUE(is_at(object, "count_samples", cpus));
}

TEST_F(FollowCpus, BetweenTwoLooks) {
  if (!can_) return;
  Object object = start_test_object("attach_perf_event", {samples()});
  const std::size_t cpus = object.program_links("count_samples");
  ASSERT_TRUE(put_online(false));
  ASSERT_TRUE(put_online(true));
  ::testing::internal::CaptureStderr();
  object.follow(kAllPlaces);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("on CPU 1"));
  EXPECT_TRUE(is_at(object, "count_samples", cpus));
}

TEST_F(Follow, CpusThatStayKeepTheirEvents) {
  Object object = start_test_object("attach_perf_event", {samples()});
  const std::size_t cpus = object.program_links("count_samples");
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(object.follow(kAllPlaces), PlaceKinds{});
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty()) << "nothing has changed";
  EXPECT_TRUE(is_at(object, "count_samples", cpus));
}

class FollowPinned : public Follow {
 protected:
  void SetUp() override {
    Follow::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) test::lacks(bpffs_.problem());
  }

  Object start(const std::vector<ProgramRequest>& requests) const {
    Object object = open_test_object("attach_xdp");
    auto folder = PinFolder::open(bpffs_ / "pins", "followed");
    EXPECT_TRUE(folder) << folder.error().message();
    object.pin_to(*std::move(folder), true);
    EXPECT_TRUE(object.load(requests));
    auto attached = object.attach(requests);
    EXPECT_TRUE(attached) << attached.error().message();
    Object* const one[] = {&object};
    EXPECT_TRUE(Object::commit(one));
    return object;
  }

  std::size_t pinned_links() const {
    std::size_t links = 0;
    for (const auto& entry : fs::recursive_directory_iterator(bpffs_ / "pins")) {
      links += entry.path().filename().string().starts_with("link-") ? 1 : 0;
    }
    return links;
  }

  test::BpfFolder bpffs_;
};

TEST_F(FollowPinned, WhatCouldNotBePinnedIsPinnedLater) {
  in_network_namespace([&] {
    add_veth("out1", "in1");
    Object object = start({xdp_on_each({"in*"})});
    const std::string in_the_way = object.pins()->manifest() + "-next";
    ASSERT_TRUE(fs::create_directory(in_the_way));
    add_veth("out2", "in2");
    object.follow(kAllPlaces);
    EXPECT_TRUE(is_at(object, "count_xdp", 2));
    EXPECT_EQ(pinned_links(), 1u);
    ASSERT_TRUE(fs::remove(in_the_way));
    object.follow({});  // whatever has happened
    EXPECT_EQ(pinned_links(), 2u);
  });
}

TEST_F(FollowPinned, PlacesThatCameGoOnCounting) {
  in_network_namespace([&] {
    add_veth("out1", "in1");
    {
      Object object = start({xdp_on_each({"in*"})});
      EXPECT_EQ(pinned_links(), 1u);
      add_veth("out2", "in2");
      object.follow(kAllPlaces);
      EXPECT_EQ(pinned_links(), 2u);
      ip("link del out1");
      object.follow(kAllPlaces);
      EXPECT_EQ(pinned_links(), 1u);
      send_frames("out2", 3);
    }
    send_frames("out2", 4);
    add_veth("out3", "in3");
    const Object next = start({xdp_on_each({"in*"})});
    EXPECT_TRUE(is_at(next, "count_xdp", 2));
    send_frames("out2", 5);
    EXPECT_TRUE(eventually([&] { return read_number(next) >= 12; }));
    EXPECT_EQ(read_number(next), 12u);
  });
}

}  // namespace
}  // namespace bpfmap::kernel
