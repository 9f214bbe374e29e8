// SPDX-License-Identifier: Apache-2.0
// Maps that the exporter does not load: it is there before they are, and stays when they go.
// bpftool plays the program that loads them.
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

// What differs from run to run is the user's to say: a sum of unrelated maps looks right.
TEST_F(Foreign, SeveralMapsOfANameAreRefusedByCheckAndAtTheStart) {
  if (cannot_run()) return;
  const std::string name = "fs" + std::to_string(::getpid());
  create("one", 1, name);
  create("two", 2, name);
  const std::string file = config("loaded: { name: " + name + " }");
  const Finished checked = run_exporter({"check", file});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.err, AllOf(HasSubstr(file + ":4:21: error: read maps '" + name +
                                           "': 2 maps have that name (ids "),
                                 HasSubstr("'map_label: NAME' tells them apart")));
  EXPECT_EQ(run_exporter({"--config=" + file, "--web.listen-address=127.0.0.1:0"}).exit_code, 1);
  const Finished summed = run_exporter(
      {"dump", "--config=" + config("loaded: { name: " + name + " }\n    map_label: false")});
  EXPECT_THAT(summed.out, HasSubstr("c_total{key=\"1\"} 3\n"));
}

TEST_F(Foreign, InitAndDumpTakeLoadedMaps) {
  if (cannot_run()) return;
  const std::string name = "ft" + std::to_string(::getpid());
  create("one", 1, name);
  create("two", 2, name);
  bpftool("map create " + (folder_ / "other") + " type array key 4 value 4 entries 2 name other");
  const Finished page = run_exporter({"dump", "--pinned=" + (folder_ / "[ot][nw][eo]")});
  EXPECT_EQ(page.exit_code, 0) << page.err;
  EXPECT_THAT(page.out, HasSubstr(name + "_total{key=\"1\",map=\"one\"} 1\n" + name +
                                  "_total{key=\"1\",map=\"two\"} 2\n"));
  EXPECT_THAT(run_exporter({"dump", "--id=" + id_of("two")}).out,
              HasSubstr(name + "_total{key=\"1\"} 2\n"));

  // A file that runs as it is, for one pin, for pins of several kinds, and for a name of several.
  for (const std::string& what : {"--pinned=" + (folder_ / "one"), "--pinned=" + (folder_ / "*"),
                                  "--name=" + name, "--name=" + name.substr(0, 4) + "*"}) {
    const std::string file = directory_ / "written.yaml";
    const Finished written = run_exporter({"init", what, "-o", file, "--force"});
    EXPECT_EQ(written.exit_code, 0) << what << written.err;
    const Finished checked = run_exporter({"check", file});
    EXPECT_EQ(checked.exit_code, 0) << what << checked.err;
    EXPECT_THAT(run_exporter({"dump", "--config=" + file}).out, HasSubstr("_total{key=\"1\""))
        << what;
  }
}

// As bpftrace keeps @us[pid] = hist(...) and @calls[comm] = count().
TEST_F(Foreign, InitKnowsMapsOfBpftrace) {
  if (cannot_run()) return;
  const std::string number = std::to_string(::getpid());
  const std::string hist = "AT_us" + number;
  const std::string calls = "AT_c" + number;
  const std::string kNothing = " 0 0 0 0 0 0 0";
  bpftool("map create " + (folder_ / "hist") + " type percpu_hash key 16 value 8 entries 16 name " +
          hist);
  for (const char* slot : {"3", "5"}) {
    bpftool("map update pinned " + (folder_ / "hist") + " key 7" + kNothing + " " + slot +
            kNothing + " value 1" + kNothing);
  }
  bpftool("map create " + (folder_ / "calls") +
          " type percpu_hash key 16 value 8 entries 16 name " + calls);
  bpftool("map update pinned " + (folder_ / "calls") +
          " key hex 63 61 74 00 00 00 00 00 00 00 00 00 00 00 00 00 value 2" + kNothing);
  const std::string file = directory_ / "bpftrace.yaml";
  const Finished written = run_exporter({"init", "--name=AT_*" + number, "-o", file});
  ASSERT_EQ(written.exit_code, 0) << written.err;
  EXPECT_EQ(run_exporter({"check", file}).exit_code, 0);
  const Finished page = run_exporter({"dump", "--config=" + file});
  EXPECT_THAT(page.out, HasSubstr("# TYPE us" + number + " histogram\n"));
  EXPECT_THAT(page.out, HasSubstr("us" + number + "_bucket{key=\"7\",le=\"1\"} 0\n"));
  EXPECT_THAT(page.out, HasSubstr("# TYPE c" + number + "_total counter\n"));
  EXPECT_THAT(page.out, HasSubstr("c" + number + "_total{key=\"cat\"} "));
}

TEST_F(Foreign, InitAndDumpSayWhatIsWrongWithTheCommandLine) {
  if (cannot_run()) return;
  for (const std::string command : {"init", "dump"}) {
    EXPECT_EQ(run_exporter({command, "--pinned=" + (folder_ / "none")}).exit_code, 1);
    const Finished both = run_exporter({command, "--pinned=/x", "--id=3"});
    EXPECT_EQ(both.exit_code, 2);
    EXPECT_THAT(both.err, HasSubstr("expected "));
  }
  EXPECT_EQ(run_exporter({"init"}).exit_code, 2);
  EXPECT_EQ(run_exporter({"dump", "--id=3", "--config=builtin:packets"}).exit_code, 2);
}

// One family of two files, each of which reads a pin of its own.
TEST_F(Foreign, SeveralFilesExportOneFamily) {
  if (cannot_run()) return;
  const auto file = [&](const std::string& name, const std::string& metric) {
    directory_.write("etc/" + name + ".yaml", "maps:\n  - pinned: " + (folder_ / name) +
                                                  "\n    max_age: 1ms\n    metrics: [ { " + metric +
                                                  ", help: Of both. } ]\n");
  };
  create("one", 1);
  create("two", 2);
  file("one", "counter: c_total");
  file("two", "counter: c_total");
  ExporterProcess exporter({"--config=" + (directory_ / "etc")});
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\"}", 3));
  const std::string page = exporter.get("/metrics").body;
  EXPECT_EQ(page.find("# TYPE c_total"), page.rfind("# TYPE c_total"));
  EXPECT_THAT(page, HasSubstr("# HELP c_total Of both.\n# TYPE c_total counter\nc_total{"));

  // What cannot be read has no part in it.
  folder_.unpin("two");
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\"}", 1));
  create("two", 5);
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\"}", 6));

  // Read anew, with another name for one of them, and back.
  file("two", "counter: d_total");
  exporter.process().send(SIGHUP);
  EXPECT_TRUE(shows(exporter, "d_total{key=\"1\"}", 5));
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\"}", 1));
  file("two", "counter: c_total");
  exporter.process().send(SIGHUP);
  EXPECT_TRUE(shows(exporter, "c_total{key=\"1\"}", 6));
  // Gauges would be added up as well, and mean nothing.
  file("one", "gauge: c_total");
  file("two", "gauge: c_total");
  const Finished checked = run_exporter({"check", directory_ / "etc"});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.err, HasSubstr("no label tells the two apart"));
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
