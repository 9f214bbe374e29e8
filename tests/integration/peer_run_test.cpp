// SPDX-License-Identifier: Apache-2.0
// The command line and the messages for files in ebpf_exporter's format.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "integration/exporter_process.h"
#include "integration/peer_files.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

using PeerRun = BpfTest;

std::vector<std::string> run_arguments(const std::string& name) {
  return {"--config.dir=" + peer_folder(), "--config.names=" + name};
}

TEST_F(PeerRun, AProgramThatDoesNotAttachIsAWarning) {
  ExporterProcess exporter(run_arguments("peer_optional"));
  EXPECT_THAT(exporter.log(), HasSubstr("there_is_no_such_tracepoint"));
  EXPECT_THAT(exporter.log(), HasSubstr("warning: unknown key 'unknown_key' in a counter"));
  EXPECT_THAT(exporter.log(), HasSubstr("spans are not exported"));
  EXPECT_TRUE(eventually(
      [&] { return exporter.scrape().value_or("ebpf_exporter_optional_total", 0) == 1; }));
  exporter.stop();
}

TEST_F(PeerRun, AProgramThatDoesNotAttachIsAnErrorWhereItIsStrict) {
  std::vector<std::string> arguments = run_arguments("peer_optional");
  arguments.insert(arguments.end(), {"--config.strict", "--web.listen-address=127.0.0.1:0"});
  const Finished strict = run_exporter(arguments);
  EXPECT_EQ(strict.exit_code, 3) << strict.err;
  EXPECT_THAT(strict.err, HasSubstr("bad (SEC(\"raw_tp/there_is_no_such_tracepoint\"))"));
}

TEST_F(PeerRun, AnAddressThatIsNowhereIsAnErrorWithItsPlace) {
  const TemporaryDirectory folder;
  fs::copy_file(peer_folder() + "/peer_kaddrs.bpf.o", folder / "peer_kaddrs.bpf.o");
  folder.write("peer_kaddrs.yaml",
               "object: peer_kaddrs.bpf.o\n"
               "kernel_addresses:\n"
               "  kaddr_schedule: no_such_symbol_anywhere\n"
               "maps: [ { map: address_total, metrics: [ { counter: address_total } ] } ]\n");
  const Finished failed = run_exporter(
      {"--config=" + (folder / "peer_kaddrs.yaml"), "--web.listen-address=127.0.0.1:0"});
  EXPECT_EQ(failed.exit_code, 3);
  EXPECT_THAT(failed.err, HasSubstr("peer_kaddrs.yaml:3): there is none of that name"));
}

TEST_F(PeerRun, TellsAboutItselfUnderBothNames) {
  ExporterProcess exporter(run_arguments("peer_optional"));
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value("ebpf_exporter_enabled_configs{name=\"peer_optional\"}"), 1);
  EXPECT_EQ(page.value("ebpf_exporter_decoder_errors_total{config=\"peer_optional\"}"), 0);
  const auto infos = page.samples_of(
      "ebpf_exporter_ebpf_program_info{config=\"peer_optional\",program=\"good\",tag=\"");
  ASSERT_EQ(infos.size(), 1U);
  const std::string id = label_of(infos.begin()->first, "id");
  EXPECT_EQ(page.value("ebpf_exporter_ebpf_program_attached{id=\"" + id + "\"}"), 1);
  EXPECT_TRUE(page.has("ebpf_exporter_ebpf_program_run_time_seconds{id=\"" + id + "\"}"));
  EXPECT_TRUE(page.has("ebpf_exporter_ebpf_program_run_count_total{id=\"" + id + "\"}"));
  exporter.stop();
}

TEST_F(PeerRun, DebugShowsMaps) {
  std::vector<std::string> arguments = run_arguments("peer_no_labels");
  EXPECT_EQ(ExporterProcess(arguments).get("/maps").status, 404);
  arguments.emplace_back("--debug");
  ExporterProcess exporter(arguments);
  const HttpResponse maps = exporter.get("/maps");
  EXPECT_EQ(maps.status, 200);
  EXPECT_THAT(maps.body, HasSubstr("map array_total of peer_no_labels (array, read by key)"));
  EXPECT_THAT(maps.body, HasSubstr("ebpf_exporter_array_total 0"));
  exporter.stop();
}

TEST_F(PeerRun, KernelBtfCanBeAnotherFile) {
  if (lacks(fs::exists("/sys/kernel/btf/vmlinux") ? "" : "the kernel has no BTF")) return;
  std::vector<std::string> arguments = run_arguments("peer_no_labels");
  arguments.emplace_back("--btf.path=/sys/kernel/btf/vmlinux");
  ExporterProcess(arguments).stop();
  arguments.back() = "--btf.path=/no/such/file";
  EXPECT_EQ(run_exporter(arguments).exit_code, 2);
}

TEST(PeerCheck, FindsWhatIsWrongWithoutRunning) {
  std::vector<std::string> arguments = run_arguments("peer_uint");
  arguments.emplace_back("--config.check");
  const Finished good = run_exporter(arguments);
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.err, HasSubstr("peer_uint.yaml: ok: 0 programs, 1 map, 1 metric"));
}

TEST(PeerCheck, SaysWhereKeysDoNotFit) {
  const TemporaryDirectory folder;
  fs::copy_file(peer_folder() + "/peer_uint.bpf.o", folder / "peer_uint.bpf.o");
  std::string text = read_text(peer_folder() + "/peer_uint.yaml");
  text.replace(text.find("size: 4"), 7, "size: 8");
  std::ofstream(folder / "peer_uint.yaml") << text;
  const Finished check = run_exporter({"check", folder / "peer_uint.yaml"});
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_THAT(check.err, HasSubstr("peer_uint.yaml:6:9: error: the labels take 8 bytes, but the "
                                   "key of map 'uint_total' has 4"));
}

TEST(PeerConvert, UsesTheFieldsOfBtf) {
  const Finished convert = run_exporter({"convert", peer_folder() + "/peer_exp2.yaml"});
  EXPECT_EQ(convert.exit_code, 0) << convert.err;
  EXPECT_THAT(convert.out, HasSubstr("object: peer_exp2.bpf.o\nprefix: ebpf_exporter_\n"));
  EXPECT_THAT(convert.out, HasSubstr("      group:\n"));
  EXPECT_THAT(convert.out, HasSubstr("        bucket: slot\n"));
  EXPECT_THAT(convert.out, HasSubstr("scale: exp2, min: 1, max: 4, unit: 1e-06, sum: { key: 5 }"));
}

TEST(PeerConvert, RefusesOurOwnLanguage) {
  const TemporaryDirectory folder;
  std::ofstream(folder / "own.yaml") << "inventory: true\n";
  const Finished convert = run_exporter({"convert", folder / "own.yaml"});
  EXPECT_EQ(convert.exit_code, 1);
  EXPECT_THAT(convert.err, HasSubstr("own language already"));
  EXPECT_EQ(convert.out, "");
}

}  // namespace
}  // namespace bpfmap::test
