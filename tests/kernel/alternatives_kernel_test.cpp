// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "bpf_test.h"
#include "support/eventually.h"

// Sets of programs, of which the first that works is used.
namespace bpfmap::kernel {
namespace {

using test::eventually;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The entries of map counts, and the programs, of the object.
constexpr std::array<const char*, 6> kPrograms{"missing", "unreachable", "by_btf",
                                               "by_raw",  "leaving",     "on_demand"};

using Sets = std::vector<std::vector<std::string>>;

// One group of these sets; programs that are in none are left out.
std::vector<ProgramRequest> one_of(const Sets& sets, bool required = true) {
  std::vector<ProgramRequest> requests;
  for (const char* name : kPrograms) {
    ProgramRequest request{name, true, required, {}};
    Alternative place;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (std::find(sets[i].begin(), sets[i].end(), name) != sets[i].end()) place.sets.push_back(i);
    }
    request.load = !place.sets.empty();
    if (request.load) request.alternative = place;
    requests.push_back(request);
  }
  return requests;
}

class OneOf : public test::BpfTest {
 protected:
  // Which programs count, in the order of the object.
  static std::vector<std::string> counting(const Object& object) {
    const auto count_of = [&](std::uint32_t index) {
      std::uint64_t count = 0;
      EXPECT_EQ(bpf_map_lookup_elem(object.map_fd("counts"), &index, &count), 0);
      return count;
    };
    for (int i = 0; i < 10; ++i) syscall(SYS_getppid);
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < kPrograms.size(); ++i) {
      if (count_of(i) > 0) names.emplace_back(kPrograms.at(i));
    }
    return names;
  }

  static std::vector<std::string> loaded(const Object& object) {
    std::vector<std::string> names;
    for (const ProgramStatus& status : object.program_statuses()) {
      EXPECT_EQ(status.loaded, status.attached) << status.name;
      EXPECT_EQ(status.loaded, status.id != 0) << status.name;
      if (status.loaded) names.push_back(status.name);
    }
    return names;
  }

  static std::string start_log(const Sets& sets) {
    ::testing::internal::CaptureStderr();
    const std::string started = start_error("alternatives", one_of(sets));
    return started + "\n" + ::testing::internal::GetCapturedStderr();
  }
};

using Names = std::vector<std::string>;

TEST_F(OneOf, IsTheFirstThatWorks) {
  const Object first = start_test_object("alternatives", one_of({{"by_btf"}, {"by_raw"}}));
  EXPECT_EQ(loaded(first), Names{"by_btf"});
  EXPECT_EQ(counting(first), Names{"by_btf"});
  const Object second = start_test_object("alternatives", one_of({{"missing"}, {"by_raw"}}));
  EXPECT_EQ(counting(second), Names{"by_raw"});
  const Object third = start_test_object("alternatives", one_of({{"unreachable"}, {"by_btf"}}));
  EXPECT_EQ(loaded(third), Names{"by_btf"});
}

TEST_F(OneOf, IsAllOfASet) {
  const Object all = start_test_object("alternatives", one_of({{"by_raw", "leaving"}, {"by_btf"}}));
  EXPECT_EQ(counting(all), (Names{"by_raw", "leaving"}));
  for (const char* broken : {"missing", "unreachable"}) {
    const Object object =
        start_test_object("alternatives", one_of({{"by_raw", broken}, {"by_btf", "leaving"}}));
    EXPECT_EQ(loaded(object), (Names{"by_btf", "leaving"})) << broken;
    EXPECT_EQ(counting(object), (Names{"by_btf", "leaving"})) << broken;
  }
}

TEST_F(OneOf, MayHaveProgramsInSeveralSets) {
  const Object object = start_test_object(
      "alternatives", one_of({{"missing", "leaving"}, {"unreachable", "leaving"}, {"leaving"}}));
  EXPECT_EQ(loaded(object), Names{"leaving"});
  EXPECT_EQ(counting(object), Names{"leaving"});
}

