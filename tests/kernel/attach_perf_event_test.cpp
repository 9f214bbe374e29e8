// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>

#include "bpf_test.h"
#include "support/eventually.h"

namespace bpfmap::kernel {
namespace {

using test::eventually;
using ::testing::AllOf;
using ::testing::HasSubstr;

class AttachPerfEvent : public test::BpfTest {};

std::vector<ProgramRequest> event(model::PerfEventTarget target) {
  return {request_for("count_samples", std::move(target))};
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Touches pages that were not touched before: a fault each.
void fault(std::size_t pages) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* memory =
      mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  madvise(memory, pages * page, MADV_NOHUGEPAGE);
  auto* bytes = static_cast<volatile char*>(memory);
  for (std::size_t i = 0; i < pages; ++i) bytes[i * page] = 1;
  munmap(memory, pages * page);
}

TEST_F(AttachPerfEvent, SamplesByFrequency) {
  const Object object =
      start_test_object("attach_perf_event", event({"software", "cpu-clock", 499, {}}));
  volatile std::uint64_t work = 0;
  EXPECT_TRUE(eventually([&] {
    for (int i = 0; i < 1000000; ++i) work = work + 1;
    return read_number(object) >= 20;
  }));
}

TEST_F(AttachPerfEvent, SamplesByPeriod) {
  const Object object =
      start_test_object("attach_perf_event", event({"software", "page-faults", {}, 1}));
  const std::uint64_t before = read_number(object);
  fault(50);
  EXPECT_GE(read_number(object), before + 50);
}

TEST_F(AttachPerfEvent, TakesNumbersForNames) {
  const Object object = start_test_object("attach_perf_event", event({"1", "2", {}, 1}));
  const std::uint64_t before = read_number(object);
  fault(20);
  EXPECT_GE(read_number(object), before + 20);
}

TEST_F(AttachPerfEvent, BySectionAsTheOtherExporterWritesIt) {
  const Object object = start_test_object("foreign_sections", {{"count_xdp", false, true, {}}});
  volatile std::uint64_t work = 0;
  EXPECT_TRUE(eventually([&] {
    for (int i = 0; i < 1000000; ++i) work = work + 1;
    return read_number(object) >= 5;
  }));
}

TEST_F(AttachPerfEvent, ClosesEveryEvent) {
  start_test_object("attach_perf_event", event({"software", "cpu-clock", 99, {}}));
  const std::size_t before = open_descriptors();
  std::uint32_t id = 0;
  {
    const Object object =
        start_test_object("attach_perf_event", event({"software", "cpu-clock", 99, {}}));
    id = status_of(object, "count_samples").id;
    EXPECT_GT(open_descriptors(), before + static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(program_goes_away(id));
}

TEST_F(AttachPerfEvent, RefusesEventsThatDoNotExist) {
  EXPECT_THAT(start_error("attach_perf_event", event({"software", "cpu-clok", 99, {}})),
              AllOf(HasSubstr("count_samples (SEC(\"perf_event\"))"),
                    HasSubstr("unknown software event 'cpu-clok' (did you mean 'cpu-clock'?)")));
  EXPECT_THAT(start_error("attach_perf_event", event({"software", "4711", 99, {}})),
              AllOf(HasSubstr("to software event 4711 on CPU 0: "), HasSubstr("hint: ")));
}

TEST_F(AttachPerfEvent, WantsAFrequencyOrAPeriod) {
  EXPECT_THAT(start_error("attach_perf_event", event({"software", "cpu-clock", {}, {}})),
              HasSubstr("needs a frequency or a period"));
  EXPECT_THAT(start_error("attach_perf_event", event({"software", "cpu-clock", 0, {}})),
              HasSubstr("needs a frequency or a period"));
}

TEST_F(AttachPerfEvent, SaysThatTheFrequencyIsTooHigh) {
  EXPECT_THAT(start_error("attach_perf_event", event({"software", "cpu-clock", 100000000, {}})),
              AllOf(HasSubstr("EINVAL"), HasSubstr("perf_event_max_sample_rate")));
}

}  // namespace
}  // namespace bpfmap::kernel
