// SPDX-License-Identifier: Apache-2.0
// What a user reads when something is wrong, and which exit code a script sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kBadConfiguration = 1;
constexpr int kBadUsage = 2;
constexpr int kSystemRefused = 3;

// A configuration of an object with the map `hits`.
std::string hits_config(const std::string& object, const std::string& programs = {}) {
  return "object: " + test_object(object) + "\n" +
         (programs.empty() ? "" : "programs: " + programs + "\n") +
         "maps: [ { map: hits, metrics: [ { counter: hits_total, help: Hits. } ] } ]\n";
}

class Refusal : public ::testing::Test {
 protected:
  Finished run_with(const std::string& yaml) {
    return run_exporter(
        {"--config=" + directory_.write("bad.yaml", yaml), "--web.listen-address=127.0.0.1:0"});
  }
  TemporaryDirectory directory_;
};
using KernelRefusal = Refusal;

TEST_F(Refusal, BrokenYamlIsShownWithItsPlace) {
  const Finished refused = run_with("object: x.bpf.o\nmaps: [ { map: a, metrics: [ }\n");
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, AllOf(HasSubstr((directory_ / "bad.yaml") + ":2:30: error: "),
                                 HasSubstr("       2 | maps: [ { map: a, metrics: [ }\n")));
}

TEST_F(Refusal, EveryMistakeOfEveryFileIsShown) {
  const std::string first = directory_.write("first.yaml", "objct: a.bpf.o\nmaps: []\n");
  const std::string second = directory_.write("second.yaml", "object: a.bpf.o\nmap: []\n");
  const Finished refused = run_exporter({"--config", first, "--config", second});
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, HasSubstr(first + ":1:1: error: unknown key 'objct'"));
  EXPECT_THAT(refused.err, HasSubstr(second + ":2:1: error: unknown key 'map'"));
}

TEST_F(Refusal, MissingFileIsNamed) {
  const Finished refused = run_exporter({"--config=" + (directory_ / "none.yaml")});
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_EQ(refused.err, "bpfmap_exporter: error: read configuration " +
                             (directory_ / "none.yaml") + ": No such file or directory (ENOENT)\n");
}

TEST_F(Refusal, EmptyFolderIsNamed) {
  const Finished refused = run_exporter({"--config=" + directory_.path()});
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, HasSubstr("read folder " + directory_.path() + ": it holds no *.yaml"));
}

TEST_F(Refusal, MissingObjectIsNamedAtItsPlace) {
  const Finished refused = run_with(
      "object: none.bpf.o\nmaps: [ { map: a, metrics: [ { counter: a_total, help: A. } ] } ]\n");
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, HasSubstr((directory_ / "bad.yaml") + ":1:9: error: "));
  EXPECT_THAT(refused.err, HasSubstr("none.bpf.o: No such file or directory (ENOENT)"));
}

TEST_F(Refusal, FileThatIsNoObjectIsNamed) {
  directory_.write("text.bpf.o", "not ELF");
  const Finished refused = run_with(
      "object: text.bpf.o\nmaps: [ { map: a, metrics: [ { counter: a_total, help: A. } ] } ]\n");
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, AllOf(HasSubstr(":1:9: error: "), HasSubstr("text.bpf.o")));
}

TEST_F(Refusal, MapsOfBefore2022AreExplained) {
  const Finished refused = run_with("object: " + test_object("legacy") + R"(
maps: [ { map: legacy_hits, metrics: [ { counter: hits_total, help: Hits. } ] } ]
)");
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, HasSubstr("SEC(\"maps\")"));
}

TEST_F(Refusal, UnknownBuiltinIsSuggested) {
  const Finished refused = run_exporter({"--config=builtin:sysclls"});
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, HasSubstr("(did you mean 'syscalls'?)"));
}

TEST_F(Refusal, ConfigurationsOfOneNameAreRefused) {
  const std::string one = directory_.write("one/hits.yaml", hits_config("attach_raw_tp"));
  const std::string two = directory_.write("two/hits.yaml", hits_config("attach_raw_tp"));
  const Finished refused = run_exporter({"check", one, two});
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, HasSubstr("is called 'hits' as well"));
}

TEST_F(Refusal, BadCommandLinesEndWithTwo) {
  const std::vector<std::vector<std::string>> lines = {
      {"--bogus"},
      {"bogus"},
      {"run", "extra"},
      {"check"},
      {"--log.level=loud"},
      {"--log.format=xml"},
      {"--web.telemetry-path=metrics"},
      {"--config.names=a"},
      {"--config.dir=/tmp"},
      {"dump", "--for=5"},
      {"dump", "--for=soon"},
      {"--web.listen-address=nowhere"},
      {"--web.listen-address=127.0.0.1:65536"},
      {"--web.listen-address", ":0", "stray"},
  };
  for (const auto& line : lines) {
    const Finished refused = run_exporter(line);
    EXPECT_EQ(refused.exit_code, kBadUsage) << ::testing::PrintToString(line);
    EXPECT_THAT(refused.err, testing::StartsWith("bpfmap_exporter: error: "));
    EXPECT_THAT(refused.err, HasSubstr("\n  hint: ")) << ::testing::PrintToString(line);
    EXPECT_EQ(refused.out, "") << ::testing::PrintToString(line);
  }
}

