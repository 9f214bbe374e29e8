// SPDX-License-Identifier: Apache-2.0
// `one_of`: sets of programs, of which the first that works is used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/http_client.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class OneOfSets : public BpfTest {
 protected:
  void SetUp() override {
    if (lacks(why_no_bpf()) || lacks(mount_tracefs())) return;
    fs::create_directories(directory_ / "etc");
  }

  // The programs of the object that are in no set are left out.
  void configure(const std::string& programs, const std::string& more = {}) {
    directory_.write("etc/choice.yaml", "object: " + test_object("alternatives") +
                                            "\nmax_age: 1ns\nprograms: { " + programs + " }\n" +
                                            more +
                                            "maps: [ { map: counts, labels: { by: { field: key } },"
                                            " metrics: [ { counter: calls_total } ] } ]\n");
  }

  std::string folder() const { return directory_ / "etc"; }

  Finished dump() const { return run_exporter({"dump", "--config", folder(), "--for", "100ms"}); }

  // That of the program in a page; -1 where there is none.
  static double attached(const MetricsPage& page, const std::string& program) {
    return page.value_or(
        "bpfmap_exporter_program_attached{config=\"choice\",program=\"" + program + "\"}", -1);
  }

  TemporaryDirectory directory_;
};

constexpr const char* kOthers = "leaving: { load: false }";

TEST_F(OneOfSets, TheFirstThatWorksIsUsed) {
  configure(std::string("one_of: [[missing], [unreachable], [by_raw], [by_btf]], ") + kOthers);
  const Finished dumped = dump();
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  EXPECT_THAT(dumped.err, AllOf(HasSubstr("no_kernel_has_this_function"),
                                HasSubstr("/no/such/binary"), HasSubstr("programs=by_raw")));
  const MetricsPage page(dumped.out);
  EXPECT_GT(page.value("calls_total{by=\"3\"}"), 0);
  EXPECT_EQ(page.value("calls_total{by=\"2\"}"), 0);
  EXPECT_EQ(attached(page, "by_raw"), 1);
  for (const char* other : {"missing", "unreachable", "by_btf", "leaving"}) {
    EXPECT_EQ(attached(page, other), -1) << other;
  }
}

TEST_F(OneOfSets, NoneThatWorksIsRefused) {
  configure(std::string("one_of: [[missing], [unreachable]], by_raw: { load: false }, "
                        "by_btf: { load: false }, ") +
            kOthers);
  const Finished refused = dump();
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("none of them works here"), HasSubstr("[missing]: load program"),
                    HasSubstr("[unreachable]: attach program")));
  EXPECT_EQ(refused.out, "");
}

TEST_F(OneOfSets, NoneThatWorksIsAWarningWhereNoneIsRequired) {
  configure(std::string("one_of: [[missing], [unreachable]], missing: { required: false }, "
                        "unreachable: { required: false }, by_btf: { load: false }, ") +
            kOthers);
  const Finished dumped = dump();
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  EXPECT_THAT(dumped.err, AllOf(HasSubstr("level=warn"), HasSubstr("none of several sets")));
  const MetricsPage page(dumped.out);
  EXPECT_EQ(attached(page, "missing"), 0);
  EXPECT_EQ(attached(page, "unreachable"), 0);
  EXPECT_EQ(attached(page, "by_raw"), 1);
}

TEST_F(OneOfSets, WhatRunsStaysWhenTheFileIsReadAnew) {
  configure(std::string("one_of: [[missing], [by_raw]], by_btf: { load: false }, "
                        "unreachable: { load: false }, ") +
            kOthers);
  ExporterProcess exporter({"--config=" + folder(), "--web.enable-lifecycle"});
  EXPECT_EQ(attached(exporter.scrape(), "by_raw"), 1);
  EXPECT_THAT(exporter.get("/").body, HasSubstr("not needed: [by_raw] is used"));
  configure(std::string("one_of: [[by_btf], [by_raw]], missing: { load: false }, "
                        "unreachable: { load: false }, ") +
                kOthers,
            "prefix: new_\n");
  const HttpResponse done = send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
  EXPECT_EQ(done.status, 200) << done.body;
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(attached(page, "by_raw"), 1);
  EXPECT_EQ(attached(page, "by_btf"), -1);
  EXPECT_GT(page.value("new_calls_total{by=\"3\"}"), 0);
  exporter.stop();
}

TEST_F(OneOfSets, AreCheckedOffline) {
  configure("one_of: [[by_btf], [by_rwa]]");
  const Finished checked = run_exporter({"check", folder()});
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_THAT(checked.err,
              AllOf(HasSubstr("warning: no program 'by_rwa'"), HasSubstr("did you mean 'by_raw'?"),
                    HasSubstr("both run at tracepoint sys_enter")));
  configure("one_of: [[by_tbf], [by_rwa]]");
  const Finished wrong = run_exporter({"check", folder()});
  EXPECT_EQ(wrong.exit_code, 1);
  configure("one_of: [[by_btf], [by_raw]]");
  const Finished good = run_exporter({"check", folder()});
  EXPECT_EQ(good.exit_code, 0);
  EXPECT_THAT(good.err, Not(HasSubstr("warning")));
}

TEST_F(OneOfSets, AreFoundByInit) {
  const Finished made = run_exporter({"init", test_object("restart")});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("\n  one_of: [["));
  const Finished checked = run_exporter({"check", directory_.write("init.yaml", made.out)});
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_THAT(checked.err, Not(HasSubstr("warning")));
}

}  // namespace
}  // namespace bpfmap::test
