// SPDX-License-Identifier: Apache-2.0
// The commands, and the ways to name configurations.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "integration/exporter_process.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr int kCapNetAdmin = 12;
constexpr int kCapPerfmon = 38;
constexpr int kCapBpf = 39;

class CommandLine : public ::testing::Test {
 protected:
  // A configuration that exports NAME_total.
  static std::string config_text(const std::string& name) {
    return "object: " + test_object("kinds") +
           "\nmaps: [ { map: array, metrics: [ { counter: " + name +
           "_total, help: Nothing. } ] } ]\n";
  }
  std::string write_config(const std::string& name) {
    return directory_.write(name + ".yaml", config_text(name));
  }
  TemporaryDirectory directory_;
};

class Run : public CommandLine {
 protected:
  void SetUp() override { lacks(why_no_bpf()); }
};
using Dump = Run;

TEST_F(CommandLine, BuiltinAloneListsThem) {
  const Finished list = run_exporter({"--config", "builtin:"});
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_EQ(list.out, "packets\nrunqlat\nsyscalls\n");
  EXPECT_EQ(list.err, "");
}

TEST_F(CommandLine, HelpAndVersionGoToStandardOutput) {
  const Finished help = run_exporter({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("Usage: bpfmap_exporter [OPTIONS] [configs...] [SUBCOMMAND]"));
  EXPECT_EQ(help.err, "");
  const Finished version = run_exporter({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, ::testing::MatchesRegex("bpfmap_exporter [0-9]+.[0-9]+.[0-9]+\n"));
}

TEST_F(CommandLine, HelpOfRunHasItsOptions) {
  const Finished help = run_exporter({"run", "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* option :
       {"--config", "--web.listen-address", "--timeout-offset", "--log.level"}) {
    EXPECT_THAT(help.out, HasSubstr(option));
  }
  EXPECT_THAT(run_exporter({"dump", "--help"}).out, HasSubstr("--for"));
  EXPECT_THAT(run_exporter({"check", "--help"}).out, HasSubstr("FILE|DIR..."));
}

TEST_F(CommandLine, AMisspeltCommandIsSuggested) {
  const auto error = [](std::vector<std::string> arguments) {
    const Finished refused = run_exporter(std::move(arguments));
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    return refused.err;
  };
  EXPECT_THAT(error({"chek"}), HasSubstr("no command and no file 'chek' (did you mean 'check'?)"));
  EXPECT_THAT(error({"dmup", "--for=1s"}), HasSubstr("'dmup'"));
  EXPECT_THAT(error({"inspct", "x.bpf.o"}), HasSubstr("(did you mean 'inspect'?)"));
  EXPECT_THAT(error({"bogus"}), HasSubstr("(one of: run, check, dump, inspect, init, convert)"));
  EXPECT_THAT(error({""}), HasSubstr("''"));
  EXPECT_THAT(error({"run", "bogus"}), HasSubstr("there is no file 'bogus'"));
  EXPECT_THAT(error({"inspect", "a.o", "b.o"}), HasSubstr("inspect does not take 'b.o' as well"));
  EXPECT_THAT(error({"convert", "a.yaml", "b.yaml"}), HasSubstr("convert does not take 'b.yaml'"));
}

TEST_F(CommandLine, AFileThatIsNotThereIsAConfiguration) {
  const Finished missing = run_exporter({"nowhere.yaml"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("read configuration nowhere.yaml: No such file"));
}

TEST_F(Run, TakesConfigurationsWithoutTheirOption) {
  directory_.write("folder/a.yaml", config_text("a"));
  const std::string b = write_config("b");
  for (const bool is_named : {false, true}) {
    std::vector<std::string> arguments{directory_ / "folder", b, "builtin:runqlat"};
    if (is_named) arguments.insert(arguments.begin(), "run");
    ExporterProcess exporter(arguments);
    const MetricsPage page = exporter.scrape();
    EXPECT_EQ(page.samples_of("a_total{").size(), 64U);
    EXPECT_EQ(page.samples_of("b_total{").size(), 64U);
    EXPECT_TRUE(page.types().contains("runqueue_latency_seconds"));
    exporter.stop();
  }
  ChildOptions in_it;
  in_it.directory = directory_.path();
  const Finished dump = run_exporter({"dump", "b.yaml"}, in_it);
  EXPECT_EQ(dump.exit_code, 0) << dump.err;
  EXPECT_THAT(dump.out, HasSubstr("b_total{"));
}

TEST_F(Run, EveryFamilyHasAHelpText) {
  const std::string config = directory_.write(
      "bare.yaml", "object: " + test_object("kinds") +
                       "\nmaps: [ { map: array, metrics: [ { counter: bare_total } ] } ]\n");
  ExporterProcess exporter({config});
  const MetricsPage page = exporter.scrape();
  for (const auto& [family, type] : page.types()) {
    EXPECT_TRUE(page.helps().contains(family)) << family;
  }
  EXPECT_EQ(page.helps().at("bare_total"), "Value of map array.");
  exporter.stop();
}

TEST_F(Run, WithoutPrivilegeItSaysWhichIsMissing) {
  ChildOptions options;
  options.identity = ChildIdentity{.capabilities = {}};
  const Finished refused = run_exporter({}, options);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("CAP_BPF"));
  EXPECT_THAT(refused.err, Not(HasSubstr("RLIMIT_MEMLOCK")));
}

TEST_F(Run, TakesSeveralConfigurationsAndFolders) {
  directory_.write("folder/a.yaml", config_text("a"));
  directory_.write("folder/b.yml", config_text("b"));
  const std::string c = write_config("c");
  ExporterProcess exporter(
      {"--config", directory_ / "folder", "--config", c, "--config=builtin:runqlat"});
  const MetricsPage page = exporter.scrape();
  for (const char* name : {"a_total{", "b_total{", "c_total{"}) {
    EXPECT_EQ(page.samples_of(name).size(), 64U) << name;
  }
  EXPECT_TRUE(page.types().contains("runqueue_latency_seconds"));
  EXPECT_FALSE(page.types().contains("syscalls_total")) << "the default set was not asked for";
  exporter.stop();
}

TEST_F(Run, TakesNamesOfAFolderAsEbpfExporterDoes) {
  for (const char* name : {"a", "b", "c"}) write_config(name);
  ExporterProcess exporter({"--config.dir=" + directory_.path(), "--config.names=a,c"});
  const MetricsPage page = exporter.scrape();
  EXPECT_TRUE(page.types().contains("a_total"));
  EXPECT_FALSE(page.types().contains("b_total"));
  EXPECT_TRUE(page.types().contains("c_total"));
  exporter.stop();
}

TEST_F(Run, ExpandsTheEnvironment) {
  const std::string config = directory_.write("env.yaml", R"(object: ${OBJECTS}/kinds.bpf.o
labels: { site: "${SITE:-lab}", team: "${TEAM:-none}" }
maps: [ { map: array, labels: {}, metrics: [ { counter: env_total, help: "$$1 ${SITE}" } ] } ]
)");
  ChildOptions options;
  const std::filesystem::path object = test_object("kinds");
  options.environment = {"OBJECTS=" + object.parent_path().string(), "SITE=a\"b: [c"};
  ExporterProcess exporter({"--config=" + config}, options);
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value(R"(env_total{site="a\"b: [c",team="none"})"), 0);
  EXPECT_EQ(page.helps().at("env_total"), "$1 a\"b: [c");
  exporter.stop();
}

TEST_F(Run, DefaultSetNeedsNoRootButTwoCapabilities) {
  ChildOptions options;
  options.identity = ChildIdentity{.capabilities = {kCapPerfmon, kCapBpf}};
  ExporterProcess exporter({}, options);
  EXPECT_GT(exporter.scrape().sum_of("syscalls_total{"), 0);
  exporter.stop();
}

TEST_F(Dump, PrintsAPageThatPromtoolAccepts) {
  if (lacks(why_no_program("promtool"))) return;
  const auto begun = std::chrono::steady_clock::now();
  const Finished dump = run_exporter({"dump", "--for", "200ms"});
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(200));
  ASSERT_EQ(dump.exit_code, 0) << dump.err;
  const MetricsPage page(dump.out);
  EXPECT_GT(page.sum_of("syscalls_total{"), 0);
  EXPECT_GT(page.value("runqueue_latency_seconds_count"), 0);
  EXPECT_EQ(page.value("bpfmap_exporter_config_last_reload_successful"), 1);

  const std::string file = directory_.write("page", dump.out);
  const Finished verdict = run_program({"sh", "-c", "promtool check metrics <" + file});
  EXPECT_EQ(verdict.exit_code, 0);
  EXPECT_EQ(verdict.out + verdict.err, "");
}

// An interface takes one XDP program only: other tests have other interfaces.
TEST_F(Dump, OfNetworkProgramsNeedsAThirdCapability) {
  const NetworkNamespace alone;
  ChildOptions options;
  options.network_namespace = alone.fd();
  options.identity = ChildIdentity{.capabilities = {kCapNetAdmin, kCapPerfmon, kCapBpf}};
  const Finished dump =
      run_exporter({"dump", "--config=builtin:syscalls,runqlat,packets"}, options);
  ASSERT_EQ(dump.exit_code, 0) << dump.err;
  const MetricsPage page(dump.out);
  const auto attached = page.samples_of("bpfmap_exporter_program_attached{");
  EXPECT_THAT(attached, SizeIs(8));
  for (const auto& [series, value] : attached) EXPECT_EQ(value, 1) << series;

  options.identity->capabilities = {kCapPerfmon, kCapBpf};
  const Finished refused = run_exporter({"dump", "--config=builtin:packets"}, options);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("hint: this needs CAP_NET_ADMIN"));
}