TEST_F(Refusal, BadAddressIsSaidBeforeAnythingIsLoaded) {
  const Finished refused = run_exporter({"--web.listen-address=nowhere"});
  EXPECT_THAT(refused.err, HasSubstr("listen on 'nowhere': the port is missing"));
  EXPECT_THAT(refused.err, Not(HasSubstr("map is read")));
}

TEST_F(Refusal, WithoutPrivilegeItSaysWhatIsMissing) {
  if (lacks(why_no_bpf())) return;
  ChildOptions options;
  options.identity = ChildIdentity{};
  const Finished refused = run_exporter({"--web.listen-address=127.0.0.1:0"}, options);
  EXPECT_EQ(refused.exit_code, kSystemRefused);
  EXPECT_THAT(refused.err, HasSubstr("Operation not permitted (EPERM)"));
  EXPECT_THAT(refused.err, HasSubstr("hint: this needs CAP_BPF"));
}

TEST_F(Refusal, WithoutPerfmonItSaysSo) {
  if (lacks(why_no_bpf())) return;
  constexpr int kCapBpf = 39;
  ChildOptions options;
  options.identity = ChildIdentity{.capabilities = {kCapBpf}};
  const Finished refused = run_exporter({"--web.listen-address=127.0.0.1:0"}, options);
  EXPECT_EQ(refused.exit_code, kSystemRefused);
  EXPECT_THAT(refused.err, HasSubstr("load program syscall_enter (SEC(\"raw_tp/sys_enter\"))"));
  EXPECT_THAT(refused.err, HasSubstr("hint: this needs CAP_PERFMON"));
}

TEST_F(KernelRefusal, VerifiersLastWordsAreShown) {
  if (lacks(why_no_bpf())) return;
  const Finished refused = run_with(hits_config(
      "rejected", "{ reads_past_end: { attach: { xdp: { interfaces: lo, mode: generic } } } }"));
  EXPECT_EQ(refused.exit_code, kBadConfiguration);
  EXPECT_THAT(refused.err, HasSubstr("load program reads_past_end (SEC(\"xdp\")) of "));
  EXPECT_THAT(refused.err, HasSubstr("Permission denied (EACCES)"));
  EXPECT_THAT(refused.err, HasSubstr("invalid access to packet, off=100 size=1"));
  EXPECT_THAT(refused.err, Not(HasSubstr("PROG LOAD LOG")));
  EXPECT_THAT(refused.err, HasSubstr("\n  hint: the verifier of this kernel rejects the program"));
}

TEST_F(KernelRefusal, RejectedProgramThatIsNotRequiredIsLeftOut) {
  if (lacks(why_no_bpf())) return;
  ExporterProcess exporter(
      {"--config=" + directory_.write("hits.yaml", hits_config("rejected",
                                                               "{ reads_past_end: { required: "
                                                               "false, attach: { xdp: { "
                                                               "interfaces: lo } } } }"))});
  EXPECT_THAT(exporter.log(), HasSubstr("level=warn msg=\"an optional program is left out\" "
                                        "program=reads_past_end"));
  const MetricsPage page = exporter.scrape();
  const std::string attached = "bpfmap_exporter_program_attached{config=\"hits\",program=\"";
  EXPECT_EQ(page.value(attached + "reads_past_end\"}"), 0);
  EXPECT_EQ(page.value(attached + "count_syscalls\"}"), 1);
  EXPECT_GT(page.value("hits_total"), 0);
  exporter.stop();
}

// kprobes cannot be shown to be refused where the kernel has them.
class Kprobe : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (why_no_kprobes().empty()) GTEST_SKIP() << "this kernel has kprobes";
  }
  TemporaryDirectory directory_;
};

TEST_F(Kprobe, RefusalNamesProgramSectionErrnoAndWhatToDo) {
  const Finished refused =
      run_exporter({"--config=" + directory_.write("hits.yaml", hits_config("attach_kprobe"))});
  EXPECT_EQ(refused.exit_code, kSystemRefused);
  EXPECT_THAT(refused.err, HasSubstr("bpfmap_exporter: error: attach program count_sleeps "
                                     "(SEC(\"kprobe/do_nanosleep\")) of " +
                                     test_object("attach_kprobe") + ": "));
  EXPECT_THAT(refused.err, HasSubstr("(ENOENT)"));
  EXPECT_THAT(refused.err, HasSubstr("\n  hint: this kernel is built without kprobes"));
}

TEST_F(Kprobe, RefusalOfAnOptionalProgramIsAWarningAndAMetric) {
  const std::string config = directory_.write(
      "hits.yaml", hits_config("attach_kprobe", "{ count_sleeps: { required: false } }"));
  ExporterProcess exporter({"--config=" + config});
  EXPECT_THAT(exporter.log(), HasSubstr("level=warn msg=\"an optional program is not attached\" "
                                        "program=count_sleeps"));
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value(R"(bpfmap_exporter_program_attached{config="hits",program="count_sleeps"})"),
            0);
  EXPECT_EQ(page.value("hits_total"), 0);
  EXPECT_THAT(exporter.get("/").body, HasSubstr("this kernel is built without kprobes"));
  exporter.stop();
}

}  // namespace
}  // namespace bpfmap::test
