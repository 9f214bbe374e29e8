// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/unique_fd.h"
#include "bpf_test.h"
#include "support/eventually.h"
#include "support/said_without_rights.h"
#include "support/test_objects.h"

namespace bpfmap::kernel {
namespace {

using test::eventually;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class LoadObject : public test::BpfTest {};

ProgramRequest optional(std::string name) { return {std::move(name), true, false, {}}; }
ProgramRequest unwanted(std::string name) { return {std::move(name), false, true, {}}; }

std::string load_error(Object& object, const std::vector<ProgramRequest>& requests) {
  const Result<void> loaded = object.load(requests);
  return loaded ? "loaded" : loaded.error().message();
}

template <typename T>
void set(Object& object, const std::string& name, const T& value) {
  const Result<void> done = object.set_global(name, std::as_bytes(std::span(&value, 1)));
  EXPECT_TRUE(done) << done.error().message();
}

TEST_F(LoadObject, GivesMapsThatWork) {
  Object object = open_test_object("kinds");
  EXPECT_EQ(object.map_fd("hash"), -1);
  ASSERT_EQ(load_error(object, {}), "loaded");
  const std::uint32_t key = 7;
  const std::uint64_t value = 42;
  std::uint64_t read = 0;
  ASSERT_EQ(bpf_map_update_elem(object.map_fd("hash"), &key, &value, BPF_ANY), 0);
  ASSERT_EQ(bpf_map_lookup_elem(object.map_fd("hash"), &key, &read), 0);
  EXPECT_EQ(read, 42u);
  EXPECT_EQ(object.map_fd("no_such_map"), -1);
}

TEST_F(LoadObject, ShapesAreThoseTheKernelMade) {
  Object object = open_test_object("kinds");
  ASSERT_EQ(load_error(object, {}), "loaded");
  for (const MapInfo& map : object.maps()) {
    bpf_map_info info{};
    std::uint32_t size = sizeof(info);
    ASSERT_EQ(bpf_obj_get_info_by_fd(object.map_fd(map.name), &info, &size), 0) << map.name;
    EXPECT_EQ(map.shape.type, info.type) << map.name;
    EXPECT_EQ(map.shape.key_size, info.key_size) << map.name;
    EXPECT_EQ(map.shape.value_size, info.value_size) << map.name;
    EXPECT_EQ(map.shape.max_entries, info.max_entries) << map.name;
  }
}

TEST_F(LoadObject, OfMapsOfEveryKind) {
  for (const char* name : {"types", "histograms", "inner_maps", "helpers"}) {
    Object object = open_test_object(name);
    EXPECT_EQ(load_error(object, {}), "loaded") << name;
    EXPECT_FALSE(object.maps().empty()) << name;
    for (const MapInfo& map : object.maps()) EXPECT_GE(object.map_fd(map.name), 0) << map.name;
  }
}

TEST_F(LoadObject, TellsIdAndTagOfPrograms) {
  const Object object = start_test_object("attach_raw_tp");
  const ProgramStatus status = status_of(object, "count_syscalls");
  EXPECT_EQ(status.section, "raw_tp/sys_enter");
  EXPECT_GT(status.id, 0u);
  EXPECT_THAT(status.tag, MatchesRegex("[0-9a-f]{16}"));
  EXPECT_TRUE(program_exists(status.id));
}

TEST_F(LoadObject, WritesGlobalsOfEverySection) {
  Object object = open_test_object("globals");
  set(object, "sample_rate", std::uint32_t{100});
  set(object, "verbose", std::uint8_t{1});
  set(object, "threshold_ns", std::uint64_t{77});
  set(object, "offset", std::int32_t{-44});
  set(object, "name", std::array<char, 16>{'n', 'e', 'w'});
  set(object, "ports", std::array<std::uint32_t, 4>{9, 8, 7, 6});
  set(object, "total_runs", std::uint64_t{1000000});
  ASSERT_EQ(load_error(object, {}), "loaded");
  ASSERT_TRUE(object.attach({}));
  struct Seen {
    std::uint32_t sample_rate;
    std::uint32_t mode;
    std::uint64_t threshold_ns;
    std::int32_t offset;
    std::uint16_t port;
    std::int8_t small;
    std::uint8_t enabled;
    char name[16];
    std::uint32_t low;
    std::uint32_t verbose;
    std::int64_t high;
    std::uint32_t ports[4];
  } seen{};
  EXPECT_TRUE(eventually([&] {
    const std::uint32_t zero = 0;
    return bpf_map_lookup_elem(object.map_fd("seen"), &zero, &seen) == 0 && seen.sample_rate != 0;
  }));
  EXPECT_EQ(seen.sample_rate, 100u);
  EXPECT_EQ(seen.verbose, 1u);
  EXPECT_EQ(seen.threshold_ns, 77u);
  EXPECT_EQ(seen.offset, -44);
  EXPECT_STREQ(seen.name, "new");
  EXPECT_EQ(seen.ports[3], 6u);
  EXPECT_EQ(seen.port, 80u);  // what was not set stays
  EXPECT_EQ(seen.small, -1);
  EXPECT_EQ(seen.high, -2);
}

TEST_F(LoadObject, GlobalsAreClosedOnceItIsLoaded) {
  Object object = open_test_object("globals");
  ASSERT_EQ(load_error(object, {}), "loaded");
  const std::uint32_t rate = 5;
  const auto late = object.set_global("sample_rate", std::as_bytes(std::span(&rate, 1)));
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message(), HasSubstr("loaded already"));
  EXPECT_THAT(load_error(object, {}), HasSubstr("loaded already"));
}

TEST_F(LoadObject, ShowsTheVerifiersLastWords) {
  Object object = open_test_object("rejected");
  const Result<void> loaded = object.load({});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind, ErrorKind::kConfiguration);
  const std::string message = loaded.error().message();
  EXPECT_THAT(message, HasSubstr("load program reads_past_end (SEC(\"xdp\")) of "));
  EXPECT_THAT(message, HasSubstr("Permission denied (EACCES)"));
  EXPECT_THAT(message, HasSubstr("invalid access to packet"));
  EXPECT_THAT(message, HasSubstr("hint: the verifier"));
  EXPECT_THAT(message, Not(HasSubstr("processed ")));
  EXPECT_EQ(object.map_fd("hits"), -1);
}

