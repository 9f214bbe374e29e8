// SPDX-License-Identifier: Apache-2.0
// Maps that the exporter does not load: it is there before they are, and stays when they go.
// bpftool plays those who load them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class Foreign : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (!IsSkipped() && !HasFatalFailure() && !lacks(folder_.problem())) {
      lacks(why_no_program("bpftool"));
    }
  }
  bool cannot_run() const { return IsSkipped() || HasFatalFailure(); }

  static void bpftool(const std::string& arguments) {
    const Finished done = run_program({"sh", "-c", "bpftool " + arguments});
    EXPECT_EQ(done.exit_code, 0) << arguments << "\n" << done.out << done.err;
  }

  // A map with one entry, 1: value (at most 255). A new one where there was one already.
  void create(const std::string& pin, int value, const std::string& name = "foreign") {
    const std::string path = folder_ / pin;
    ::unlink(path.c_str());
    bpftool("map create " + path + " type hash key 4 value 8 entries 16 name " + name);
    bpftool("map update pinned " + path + " key 1 0 0 0 value " + std::to_string(value) +
            " 0 0 0 0 0 0 0");
  }
  std::string id_of(const std::string& pin) const {
    const Finished shown = run_program({"bpftool", "map", "show", "pinned", folder_ / pin});
    return shown.out.substr(0, shown.out.find(':'));
  }

  std::string config(const std::string& origin) const {
    return directory_.write("others.yaml",
                            "interval: 1h\nmax_age: 1ms\nmaps:\n  - " + origin +
                                "\n    metrics: [ { counter: c_total, help: C. } ]\n");
  }
  static bool shows(const ExporterProcess& exporter, const std::string& series, double value) {
    return eventually([&] { return exporter.scrape().value_or(series, -1) == value; });
  }
  // Between two walks.
  static bool holds_nothing(ExporterProcess& exporter) {
    return eventually([&] { return kernel_ids_of(exporter.process().pid()).empty(); });
  }
  // It holds nothing that could stay behind in the kernel.
  static void stop(ExporterProcess& exporter) {
    EXPECT_TRUE(holds_nothing(exporter));
    exporter.process().send(SIGTERM);
    EXPECT_EQ(exporter.process().exit_code(), 0) << exporter.log();
  }
  static std::string own(const std::string& metric, const std::string& map,
                         const std::string& more = "") {
    return "bpfmap_exporter_" + metric + "{config=\"others\",map=\"" + map + "\"" + more + "}";
  }

  BpfFolder folder_;
  TemporaryDirectory directory_;
};

TEST_F(Foreign, APinThatAppearsIsReplacedVanishesAndComesBack) {
  if (cannot_run()) return;
  const std::string path = folder_ / "m";
  ExporterProcess exporter({"--config=" + config("pinned: " + path)});
  EXPECT_TRUE(holds_nothing(exporter)) << "it loads nothing";

  const MetricsPage before = exporter.scrape();
  EXPECT_FALSE(before.types().contains("c_total"));
  EXPECT_EQ(before.value(own("sample_success", path)), 0);
  EXPECT_GE(before.value(own("sample_errors_total", path, ",reason=\"ENOENT\"")), 1);
  EXPECT_THAT(exporter.get("/").body, HasSubstr("No such file or directory (ENOENT)"));

  create("m", 10);
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\"}", 10));
  const MetricsPage there = exporter.scrape();
  EXPECT_EQ(there.value(own("sample_success", path)), 1);
  EXPECT_EQ(there.value(own("map_entries", path)), 1);
  EXPECT_EQ(there.value(own("map_max_entries", path)), 16);
  EXPECT_THAT(exporter.get("/").body,
              AllOf(HasSubstr("<td>" + path + "</td><td>hash</td><td>batch</td>"),
                    HasSubstr("<td>1 of 16</td>")));
  EXPECT_TRUE(holds_nothing(exporter)) << "kept open between walks";

  create("m", 20);
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\"}", 20));
  folder_.unpin("m");
  EXPECT_TRUE(eventually([&] { return !exporter.scrape().types().contains("c_total"); }));
  create("m", 30);
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\"}", 30));

  stop(exporter);
  // Once for every change, however often it was scraped.
  const std::string& log = exporter.log();
  EXPECT_THAT(
      log_fields(log, "\"map cannot be read; its metrics are left out until it can\"", "map"),
      SizeIs(2));
  EXPECT_THAT(log_fields(log, "\"map can be read again\"", "map"), SizeIs(2));
  EXPECT_THAT(log_fields(log, "\"map was found\"", "ids"), SizeIs(2));
  EXPECT_THAT(log_fields(log, "\"map was replaced, or others match\"", "ids"), SizeIs(1));
}

