// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "bpf_test.h"
#include "support/eventually.h"

namespace bpfmap::kernel {
namespace {

using test::eventually;
using ::testing::AllOf;
using ::testing::HasSubstr;

// A cgroup of the test, removed in the end.
class AttachCgroup : public test::BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped()) return;
    const std::string mount = test::cgroup2_mount();
    if (test::lacks(mount.empty() ? "cgroup v2 cannot be mounted" : "")) return;
    path_ = mount + "/bpfmap_test_" + std::to_string(getpid());
    if (mkdir(path_.c_str(), 0755) != 0) test::lacks("no cgroup can be made in " + mount);
  }
  void TearDown() override {
    if (path_.empty()) return;
    EXPECT_TRUE(eventually([this] { return rmdir(path_.c_str()) == 0; }));
  }

  std::vector<ProgramRequest> target() const {
    return {request_for("count_egress", model::CgroupTarget{path_})};
  }

  // Datagrams that a process of the cgroup sends to a port that drops them.
  void send_datagrams(int count) const {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(send_from_cgroup(count) ? 0 : 1);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
  }

 private:
  bool send_from_cgroup(int count) const {
    std::ofstream(path_ + "/cgroup.procs") << getpid() << std::flush;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* where = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    socklen_t size = sizeof(address);
    const int receiver = socket(AF_INET, SOCK_DGRAM, 0);
    auto* name = static_cast<sockaddr*>(static_cast<void*>(&address));
    if (bind(receiver, where, size) != 0 || getsockname(receiver, name, &size) != 0) return false;
    const int sender = socket(AF_INET, SOCK_DGRAM, 0);
    for (int i = 0; i < count; ++i) {
      if (sendto(sender, "x", 1, 0, where, sizeof(address)) != 1) return false;
    }
    return true;
  }

  std::string path_;
};

TEST_F(AttachCgroup, CountsWhatItsProcessesSend) {
  const Object object = start_test_object("attach_cgroup_skb", target());
  send_datagrams(11);
  EXPECT_EQ(read_number(object), 11u);
}

TEST_F(AttachCgroup, TwoOnOneCgroupBothCount) {
  const Object first = start_test_object("attach_cgroup_skb", target());
  {
    const Object second = start_test_object("attach_cgroup_skb", target());
    send_datagrams(3);
    EXPECT_EQ(read_number(first), 3u);
    EXPECT_EQ(read_number(second), 3u);
  }
  send_datagrams(2);
  EXPECT_EQ(read_number(first), 5u);
}

TEST_F(AttachCgroup, LeavesNothingBehind) {
  std::uint32_t id = 0;
  {
    const Object object = start_test_object("attach_cgroup_skb", target());
    id = status_of(object, "count_egress").id;
  }
  EXPECT_TRUE(program_goes_away(id));
}

TEST_F(AttachCgroup, WantsADirectoryOfCgroup2) {
  EXPECT_THAT(
      start_error("attach_cgroup_skb", {request_for("count_egress", model::CgroupTarget{"/tmp"})}),
      AllOf(HasSubstr("count_egress (SEC(\"cgroup_skb/egress\"))"),
            HasSubstr("'/tmp' is not a directory of cgroup v2"),
            HasSubstr("hint: cgroup v2 is mounted at /")));
  EXPECT_THAT(start_error("attach_cgroup_skb",
                          {request_for("count_egress", model::CgroupTarget{"/nonexistent"})}),
              HasSubstr("to cgroup '/nonexistent': No such file or directory (ENOENT)"));
}

}  // namespace
}  // namespace bpfmap::kernel