TEST_F(LoadObject, CanBeTriedAgain) {
  Object object = open_test_object("rejected");
  EXPECT_THAT(load_error(object, {}), HasSubstr("reads_past_end"));
  EXPECT_EQ(load_error(object, {unwanted("reads_past_end")}), "loaded");
  EXPECT_GE(object.map_fd("hits"), 0);
}

TEST_F(LoadObject, LeavesOutWhatIsUnwanted) {
  const Object object = start_test_object("rejected", {unwanted("reads_past_end")});
  const ProgramStatus status = status_of(object, "reads_past_end");
  EXPECT_FALSE(status.loaded);
  EXPECT_FALSE(status.attached);
  EXPECT_EQ(status.problem, "");
  EXPECT_EQ(status.id, 0u);
  EXPECT_TRUE(status_of(object, "count_syscalls").attached);
}

TEST_F(LoadObject, LeavesOutAllThatIsOptionalAndFails) {
  Object object = open_test_object("optional");
  set(object, "marker", std::uint64_t{4711});
  const std::vector<ProgramRequest> requests{optional("bad_access"), optional("bad_target"),
                                             optional("bad_pointer")};
  ::testing::internal::CaptureStderr();
  const std::string loaded = load_error(object, requests);
  const std::string log = ::testing::internal::GetCapturedStderr();
  ASSERT_EQ(loaded, "loaded");
  EXPECT_THAT(log, AllOf(HasSubstr("level=warn"), HasSubstr("program=bad_access"),
                         HasSubstr("program=bad_target"), HasSubstr("program=bad_pointer")));
  EXPECT_THAT(log, Not(HasSubstr("libbpf: ")));
  ASSERT_TRUE(object.attach(requests));
  for (const char* name : {"bad_access", "bad_target", "bad_pointer"}) {
    EXPECT_FALSE(status_of(object, name).loaded) << name;
    EXPECT_THAT(status_of(object, name).problem, HasSubstr(std::string("load program ") + name));
  }
  EXPECT_THAT(status_of(object, "bad_target").problem,
              AllOf(HasSubstr("no_kernel_has_this_function"), HasSubstr("hint: ")));
  EXPECT_TRUE(status_of(object, "good").attached);
  EXPECT_EQ(status_of(object, "good").problem, "");
  // The object was opened anew for each that failed: the global must have survived it.
  EXPECT_TRUE(eventually([&] { return read_number(object, "seen") == 4711; }));
}

TEST_F(LoadObject, StopsAtWhatIsRequired) {
  Object object = open_test_object("optional");
  EXPECT_THAT(load_error(object, {optional("bad_access"), optional("bad_target")}),
              HasSubstr("load program bad_pointer (SEC(\"raw_tp/sys_exit\"))"));
}

TEST_F(LoadObject, LoadsOnDemandOnlyWhatIsNamed) {
  const std::vector<ProgramRequest> base{unwanted("bad_access"), unwanted("bad_target"),
                                         unwanted("bad_pointer")};
  EXPECT_FALSE(status_of(start_test_object("optional", base), "on_demand").loaded);
  std::vector<ProgramRequest> more = base;
  more.push_back({"on_demand", true, true, {}});
  const Object object = start_test_object("optional", more);
  EXPECT_TRUE(status_of(object, "on_demand").attached);
}

