// SPDX-License-Identifier: Apache-2.0
// `init`: what it writes for every object that there is passes `check`, and runs where the object
// itself runs. tests/golden/init has what comes out; BPFMAP_UPDATE_GOLDEN=1 writes it anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "integration/exporter_process.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Objects of which libbpf reads nothing, or in which nothing can be exported.
const std::set<std::string> kRefused = {"legacy", "nobtf", "unexportable"};
// What the kernel that runs says to an object of which some kernels, or the verifier of every
// kernel, refuse a program or a map; empty where it has to take it.
std::string why_refused(const std::string& object) {
  if (object == "attach_fentry") return why_no_fentry();
  if (object == "attach_kprobe") return why_no_kprobes();
  if (object == "alternatives") return "no kernel has one of its functions";
  if (object == "event_structs") return "no kernel has one of its fields";
  if (object == "rejected") return "it reads past the end of a packet";
  return object == "storages" ? why_no_iterator("bpf_sk_storage_map") : "";
}

bool is_in(const std::set<std::string>& names, const std::string& name) {
  return names.find(name) != names.end();
}

// Every object of tests/objects, and the built-in ones.
std::vector<std::string> starter_objects() {
  std::vector<std::string> names = {"builtin:packets", "builtin:runqlat", "builtin:syscalls"};
  for (const auto& entry : fs::directory_iterator(source_path("tests/objects"))) {
    const std::string file = entry.path().filename();
    if (file.ends_with(".bpf.c")) names.push_back(file.substr(0, file.find('.')));
  }
  names.emplace_back("nobtf");
  std::sort(names.begin(), names.end());
  return names;
}

class Init : public ::testing::TestWithParam<std::string> {
 protected:
  void copy(const std::string& object) {
    const std::string copied = directory_ / ("objects/" + object + ".bpf.o");
    fs::create_directories(fs::path(copied).parent_path());
    fs::copy_file(test_object(object), copied, fs::copy_options::overwrite_existing);
  }

  // In the folder of the test, by a user without any right if the test may arrange that.
  Finished run(std::vector<std::string> arguments) {
    ChildOptions options;
    options.directory = directory_.path();
    std::optional<NetworkNamespace> nowhere;
    if (::geteuid() == 0) {
      nowhere.emplace();
      options.network_namespace = nowhere->fd();
      options.identity = ChildIdentity{};
    }
    return run_exporter(std::move(arguments), options);
  }

