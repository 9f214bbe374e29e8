// SPDX-License-Identifier: Apache-2.0
// Maps that loaders share by their name (LIBBPF_PIN_BY_NAME), in the life of an exporter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/http_client.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SharedMaps : public BpfTest {
 protected:
  void SetUp() override {
    if (lacks(why_no_bpf()) || lacks(bpffs_.problem())) return;
    fs::create_directories(directory_ / "etc");
    configure("named", "one");
  }

  void configure(const std::string& object, const std::string& name, const std::string& more = {}) {
    directory_.write("etc/" + name + ".yaml",
                     more + "object: " + test_object(object) + "\nmax_age: 1ns\nmaps:\n" +
                         "  - { map: shared_hits, key: 0, metrics: [ { counter: " + name +
                         "_shared_total } ] }\n  - { map: own_hits, metrics: [ { counter: " + name +
                         "_own_total } ] }\n");
  }

  std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"--config=" + (directory_ / "etc"),
                                 "--bpffs.path=" + (bpffs_ / "bpfmap_exporter")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Finished failed_run() const {
    return run_exporter(arguments({"--web.listen-address=127.0.0.1:0"}));
  }

  std::string pin() const { return bpffs_ / "shared_hits"; }
  bool nothing_is_pinned() const {
    return !fs::exists(pin()) && !fs::exists(bpffs_ / "bpfmap_exporter/one");
  }

  // A pinned map keeps its id when the exporter ends.
  static void end(ExporterProcess& exporter) {
    exporter.process().send(SIGTERM);
    EXPECT_EQ(exporter.process().exit_code(), 0) << exporter.log();
  }

  BpfMount bpffs_;
  TemporaryDirectory directory_;
};

TEST_F(SharedMaps, AreNotLeftByDumpAndCheck) {
  const bool was_there = fs::exists("/sys/fs/bpf/shared_hits");
  const Finished dumped = run_exporter({"dump", "--config", directory_ / "etc", "--for", "100ms"});
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  EXPECT_THAT(dumped.err, HasSubstr("is not shared, as nothing is pinned here"));
  EXPECT_GT(MetricsPage(dumped.out).value("one_shared_total"), 0);
  EXPECT_EQ(run_exporter({"check", directory_ / "etc"}).exit_code, 0);
  EXPECT_EQ(fs::exists("/sys/fs/bpf/shared_hits"), was_there);
}

TEST_F(SharedMaps, AreNotLeftByAStartThatFails) {
  directory_.write("etc/two.yaml",
                   "object: " + test_object("alternatives") +
                       "\nmaps: [ { map: counts, metrics: [ { counter: c_total } ] } ]\n");
  const Finished failed = failed_run();
  EXPECT_NE(failed.exit_code, 0);
  EXPECT_TRUE(nothing_is_pinned()) << failed.err;
}

TEST_F(SharedMaps, OutliveTheExporter) {
  double before = 0;
  {
    ExporterProcess first(arguments());
    EXPECT_THAT(first.log(), AllOf(HasSubstr("msg=\"a map is pinned by its name\""),
                                   HasSubstr("path=" + pin())));
    before = first.scrape().value("one_shared_total");
    end(first);
  }
  EXPECT_TRUE(fs::exists(pin()));
  ExporterProcess next(arguments());
  EXPECT_THAT(next.log(), AllOf(HasSubstr("msg=\"a pinned map is shared\""),
                                HasSubstr("path=" + pin()), Not(HasSubstr("is pinned by its"))));
  const MetricsPage page = next.scrape();
  EXPECT_GE(page.value("one_shared_total"), before);
  EXPECT_LT(page.value("one_own_total"), page.value("one_shared_total"));
  end(next);
}

TEST_F(SharedMaps, AreOneForTwoConfigurations) {
  configure("named", "two");
  ExporterProcess exporter(arguments());
  // What two programs count is about twice what each does.
  EXPECT_TRUE(eventually([&] {
    const MetricsPage page = exporter.scrape();
    return page.value("one_shared_total") > 1.5 * page.value("two_own_total") &&
           page.value("two_shared_total") > 1.5 * page.value("one_own_total");
  }));
  end(exporter);
}

TEST_F(SharedMaps, StayWhenTheFileIsReadAnew) {
  ExporterProcess exporter(arguments({"--web.enable-lifecycle"}));
  const double before = exporter.scrape().value("one_shared_total");
  configure("named", "one", "programs: { count_syscalls: { required: false } }\n");
  const HttpResponse done = send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_GT(exporter.scrape().value("one_shared_total"), before);
  end(exporter);
}

TEST_F(SharedMaps, OfOtherParametersAreRefused) {
  {
    ExporterProcess first(arguments());
    end(first);
  }
  configure("named_wide", "one");
  const Finished refused = failed_run();
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(
      refused.err,
      AllOf(HasSubstr(pin()), HasSubstr("max_entries is 1 in the pinned map and 8 in the object"),
            HasSubstr("hint: "), HasSubstr("rm " + pin())));
}

TEST_F(SharedMaps, GoWithPinnedPrograms) {
  configure("named", "one", "pin: true\n");
  double before = 0;
  {
    ExporterProcess first(arguments());
    before = first.scrape().value("one_shared_total");
    end(first);
  }
  ExporterProcess next(arguments());
  EXPECT_THAT(next.log(), AllOf(HasSubstr("pinned maps are taken over"),
                                HasSubstr("msg=\"a pinned map is shared\"")));
  const MetricsPage page = next.scrape();
  EXPECT_GT(page.value("one_shared_total"), before);
  EXPECT_GT(page.value("one_own_total"), 0);
  end(next);
}

TEST_F(SharedMaps, AreToldByInspect) {
  const Finished shown = run_exporter({"inspect", test_object("named")});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.out,
              AllOf(HasSubstr("LIBBPF_PIN_BY_NAME"), HasSubstr("/sys/fs/bpf/shared_hits"),
                    Not(HasSubstr("/sys/fs/bpf/own_hits"))));
}

}  // namespace
}  // namespace bpfmap::test