TEST_F(LoadObject, NamesTheMapThatCannotBeMade) {
  Object object = open_test_object("impossible");
  EXPECT_THAT(load_error(object, {}),
              AllOf(HasSubstr("create map impossible (hash) of "), HasSubstr("hint: ")));
}

TEST_F(LoadObject, ChecksTargetsBeforeItLoads) {
  Object object = open_test_object("attach_tracepoint");
  EXPECT_THAT(load_error(object, {request_for("count_getpid", model::XdpTarget{{"lo"}, {}})}),
              HasSubstr("cannot be attached to a target of kind xdp"));
  EXPECT_THAT(load_error(object, {{"missing", true, true, {}}}), HasSubstr("no such program"));
  EXPECT_EQ(object.map_fd("hits"), -1);
}

TEST_F(LoadObject, WithoutATargetIsAnErrorOfAttach) {
  Object object = open_test_object("attach_xdp");
  ASSERT_EQ(load_error(object, {}), "loaded");
  const Result<void> attached = object.attach({});
  ASSERT_FALSE(attached);
  EXPECT_THAT(attached.error().message(), HasSubstr("attach: { xdp: { interfaces: [eth0] } }"));
  const std::vector<ProgramRequest> easy{optional("count_xdp")};
  ASSERT_TRUE(object.attach(easy));
  const ProgramStatus status = status_of(object, "count_xdp");
  EXPECT_TRUE(status.loaded);
  EXPECT_FALSE(status.attached);
  EXPECT_THAT(status.problem, HasSubstr("does not say where it is attached"));
}

TEST_F(LoadObject, AttachesOnceAndOnlyWhenLoaded) {
  Object object = open_test_object("attach_raw_tp");
  EXPECT_THAT(object.attach({}).error().message(), HasSubstr("it is not loaded"));
  ASSERT_EQ(load_error(object, {}), "loaded");
  ASSERT_TRUE(object.attach({}));
  EXPECT_THAT(object.attach({}).error().message(), HasSubstr("attached already"));
}

TEST_F(LoadObject, CountsRunsWhileStatisticsAreOn) {
  const int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
  ASSERT_GE(stats, 0);
  const Object object = start_test_object("attach_raw_tp");
  for (int i = 0; i < 50; ++i) syscall(SYS_getpid);
  std::optional<ProgramRuns> runs;
  std::thread([&] { runs = object.program_runs("count_syscalls"); }).join();
  close(stats);
  ASSERT_TRUE(runs);
  EXPECT_GE(runs->count, 50u);
  EXPECT_GT(runs->nanoseconds, 0u);
  EXPECT_EQ(object.program_runs("missing"), std::nullopt);
}

// A program that a timer's interrupt meets in the middle of a run is not run for the interrupt.
TEST_F(LoadObject, CountsRunsThatTheKernelLeavesOut) {
  Object object = open_test_object("misses");
  const auto process = static_cast<std::uint32_t>(getpid());
  ASSERT_TRUE(object.set_global("process", std::as_bytes(std::span(&process, 1))));
  ASSERT_EQ(load_error(object, {}), "loaded");
  ASSERT_TRUE(object.attach({}));
  const auto misses = [&] { return object.program_runs("spin")->recursion_misses; };
  if (test::lacks(misses() ? "" : "the kernel counts no misses")) return;
  const UniqueFd program(bpf_prog_get_fd_by_id(object.program_statuses().front().id));
  const UniqueFd timer(bpf_raw_tracepoint_open("hrtimer_expire_entry", program.get()));
  ASSERT_TRUE(timer) << errno;
  EXPECT_TRUE(eventually([&] {
    for (int i = 0; i < 100; ++i) syscall(SYS_getpid);
    return *misses() > 0;
  }));
}

TEST_F(LoadObject, TellsTheUnprivilegedWhatTheyLack) {
  Object object = open_test_object("attach_raw_tp");
  const std::string message = test::said_without_rights([&] { return load_error(object, {}); });
  EXPECT_THAT(message, AllOf(HasSubstr("(EPERM)"), HasSubstr("hint: this needs CAP_BPF"),
                             HasSubstr("AmbientCapabilities=")));
}

TEST_F(LoadObject, OfBytesInMemory) {
  std::vector<std::byte> bytes;
  {
    const int fd = ::open(test::test_object("attach_raw_tp").c_str(), O_RDONLY);
    bytes.resize(1 << 20);
    const ssize_t length = ::read(fd, bytes.data(), bytes.size());
    ASSERT_GT(length, 0);
    bytes.resize(static_cast<std::size_t>(length));
    close(fd);
  }
  Result<Object> object = Object::open_memory("builtin:counts", bytes);
  ASSERT_TRUE(object);
  bytes.assign(bytes.size(), std::byte{});  // not needed any more
  EXPECT_EQ(object->name(), "builtin:counts");
  EXPECT_EQ(load_error(*object, {}), "loaded");
}

}  // namespace
}  // namespace bpfmap::kernel