  // The configuration for an object, which stands beside it.
  std::string init(const std::string& object) {
    const bool is_builtin = object.starts_with("builtin:");
    if (!is_builtin) copy(object);
    const Finished made = run({"init", is_builtin ? object : "objects/" + object + ".bpf.o"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    EXPECT_EQ(made.err, "");
    return made.out;
  }

  TemporaryDirectory directory_;
};

TEST_P(Init, WritesWhatCheckAccepts) {
  if (is_in(kRefused, GetParam())) {
    copy(GetParam());
    const Finished refused = run({"init", "objects/" + GetParam() + ".bpf.o"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_EQ(refused.out, "");
    return;
  }
  directory_.write("starter.yaml", init(GetParam()));
  const Finished checked = run({"check", "starter.yaml"});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
  EXPECT_THAT(checked.err, AllOf(HasSubstr("starter.yaml: ok: "), Not(HasSubstr(", 0 maps"))));
}

TEST_P(Init, WritesWhatRuns) {
  if (is_in(kRefused, GetParam())) return;
  if (lacks(why_no_bpf()) || lacks(mount_tracefs())) return;
  const std::string file = directory_.write("starter.yaml", init(GetParam()));
  const NetworkNamespace alone;  // an interface lo of its own, for XDP
  ChildOptions options;
  options.network_namespace = alone.fd();
  const Finished dumped = run_exporter({"dump", "--config", file, "--for", "10ms"}, options);
  if (!why_refused(GetParam()).empty()) {
    // The verifier's word is about the object, that of all others about the system.
    const bool is_of_verifier = GetParam() == "rejected" || GetParam() == "event_structs";
    EXPECT_EQ(dumped.exit_code, is_of_verifier ? 1 : 3) << why_refused(GetParam());
    EXPECT_THAT(dumped.err, HasSubstr("bpfmap_exporter: error: "));
    return;
  }
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  EXPECT_THAT(dumped.out, HasSubstr("bpfmap_exporter_sample_success{"));
  EXPECT_THAT(dumped.out, Not(::testing::ContainsRegex("sample_success[^\n]* 0\n")));
}

// A configuration in which everything that it offers in comments is taken.
std::string with_offers(const std::string& text) {
  const std::string with_settings =
      std::regex_replace(text, std::regex("\n    # (mode|interval): "), "\n    $1: ");
  const std::string with_programs =
      std::regex_replace(with_settings,
                         std::regex("\n  #   ([a-z_]+: \\{ attach: [^\n]*)"
                                    "\n  [a-z_]+: \\{ load: false \\}"),
                         "\n  $1");
  std::istringstream lines(with_programs);
  std::string all;
  bool in_variable = false;
  for (std::string line; std::getline(lines, line);) {
    const bool begins = line.starts_with("  # - variable: ");
    in_variable = begins || (in_variable && line.starts_with("  #   "));
    if (in_variable) line.erase(2, 2);
    all += line + "\n";
  }
  return all;
}

// What is offered in comments is accepted as well.
TEST_P(Init, OffersWhatCheckAccepts) {
  if (is_in(kRefused, GetParam())) return;
  const std::string text = init(GetParam());
  directory_.write("taken.yaml", with_offers(text));
  const Finished checked = run({"check", "taken.yaml"});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
}

TEST_F(Init, OffersVariablesTotalsAndTargets) {
  const std::string taken = with_offers(init("starter"));
  for (const char* line :
       {"\n    mode: accumulate\n", "\n  - variable: packets_seen\n    metrics:\n",
        "\n  needs_a_cgroup: { attach: { cgroup: ", "\n  needs_a_function: { attach: { uprobe: "}) {
    EXPECT_THAT(taken, HasSubstr(line));
  }
}

INSTANTIATE_TEST_SUITE_P(Objects, Init, ::testing::ValuesIn(starter_objects()),
                         [](const auto& object) {
                           return std::regex_replace(object.param, std::regex(":"), "_");
                         });

// Names of metrics begin with the object, so that none is in two files.
TEST_F(Init, FilesOfManyObjectsCanBeUsedTogether) {
  std::vector<std::string> arguments = {"check"};
  for (const std::string& object : starter_objects()) {
    if (is_in(kRefused, object)) continue;
    std::string file = object;
    std::replace(file.begin(), file.end(), ':', '_');
    directory_.write(file + ".yaml", init(object));
    arguments.push_back(file + ".yaml");
  }
  ASSERT_GT(arguments.size(), 10U);
  const Finished checked = run(arguments);
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
}

class InitGolden : public Init {};

TEST_P(InitGolden, IsWhatIsExpected) {
  const std::string text = init(GetParam());
  const std::string golden = source_path("tests/golden/init/" + GetParam() + ".expected");
  if (std::getenv("BPFMAP_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(golden) << text;
  }
  EXPECT_EQ(text, read_text(golden));
}

INSTANTIATE_TEST_SUITE_P(Golden, InitGolden,
                         ::testing::Values("starter", "layouts", "meanings", "histograms", "events",
                                           "globals", "bookkeeping", "inner_maps", "storages",
                                           "event_structs", "event_structs_none", "memory_use",
                                           "code_origins", "event_tails", "samplers"),
                         [](const auto& object) { return object.param; });

TEST_F(Init, WritesAFileWithAPathThatLeadsToTheObject) {
  copy("histograms");
  fs::create_directories(directory_ / "etc/exporter");
  // As root: no other user may write into the folder of the test.
  ChildOptions options;
  options.directory = directory_.path();
  const std::vector<std::string> arguments = {"init", "objects/histograms.bpf.o", "-o",
                                              "etc/exporter/h.yaml"};
  const Finished made = run_exporter(arguments, options);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.out, "");
  EXPECT_EQ(made.err, "bpfmap_exporter: wrote etc/exporter/h.yaml\n");
  const std::string file = directory_ / "etc/exporter/h.yaml";
  EXPECT_THAT(read_text(file), HasSubstr("\nobject: ../../objects/histograms.bpf.o\n"));
  EXPECT_EQ(run_exporter({"check", file}).exit_code, 0);

  std::ofstream(file) << "mine";
  const Finished again = run_exporter(arguments, options);
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_EQ(again.err,
            "bpfmap_exporter: error: write etc/exporter/h.yaml: File exists (EEXIST)\n"
            "  hint: --force replaces it\n");
  EXPECT_EQ(read_text(file), "mine");
  std::vector<std::string> forced = arguments;
  forced.emplace_back("--force");
  EXPECT_EQ(run_exporter(forced, options).exit_code, 0);
  EXPECT_EQ(run_exporter({"check", file}).exit_code, 0);
}

TEST_F(Init, KeepsStrangePathsWhole) {
  const std::string name = "it's $HOME: \"a\\b\" [x] #1.bpf.o";
  fs::copy_file(test_object("histograms"), directory_ / name);
  const Finished made = run({"init", name});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  directory_.write("starter.yaml", made.out);
  const Finished checked = run({"check", "starter.yaml"});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
}

TEST_F(Init, RefusesWhatWouldDestroyOrFail) {
  copy("histograms");
  ChildOptions options;
  options.directory = directory_.path();
  const std::string object = "objects/histograms.bpf.o";
  const std::string bytes = read_text(directory_ / object);
  const Finished over_itself =
      run_exporter({"init", object, "-o", "./" + object, "--force"}, options);
  EXPECT_EQ(over_itself.exit_code, 2);
  EXPECT_THAT(over_itself.err, HasSubstr("it is the object itself"));
  EXPECT_EQ(read_text(directory_ / object), bytes);

  const Finished nowhere = run_exporter({"init", object, "-o", "no/folder.yaml"}, options);
  EXPECT_EQ(nowhere.exit_code, 3);
  EXPECT_THAT(nowhere.err, HasSubstr("write no/folder.yaml: No such file or directory (ENOENT)"));
  EXPECT_EQ(run_exporter({"init", object, "--force"}, options).exit_code, 2);
  EXPECT_EQ(run_exporter({"init"}).exit_code, 2);
  EXPECT_EQ(run_exporter({"init", "a.o", "b.o"}).exit_code, 2);
  EXPECT_EQ(run_exporter({"init", "/nothing.bpf.o"}).exit_code, 1);
  const Finished full =
      run_program({"sh", "-c", "exec " + exporter_binary() + " init builtin:runqlat >/dev/full"});
  EXPECT_EQ(full.exit_code, 3);
}

TEST_F(Init, SaysWhyThereIsNothingToExport) {
  copy("unexportable");
  const Finished refused = run({"init", "objects/unexportable.bpf.o"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("nothing in it can be exported\n  map jumps: a prog_array: it "
                                     "holds programs for tail calls, not counts\n"));
}

}  // namespace
}  // namespace bpfmap::test
