// SPDX-License-Identifier: Apache-2.0
// The command line and the messages for files in ebpf_exporter's format.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <csignal>
#include <fstream>

#include "base/unique_fd.h"
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

// Also beside another one in its folder, whose metrics are there.
TEST_F(PeerRun, AFileWithSpansOnlyAttachesItsPrograms) {
  std::vector<std::string> arguments = run_arguments("peer_tracing");
  arguments.back() += ",peer_no_labels";
  ExporterProcess exporter(arguments);
  EXPECT_THAT(exporter.log(), HasSubstr("warning: spans are not exported"));
  EXPECT_THAT(exporter.log(), HasSubstr("reads_past_end"));
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value("ebpf_exporter_enabled_configs{name=\"peer_tracing\"}"), 1);
  EXPECT_EQ(page.value("ebpf_exporter_enabled_configs{name=\"peer_no_labels\"}"), 1);
  EXPECT_TRUE(page.has("ebpf_exporter_array_total"));
  const auto infos = page.samples_of(
      "ebpf_exporter_ebpf_program_info{config=\"peer_tracing\",program=\"write_spans\",tag=\"");
  ASSERT_EQ(infos.size(), 1U);
  const std::string id = label_of(infos.begin()->first, "id");
  EXPECT_EQ(page.value("ebpf_exporter_ebpf_program_attached{id=\"" + id + "\"}"), 1);
  EXPECT_EQ(page.value("ebpf_exporter_ebpf_program_attached{id=\"0\"}"), 0)
      << "one did not load, hence has no id";
  exporter.stop();
}

TEST_F(PeerRun, AFileWithSpansOnlyIsCheckedConvertedAndDumped) {
  const std::string file = peer_folder() + "/peer_tracing.yaml";
  const Finished check = run_exporter({"check", file});
  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_THAT(check.err, HasSubstr("peer_tracing.yaml: ok: 2 programs, 0 maps, 0 metrics"));
  const PeerFiles converted({"peer_tracing", true});
  std::vector<std::string> arguments = converted.arguments();
  arguments.insert(arguments.begin(), "dump");
  const Finished dump = run_exporter(arguments);
  EXPECT_EQ(dump.exit_code, 0) << dump.err;
  EXPECT_EQ(MetricsPage(dump.out).value("bpfmap_exporter_program_attached{config=\"peer_tracing\","
                                        "program=\"write_spans\"}"),
            1);
}

// An exporter of its own file: a uprobe counts in every process that runs the same one.
class MarkedExporter {
 public:
  explicit MarkedExporter(std::vector<std::string> arguments) {
    fs::copy_file(exporter_binary(), folder_ / "exporter");
    arguments.insert(arguments.begin(), folder_ / "exporter");
    options_.arguments = std::move(arguments);
  }
  const ChildOptions& options() const { return options_; }

 private:
  TemporaryDirectory folder_;
  ChildOptions options_;
};

TEST_F(PeerRun, MarksThatEverythingIsAttached) {
  std::vector<std::string> arguments = run_arguments("peer_mark");
  arguments.emplace_back("--web.listen-address=127.0.0.1:0");
  const MarkedExporter copy(arguments);
  ChildProcess exporter(copy.options());
  const auto url = [&] { return log_fields(exporter.err(), "listening", "address"); };
  ASSERT_TRUE(exporter.wait_until([&] { return !url().empty(); })) << exporter.err();
  const auto marks = [&] {
    return MetricsPage(fetch(url().front(), "/metrics").body)
        .value_or("ebpf_exporter_marks_total", -1);
  };
  EXPECT_TRUE(eventually([&] { return marks() == 1; })) << marks();
  exporter.send(SIGHUP);
  EXPECT_TRUE(eventually([&] { return marks() == 2; })) << marks();
  exporter.send(SIGTERM);
  EXPECT_EQ(exporter.exit_code(), 0) << exporter.err();
}

TEST_F(PeerRun, MarksThatEverythingIsAttachedBeforeItDumps) {
  std::vector<std::string> arguments = run_arguments("peer_mark");
  arguments.insert(arguments.begin(), "dump");
  const Finished dump = run_program(MarkedExporter(arguments).options());
  EXPECT_EQ(dump.exit_code, 0) << dump.err;
  EXPECT_EQ(MetricsPage(dump.out).value("ebpf_exporter_marks_total"), 1);
}

TEST_F(PeerRun, TakesItsOptions) {
  std::vector<std::string> arguments = run_arguments("peer_no_labels");
  arguments.insert(arguments.end(), {"--log.no-timestamps", "--config.skip-cache-size=1024",
                                     "--no-debug", "--no-config.strict", "--no-config.check",
                                     "--btf.path=", "--capabilities.keep=all"});
  ExporterProcess exporter(arguments);
  EXPECT_THAT(exporter.log(), testing::StartsWith("level=info msg="));
  EXPECT_THAT(exporter.log(), testing::Not(HasSubstr("\nts=")));
  EXPECT_EQ(exporter.get("/maps").status, 404);
  exporter.stop();
  arguments.insert(arguments.end(), {"--debug", "--no-debug", "--btf.path", ""});
  ExporterProcess again(arguments);
  EXPECT_EQ(again.get("/maps").status, 404) << "the last one counts";
  again.stop();
  EXPECT_EQ(run_exporter({"--config.skip-cache-size=many"}).exit_code, 2);
}

// A socket that listens on a free port of 127.0.0.1, which children inherit.
class InheritedListener {
 public:
  InheritedListener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::listen(socket_.get(), 16), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  int fd() const { return socket_.get(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  UniqueFd socket_;
  std::uint16_t port_ = 0;
};

// The exporter as systemd starts it: the socket is descriptor 3.
ChildOptions activated(const InheritedListener& listener, const std::string& pid) {
  std::string script = "export LISTEN_FDS=1 LISTEN_PID=" + pid + "; exec '" + exporter_binary() +
                       "' --config.dir='" + peer_folder() +
                       "' --config.names=peer_no_labels --web.listen-address=\"$1\" 3<&" +
                       std::to_string(listener.fd());
  ChildOptions options;
  options.arguments = {"bash", "-c", std::move(script), "bash", "fd://0"};
  return options;
}

TEST_F(PeerRun, ServesOnASocketThatSystemdHandsOver) {
  const InheritedListener listener;
  ChildProcess exporter(activated(listener, "$$"));
  ASSERT_TRUE(exporter.wait_until([&] {
    return !log_fields(exporter.err(), "listening", "address").empty();
  })) << exporter.err();
  EXPECT_EQ(log_fields(exporter.err(), "listening", "address").front(), listener.url());
  const HttpResponse page = fetch(listener.url(), "/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("ebpf_exporter_array_total 0"));
  exporter.send(SIGTERM);
  EXPECT_EQ(exporter.exit_code(), 0) << exporter.err();
}

TEST_F(PeerRun, SaysWhenNoSocketWasHandedOver) {
  const InheritedListener listener;
  const auto outcome = [&](const std::string& pid, const char* address) {
    ChildOptions options = activated(listener, pid);
    options.arguments.back() = address;
    return run_program(options);
  };
  const Finished of_another = outcome("1", "fd://0");
  EXPECT_EQ(of_another.exit_code, 3);
  EXPECT_THAT(of_another.err, HasSubstr("listen on fd://0: no socket was handed over"));
  const Finished beyond = outcome("$$", "fd://1");
  EXPECT_EQ(beyond.exit_code, 3);
  EXPECT_THAT(beyond.err, HasSubstr("have the numbers 0 to 0"));
  EXPECT_EQ(outcome("$$", "fd://one").exit_code, 2);
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
