// SPDX-License-Identifier: Apache-2.0
// `inspect`: what it prints about objects, compared to the last byte with tests/golden/inspect, and
// about maps that are loaded. BPFMAP_UPDATE_GOLDEN=1 writes those files anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "integration/exporter_process.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/bpffs.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> inspected_objects() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(source_path("tests/golden/inspect"))) {
    if (entry.path().extension() == ".expected") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Inspect : public ::testing::TestWithParam<std::string> {
 protected:
  // A copy of a test object in a folder that every user may read.
  void copy(const std::string& object) {
    std::filesystem::copy_file(test_object(object), directory_ / (object + ".bpf.o"));
  }

  // By a user without any right, and away from any network, if the test itself may arrange that.
  Finished inspect_without_rights(const std::string& what) {
    ChildOptions options;
    options.directory = directory_.path();
    std::optional<NetworkNamespace> nowhere;
    if (::geteuid() == 0) {
      nowhere.emplace();
      options.network_namespace = nowhere->fd();
      options.identity = ChildIdentity{};
    }
    return run_exporter({"inspect", what}, options);
  }

  TemporaryDirectory directory_;
};

TEST_P(Inspect, PrintsWhatIsExpected) {
  copy(GetParam());
  const Finished result = inspect_without_rights(GetParam() + ".bpf.o");
  const std::string golden = source_path("tests/golden/inspect/" + GetParam() + ".expected");
  if (std::getenv("BPFMAP_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(golden) << result.out;
  }
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, read_text(golden));
}

INSTANTIATE_TEST_SUITE_P(Golden, Inspect, ::testing::ValuesIn(inspected_objects()),
                         [](const auto& object) { return object.param; });