TEST_F(Dump, TakesConfigurations) {
  const Finished dump = run_exporter({"dump", "--config", write_config("a")});
  EXPECT_EQ(dump.exit_code, 0) << dump.err;
  EXPECT_THAT(dump.out, StartsWith("# HELP a_total Nothing.\n# TYPE a_total counter\n"));
  EXPECT_THAT(dump.out, Not(HasSubstr("syscalls_total")));
}

TEST_F(Dump, SignalEndsTheWaitingNotThePage) {
  ChildOptions options;
  options.arguments = {exporter_binary(), "dump", "--for=1h"};
  ChildProcess dump(options);
  // Signals are taken from before the objects are loaded on.
  ASSERT_TRUE(dump.wait_until([&] { return dump.err().find("map=runqlat") != std::string::npos; }));
  dump.send(SIGINT);
  EXPECT_EQ(dump.exit_code(), 0) << dump.err();
  EXPECT_GT(MetricsPage(dump.out()).sum_of("syscalls_total{"), 0);
}

TEST_F(Dump, SaysThatItCannotWrite) {
  const Finished dump = run_program(
      {"sh", "-c",
       "exec " + exporter_binary() + " dump --config " + write_config("a") + " >/dev/full"});
  EXPECT_EQ(dump.exit_code, 3);
  EXPECT_THAT(dump.err, HasSubstr("write standard output: No space left on device (ENOSPC)"));
}

TEST_F(Dump, LeavesNothingInTheKernel) {
  ChildOptions options;
  options.arguments = {exporter_binary(), "dump", "--for=1h"};
  ChildProcess dump(options);
  ASSERT_TRUE(dump.wait_until([&] { return dump.err().find("map=runqlat") != std::string::npos; }));
  KernelIds ids;
  EXPECT_TRUE(eventually([&] {
    ids = kernel_ids_of(dump.pid());
    return ids.links.size() == 7;
  }));
  dump.send(SIGTERM);
  EXPECT_EQ(dump.exit_code(), 0);
  EXPECT_TRUE(eventually([&] { return still_there(ids).empty(); }));
}

}  // namespace
}  // namespace bpfmap::test