TEST_F(Foreign, AGlobShowsWhatMatchesAtTheTime) {
  if (cannot_run()) return;
  create("m_a", 1);
  ExporterProcess exporter(
      {"--config=" + config("pinned: \"" + (folder_ / "m_*") + "\"\n    map_label: file")});
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\",file=\"m_a\"}", 1));
  create("m_b", 2);
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\",file=\"m_b\"}", 2));
  folder_.unpin("m_a");
  EXPECT_TRUE(
      eventually([&] { return !exporter.scrape().has("c_total{key=\"1\",file=\"m_a\"}"); }));
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\",file=\"m_b\"}", 2));
  stop(exporter);
}

TEST_F(Foreign, ByNameAndById) {
  if (cannot_run()) return;
  const std::string name = "fi" + std::to_string(::getpid());
  ExporterProcess by_name({"--config=" + config("loaded: { name: " + name + " }")});
  EXPECT_FALSE(by_name.scrape().types().contains("c_total"));
  create("m", 10, name);
  EXPECT_TRUE(shows(by_name, "c_total{key=\"1\"}", 10));
  create("m", 20, name);
  EXPECT_TRUE(shows(by_name, "c_total{key=\"1\"}", 20));
  stop(by_name);

  const std::string id = id_of("m");
  ExporterProcess by_id({"--config=" + config("loaded: { id: " + id + " }")});
  EXPECT_TRUE(shows(by_id, "c_total{key=\"1\"}", 20));
  folder_.unpin("m");
  EXPECT_TRUE(eventually([&] { return !by_id.scrape().types().contains("c_total"); }));
  stop(by_id);
}

TEST_F(Foreign, AMapOfMapsFollowsWhatIsInIt) {
  if (cannot_run()) return;
  create("inner", 10);
  const std::string outer = folder_ / "outer";
  bpftool("map create " + outer + " type hash_of_maps key 4 value 4 entries 8 name outer " +
          "inner_map pinned " + (folder_ / "inner"));
  ExporterProcess exporter({"--config=" + config("pinned: " + outer)});
  EXPECT_FALSE(exporter.scrape().types().contains("c_total"));
  bpftool("map update pinned " + outer + " key 5 0 0 0 value pinned " + (folder_ / "inner"));
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\",outer=\"5\"}", 10));
  bpftool("map delete pinned " + outer + " key 5 0 0 0");
  EXPECT_TRUE(eventually([&] { return !exporter.scrape().has("c_total{key=\"1\",outer=\"5\"}"); }));
  stop(exporter);
}

TEST_F(Foreign, CheckComparesWithTheMapWhereItIsThere) {
  if (cannot_run()) return;
  const std::string path = folder_ / "m";
  const std::string file = config("pinned: " + path + "\n    labels: { oops: }");
  const Finished without = run_exporter({"check", file});
  EXPECT_EQ(without.exit_code, 0);
  EXPECT_THAT(without.err,
              AllOf(HasSubstr(file + ":4:13: notice: not compared with its map: open map '" + path +
                              "': No such file or directory (ENOENT)"),
                    HasSubstr("ok: 0 programs, 1 map, 1 metric")));
  create("m", 10);
  const Finished with = run_exporter({"check", file});
  EXPECT_EQ(with.exit_code, 1);
  EXPECT_THAT(with.err,
              HasSubstr(file + ":5:15: error: key of map '" + path + "': unknown field 'oops'"));
  // The same at the start.
  EXPECT_EQ(run_exporter({"--config=" + file, "--web.listen-address=127.0.0.1:0"}).exit_code, 1);
}

TEST_F(Foreign, CheckNeedsNoPrivilege) {
  if (cannot_run()) return;
  create("m", 10);
  ChildOptions options;
  options.identity = ChildIdentity{};
  const Finished checked = run_exporter({"check", config("pinned: " + (folder_ / "m"))}, options);
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_THAT(checked.err, AllOf(HasSubstr("notice: not compared with its map"),
                                 HasSubstr("opening a pin needs CAP_BPF")));
}

}  // namespace
}  // namespace bpfmap::test
