// SPDX-License-Identifier: Apache-2.0
#include "kernel/inventory/object_walk.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <vector>

#include "kernel/types/bpf_type_names.h"

// Without a kernel: made-up objects that come and go where it hurts.
namespace bpfmap::kernel {
namespace {

// Objects by id; what opening each of them answers: 0, or a negative errno.
using Objects = std::map<std::uint32_t, int>;

ObjectCalls calls_of(const Objects& objects) {
  ObjectCalls calls;
  calls.subject = "BPF things";
  calls.next_id = [&objects](std::uint32_t start, std::uint32_t* next) {
    const auto found = objects.upper_bound(start);
    if (found == objects.end()) return -ENOENT;
    *next = found->first;
    return 0;
  };
  calls.open = [&objects](std::uint32_t id) {
    const int answer = objects.at(id);
    return answer < 0 ? answer : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  };
  return calls;
}

struct Walk {
  std::vector<std::uint32_t> ids;
  std::vector<int> descriptors;
  std::string error;
};

Walk walk(const ObjectCalls& calls, int visited = 0, std::size_t most = 100) {
  Walk walk;
  const auto done = walk_objects(
      calls,
      [&](std::uint32_t id, int fd) {
        walk.ids.push_back(id);
        walk.descriptors.push_back(fd);
        EXPECT_GE(::fcntl(fd, F_GETFD), 0);
        return visited;
      },
      most);
  if (!done) walk.error = done.error().message();
  return walk;
}

TEST(ObjectWalk, VisitsAllInOrderAndClosesThem) {
  const Objects objects{{7, 0}, {3, 0}, {4000000000, 0}};
  const Walk seen = walk(calls_of(objects));
  EXPECT_EQ(seen.ids, (std::vector<std::uint32_t>{3, 7, 4000000000}));
  EXPECT_EQ(seen.error, "");
  for (const int fd : seen.descriptors) EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
}

TEST(ObjectWalk, OfNothingIsEmpty) {
  const Walk seen = walk(calls_of({}));
  EXPECT_TRUE(seen.ids.empty());
  EXPECT_EQ(seen.error, "");
}

TEST(ObjectWalk, PassesOverWhatHasVanished) {
  const Objects objects{{1, 0}, {2, -ENOENT}, {3, -EAGAIN}, {4, 0}};
  const Walk seen = walk(calls_of(objects));
  EXPECT_EQ(seen.ids, (std::vector<std::uint32_t>{1, 4}));
  EXPECT_EQ(seen.error, "");
}

TEST(ObjectWalk, PassesOverWhatVanishesWhileItIsLookedAt) {
  const Objects objects{{1, 0}, {2, 0}};
  for (const int gone : {-ENOENT, -ENODEV}) {
    const Walk seen = walk(calls_of(objects), gone);
    EXPECT_EQ(seen.ids.size(), 2U);
    EXPECT_EQ(seen.error, "");
  }
}

TEST(ObjectWalk, WithoutTheRightTellsWhichOneIsNeeded) {
  ObjectCalls calls = calls_of({});
  calls.next_id = [](std::uint32_t, std::uint32_t*) { return -EPERM; };
  const std::string error = walk(calls).error;
  EXPECT_TRUE(error.starts_with("list BPF things: Operation not permitted (EPERM)")) << error;
  EXPECT_NE(error.find("needs CAP_SYS_ADMIN"), std::string::npos) << error;
}

TEST(ObjectWalk, StopsAtAnyOtherError) {
  const Objects refused{{1, 0}, {2, -EMFILE}, {3, 0}};
  const Walk opening = walk(calls_of(refused));
  EXPECT_EQ(opening.ids, (std::vector<std::uint32_t>{1}));
  EXPECT_NE(opening.error.find("EMFILE"), std::string::npos) << opening.error;
  const Objects objects{{1, 0}, {2, 0}};
  const Walk visiting = walk(calls_of(objects), -EFAULT);
  EXPECT_EQ(visiting.ids, (std::vector<std::uint32_t>{1}));
  EXPECT_NE(visiting.error.find("EFAULT"), std::string::npos) << visiting.error;
}

TEST(ObjectWalk, HasAnEndWhileObjectsAreMadeFasterThanItWalks) {
  Objects objects{{1, 0}};
  ObjectCalls calls = calls_of(objects);
  calls.open = [&](std::uint32_t id) {
    objects.emplace(id + 1, 0);
    return -ENOENT;
  };
  EXPECT_EQ(walk(calls, 0, 50).error, "list BPF things: there are more than 50");
  EXPECT_EQ(objects.size(), 51U);
}

TEST(ObjectWalk, MayHaveAsManyAsTheLimit) {
  const Objects objects{{1, 0}, {2, 0}};
  EXPECT_EQ(walk(calls_of(objects), 0, 2).error, "");
  EXPECT_EQ(walk(calls_of(objects), 0, 1).error, "list BPF things: there are more than 1");
}

TEST(BpfTypeNames, AreThoseOfTheKernel) {
  EXPECT_EQ(program_type_name(6), "xdp");
  EXPECT_EQ(program_type_name(32), "netfilter");
  EXPECT_EQ(program_type_name(9999), "type 9999");
  EXPECT_EQ(link_type_name(7), "perf_event");
  EXPECT_EQ(link_type_name(11), "tcx");
  EXPECT_EQ(link_type_name(9999), "type 9999");
  EXPECT_EQ(attach_type_name(0), "cgroup_inet_ingress");
  EXPECT_EQ(attach_type_name(46), "tcx_ingress");
  EXPECT_EQ(attach_type_name(9999), "type 9999");
}

}  // namespace
}  // namespace bpfmap::kernel