TEST_F(OneOf, LoadsWhatIsLoadedOnDemandOnly) {
  const Object object = start_test_object("alternatives", one_of({{"missing"}, {"on_demand"}}));
  EXPECT_EQ(loaded(object), Names{"on_demand"});
}

TEST_F(OneOf, HasNoProblemsWhereOneWorks) {
  const Object object =
      start_test_object("alternatives", one_of({{"missing"}, {"unreachable"}, {"by_raw"}}));
  for (const ProgramStatus& status : object.program_statuses()) {
    EXPECT_EQ(status.problem, "") << status.name;
  }
  EXPECT_THAT(status_of(object, "missing").instead,
              AllOf(HasSubstr("[by_raw] is used"), HasSubstr("no_kernel_has_this_function")));
  EXPECT_THAT(status_of(object, "unreachable").instead, HasSubstr("/no/such/binary"));
  EXPECT_EQ(status_of(object, "by_raw").instead, "");
}

TEST_F(OneOf, SaysWhichWasChosenAndWhyOthersWereNot) {
  EXPECT_THAT(start_log({{"missing"}, {"unreachable"}, {"by_raw"}, {"by_btf"}}),
              AllOf(HasSubstr("started\n"), HasSubstr("programs=missing"),
                    HasSubstr("no_kernel_has_this_function"), HasSubstr("programs=unreachable"),
                    HasSubstr("/no/such/binary"), HasSubstr("programs=by_raw"),
                    Not(HasSubstr("programs=by_btf")), Not(HasSubstr("level=warn"))));
}

TEST_F(OneOf, IsAnErrorWithEachReasonWhereNoneWorks) {
  Object object = open_test_object("alternatives");
  const auto requests = one_of({{"missing"}, {"unreachable"}});
  ASSERT_TRUE(object.load(requests));
  const auto attached = object.attach(requests);
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().kind, ErrorKind::kSystem);
  EXPECT_THAT(attached.error().message(),
              AllOf(HasSubstr("none of them works here"), HasSubstr("[missing]: load program"),
                    HasSubstr("no_kernel_has_this_function"),
                    HasSubstr("[unreachable]: attach program"), HasSubstr("/no/such/binary")));
  EXPECT_THAT(start_error("alternatives", one_of({{"missing"}})),
              HasSubstr("[missing]: load program"));
}

TEST_F(OneOf, IsAProblemOfProgramsThatAreNotRequired) {
  const auto requests = one_of({{"missing"}, {"unreachable"}}, false);
  const Object object = start_test_object("alternatives", requests);
  EXPECT_TRUE(loaded(object).empty());
  EXPECT_THAT(status_of(object, "missing").problem, HasSubstr("load program missing"));
  EXPECT_THAT(status_of(object, "unreachable").problem, HasSubstr("attach program unreachable"));
}

TEST_F(OneOf, OfSeveralGroupsIsOneOfEach) {
  auto requests = one_of({{"missing"}, {"by_raw"}});
  for (ProgramRequest& request : requests) {
    const bool second = request.name == "unreachable" || request.name == "leaving";
    if (!second) continue;
    request.load = true;
    request.alternative = Alternative{1, {request.name == "leaving" ? 1UL : 0UL}};
  }
  const Object object = start_test_object("alternatives", requests);
  EXPECT_EQ(counting(object), (Names{"by_raw", "leaving"}));
}

// What works stays, though a better one would work by now.
TEST_F(OneOf, ThatRunsStaysWhenTheObjectIsReplaced) {
  const Object before = start_test_object("alternatives", one_of({{"missing"}, {"by_raw"}}));
  const auto requests = one_of({{"by_btf"}, {"by_raw"}});
  Object after = open_test_object("alternatives");
  ASSERT_TRUE(after.load(requests));
  ASSERT_TRUE(after.attach(requests, &before));
  EXPECT_EQ(loaded(after), Names{"by_raw"});
}

}  // namespace
}  // namespace bpfmap::kernel