TEST_F(Inspect, KnowsWhatIsBuiltIn) {
  const Finished result = run_exporter({"inspect", "builtin:runqlat"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, AllOf(StartsWith("object builtin:runqlat: 3 programs, 3 maps, "),
                                HasSubstr("\n  task_switch      SEC(\"tp_btf/sched_switch\")"),
                                HasSubstr("\n           8   216  __u64[27]  slots\n")));
}

TEST_F(Inspect, SaysWhatIsNoObject) {
  directory_.write("text", "nothing");
  directory_.write("x.yaml", "object: x.bpf.o");
  for (const char* object : {"legacy", "nobtf"}) copy(object);
  const auto error_of = [&](const std::string& what) {
    const Finished result = inspect_without_rights(what);
    EXPECT_EQ(result.exit_code, 1) << what;
    EXPECT_EQ(result.out, "") << what;
    EXPECT_THAT(result.err, StartsWith("bpfmap_exporter: error: ")) << what;
    return result.err;
  };
  EXPECT_THAT(error_of("text"), HasSubstr("open object text: not an ELF file"));
  EXPECT_THAT(error_of("."), HasSubstr("open object .: Is a directory (EISDIR)"));
  EXPECT_THAT(error_of("none.o"), HasSubstr("none.o: No such file or directory (ENOENT)"));
  EXPECT_THAT(error_of("x.yaml"), HasSubstr("hint: this is a configuration"));
  EXPECT_THAT(error_of("builtin:runqlt"), HasSubstr("(did you mean 'runqlat'?)"));
  EXPECT_THAT(error_of("legacy.bpf.o"), HasSubstr("it uses legacy map definitions"));
  EXPECT_THAT(error_of("nobtf.bpf.o"), HasSubstr("hint: compile with clang -g"));
}

TEST_F(Inspect, TakesExactlyOneThing) {
  const Finished nothing = run_exporter({"inspect"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_THAT(nothing.err, HasSubstr("inspect: expected exactly one of OBJECT, --pinned PATH, --id "
                                     "ID and --name NAME, found 0\n  hint: "));
  EXPECT_EQ(run_exporter({"inspect", ""}).exit_code, 2);
  EXPECT_EQ(run_exporter({"inspect", "--id", "1", "--pinned", "/x"}).exit_code, 2);
  EXPECT_EQ(run_exporter({"inspect", "x.o", "--name", "x"}).exit_code, 2);
  const Finished no_id = run_exporter({"inspect", "--id", "first"});
  EXPECT_EQ(no_id.exit_code, 2);
  EXPECT_THAT(no_id.err, HasSubstr("--id"));
  EXPECT_EQ(run_exporter({"inspect", "--id", "-1"}).exit_code, 2);
}

TEST_F(Inspect, SaysThatItCannotWrite) {
  const Finished result = run_program(
      {"sh", "-c", "exec " + exporter_binary() + " inspect builtin:runqlat >/dev/full"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("write standard output: No space left on device (ENOSPC)"));
}

// What a running exporter has loaded, with the BTF that libbpf gave to the kernel; and maps that
// bpftool has made, without any.
class InspectLoaded : public Inspect {
 protected:
  void SetUp() override {
    if (!lacks(why_no_bpf()) && !lacks(folder_.problem())) lacks(why_no_program("bpftool"));
  }
  bool cannot_run() const { return IsSkipped() || HasFatalFailure(); }

  static Finished bpftool(const std::string& arguments) {
    Finished done = run_program({"sh", "-c", "bpftool " + arguments});
    EXPECT_EQ(done.exit_code, 0) << arguments << "\n" << done.out << done.err;
    return done;
  }
  std::string id_of(const std::string& pin) const {
    const Finished shown = bpftool("map show pinned " + (folder_ / pin));
    return shown.out.substr(0, shown.out.find(':'));
  }

  BpfFolder folder_;
};

TEST_F(InspectLoaded, ShowsALoadedMapAsItShowsTheObjects) {
  if (cannot_run()) return;
  const std::string config = directory_.write(
      "types.yaml", "object: " + test_object("types") +
                        "\nmaps: [ { map: padded, metrics: [ { counter: padded_total } ] } ]\n");
  ExporterProcess exporter({"--config", config});
  std::string id;
  for (const std::uint32_t map : kernel_ids_of(exporter.process().pid()).maps) {
    const Finished shown = run_program({"bpftool", "map", "show", "id", std::to_string(map)});
    if (shown.out.find("name padded ") != std::string::npos) id = std::to_string(map);
  }
  ASSERT_NE(id, "");
  bpftool("map pin id " + id + " " + (folder_ / "m"));

  const Finished by_id = run_exporter({"inspect", "--id", id});
  EXPECT_EQ(by_id.exit_code, 0) << by_id.err;
  EXPECT_THAT(by_id.out, StartsWith("map padded, id " + id + "\n  type         hash\n"));
  EXPECT_THAT(by_id.out, HasSubstr("    offset  size  type   name\n"
                                   "         0     1  __u8   first\n"
                                   "         1     3         PADDING\n"
                                   "         4     4  __u32  second\n"));
  EXPECT_THAT(by_id.out, HasSubstr("note: 16 bytes of the key are padding."));
  const Finished by_pin = run_exporter({"inspect", "--pinned", folder_ / "m"});
  EXPECT_EQ(by_pin.exit_code, 0) << by_pin.err;
  EXPECT_THAT(by_pin.out, StartsWith("map padded, id " + id + ", pinned as m\n"));
  EXPECT_EQ(by_pin.out.substr(by_pin.out.find('\n')), by_id.out.substr(by_id.out.find('\n')));
}

TEST_F(InspectLoaded, ShowsSizesWhereThereIsNoBtf) {
  if (cannot_run()) return;
  const std::string name = "in" + std::to_string(::getpid());
  bpftool("map create " + (folder_ / "a") + " type lru_hash key 12 value 8 entries 16 name " +
          name);
  bpftool("map create " + (folder_ / "b") + " type lru_hash key 4 value 8 entries 8 name " + name);
  const Finished both = run_exporter({"inspect", "--name", name});
  EXPECT_EQ(both.exit_code, 0) << both.err;
  EXPECT_THAT(both.out, StartsWith("map " + name + ", id "));
  EXPECT_THAT(both.out, HasSubstr("  max_entries  16\n"));
  EXPECT_THAT(both.out, HasSubstr("  key: 12 bytes, no BTF: named by offset, size and type\n"
                                  "  value: 8 bytes, no BTF: read as an unsigned number\n"
                                  "\nmap "));
  const Finished glob = run_exporter({"inspect", "--pinned", folder_ / "*"});
  EXPECT_EQ(glob.exit_code, 0) << glob.err;
  EXPECT_THAT(glob.out, AllOf(HasSubstr(", pinned as a\n"), HasSubstr(", pinned as b\n")));
}

TEST_F(InspectLoaded, LooksIntoMapsOfMaps) {
  if (cannot_run()) return;
  bpftool("map create " + (folder_ / "inner") + " type hash key 4 value 8 entries 16 name inner");
  bpftool("map create " + (folder_ / "outer") +
          " type hash_of_maps key 4 value 4 entries 8 name outer inner_map pinned " +
          (folder_ / "inner"));
  bpftool("map update pinned " + (folder_ / "outer") + " key 5 0 0 0 value pinned " +
          (folder_ / "inner"));
  const Finished result = run_exporter({"inspect", "--pinned", folder_ / "outer"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("  maps in it:\n    type         hash\n"));
}

TEST_F(InspectLoaded, SaysWhatIsNotThere) {
  if (cannot_run()) return;
  bpftool("map create " + (folder_ / "m") + " type hash key 4 value 8 entries 16 name gone");
  const std::string id = id_of("m");
  folder_.unpin("m");
  ASSERT_TRUE(eventually([&] {
    return run_program({"bpftool", "map", "show", "id", id}).exit_code != 0;
  }));
  const Finished by_id = run_exporter({"inspect", "--id", id});
  EXPECT_EQ(by_id.exit_code, 1);
  EXPECT_EQ(by_id.err, "bpfmap_exporter: error: open map with id " + id +
                           ": No such file or directory (ENOENT)\n");
  const Finished by_pin = run_exporter({"inspect", "--pinned", folder_ / "m"});
  EXPECT_EQ(by_pin.exit_code, 1);
  EXPECT_THAT(by_pin.err, HasSubstr("/m': No such file or directory (ENOENT)\n"));
  const Finished as_object = run_exporter({"inspect", folder_ / "m"});
  EXPECT_EQ(as_object.exit_code, 1);
  EXPECT_THAT(as_object.err, HasSubstr("hint: for a pinned map: inspect --pinned "));
}

TEST_F(InspectLoaded, SaysWhichPrivilegeIsMissing) {
  if (cannot_run()) return;
  bpftool("map create " + (folder_ / "m") + " type hash key 4 value 8 entries 16 name m");
  ChildOptions options;
  options.identity = ChildIdentity{};
  const Finished by_id = run_exporter({"inspect", "--id", id_of("m")}, options);
  EXPECT_EQ(by_id.exit_code, 3);
  EXPECT_THAT(by_id.err, HasSubstr("hint: finding maps by name or id needs CAP_SYS_ADMIN"));
  const Finished by_pin = run_exporter({"inspect", "--pinned", folder_ / "m"}, options);
  EXPECT_EQ(by_pin.exit_code, 3);
  EXPECT_THAT(by_pin.err, HasSubstr("hint: opening a pin needs CAP_BPF"));
}

}  // namespace
}  // namespace bpfmap::test
