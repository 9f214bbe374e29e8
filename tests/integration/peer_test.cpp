// SPDX-License-Identifier: Apache-2.0
// Configurations and objects in ebpf_exporter's format: filled by bpftool or by known events, and
// compared with pages that were written by hand. Each is served as it is and as what `convert`
// makes of it.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "integration/exporter_process.h"
#include "integration/map_dump.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string peer_folder() { return PEER_OBJECTS; }

// Decoders come and go with the registry; a test of one that is not there has nothing to say.
std::string why_no_decoders(const std::string& name) {
  const Finished check = run_exporter({"check", peer_folder() + "/" + name + ".yaml"});
  const bool missing = check.err.find("unknown decoder") != std::string::npos;
  return missing ? "a decoder of " + name + " is missing" : "";
}

struct Variant {
  std::string name;
  bool converted = false;
};
void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

// A folder with the object and its configuration, as it is or converted, and how to run it.
class PeerFiles {
 public:
  explicit PeerFiles(const Variant& variant) : name_(variant.name) {
    const std::string yaml = peer_folder() + "/" + name_ + ".yaml";
    fs::copy_file(peer_folder() + "/" + name_ + ".bpf.o", folder_ / (name_ + ".bpf.o"));
    std::string text = read_text(yaml);
    if (variant.converted) {
      const Finished convert = run_exporter({"convert", yaml});
      EXPECT_EQ(convert.exit_code, 0) << convert.err;
      text = convert.out;
    }
    std::ofstream(folder_ / (name_ + ".yaml")) << text;
  }

  std::vector<std::string> arguments() const {
    return {"--config.dir=" + folder_.path(), "--config.names=" + name_};
  }

 private:
  std::string name_;
  TemporaryDirectory folder_;
};

// What the page says about metrics of ebpf_exporter's kind, without what it says about itself, line
// by line.
std::multiset<std::string> peer_lines(const std::string& page) {
  std::multiset<std::string> lines;
  std::istringstream text(page);
  for (std::string line; std::getline(text, line);) {
    const bool is_own = line.find("ebpf_exporter_ebpf_program_") != std::string::npos ||
                        line.find("ebpf_exporter_enabled_configs") != std::string::npos ||
                        line.find("ebpf_exporter_decoder_errors_total") != std::string::npos;
    if (!is_own && line.find("ebpf_exporter_") != std::string::npos) lines.insert(line);
  }
  return lines;
}

std::string page_of(const ExporterProcess& exporter) { return exporter.get("/metrics").body; }

class PeerPages : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override { lacks(why_no_bpf()); }
};

// "MAP KEY [KEY...] VALUE", in hex.
void fill(pid_t pid, const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::vector<std::string> parts;
    for (std::string word; words >> word;) parts.push_back(word);
    ASSERT_GE(parts.size(), 3U) << line;
    std::string key;
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) key += parts[i];
    set_entry(pid, parts.front(), key, parts.back());
  }
}

TEST_P(PeerPages, AreAsWrittenByHand) {
  if (lacks(why_no_program("bpftool")) || lacks(why_no_decoders(GetParam().name))) return;
  const std::string source = source_path("tests/objects/peer/" + GetParam().name);
  const std::string wanted = read_text(source + ".expected");
  ASSERT_NE(wanted, "");
  const PeerFiles files(GetParam());
  ExporterProcess exporter(files.arguments());
  fill(exporter.process().pid(), source + ".fill");
  // A scrape may still be given the sample of the one before.
  eventually([&] { return peer_lines(page_of(exporter)) == peer_lines(wanted); });
  EXPECT_EQ(peer_lines(page_of(exporter)), peer_lines(wanted));
  exporter.stop();
}

std::vector<Variant> both(std::initializer_list<const char*> names) {
  std::vector<Variant> variants;
  for (const char* name : names) {
    variants.push_back({name, false});
    variants.push_back({name, true});
  }
  return variants;
}

std::string variant_name(const testing::TestParamInfo<Variant>& info) {
  return info.param.name + (info.param.converted ? "_converted" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Filled, PeerPages,
    testing::ValuesIn(both({"peer_addresses", "peer_cpu_of_key", "peer_devices", "peer_exp2",
                            "peer_exp2zero", "peer_fixed", "peer_hex", "peer_linear", "peer_names",
                            "peer_no_labels", "peer_padding_end", "peer_padding_middle", "peer_pci",
                            "peer_regexp", "peer_strings", "peer_uint"})),
    variant_name);

class PeerEvents : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override { lacks(why_no_bpf()); }

  MetricsPage page_when(const ExporterProcess& exporter,
                        const std::function<bool(const MetricsPage&)>& condition) {
    eventually([&] { return condition(exporter.scrape()); });
    return exporter.scrape();
  }
};

// bpftool gives every CPU the same value.
TEST_P(PeerEvents, PerCpu) {
  if (lacks(why_no_program("bpftool"))) return;
  const PeerFiles files({"peer_per_cpu", GetParam().converted});
  ExporterProcess exporter(files.arguments());
  const pid_t pid = exporter.process().pid();
  set_entry(pid, "summed_total", "07000000", "0500000000000000");
  set_entry(pid, "apart_total", "07000000", "0500000000000000");
  set_entry(pid, "summed_array_total", "00000000", "0300000000000000");
  const MetricsPage page = page_when(exporter, [](const MetricsPage& now) {
    return now.value_or("ebpf_exporter_summed_array_total", 0) > 0;
  });
  const auto apart = page.samples_of("ebpf_exporter_apart_total{");
  const auto cpus = static_cast<double>(apart.size());
  ASSERT_GE(cpus, 1);
  for (std::size_t cpu = 0; cpu < apart.size(); ++cpu) {
    EXPECT_EQ(
        page.value("ebpf_exporter_apart_total{key=\"7\",cpu=\"" + std::to_string(cpu) + "\"}"), 5);
  }
  EXPECT_EQ(page.value("ebpf_exporter_summed_total{key=\"7\"}"), 5 * cpus);
  EXPECT_EQ(page.value("ebpf_exporter_summed_array_total"), 3 * cpus);
  exporter.stop();
}

TEST_P(PeerEvents, OfAPerfEventArray) {
#ifndef __x86_64__
  GTEST_SKIP() << "the object reads registers of x86-64";
#endif
  constexpr unsigned long kMagic = 0x70656572;
  const PeerFiles files({"peer_events", GetParam().converted});
  ExporterProcess exporter(files.arguments());
  // Every such exporter sees the events of all tests that run: a port tells ours.
  const auto port = static_cast<std::uint16_t>(::getpid());
  const std::string labels = ",port=\"" + std::to_string(port) + "\"}";
  for (int i = 0; i < 3; ++i) ::prctl(static_cast<int>(kMagic), 1, port, 0, 0);
  ::prctl(static_cast<int>(kMagic), 2, port, 0, 0);
  const std::string last = R"(ebpf_exporter_events_total{kind="unknown:2")" + labels;
  const MetricsPage page =
      page_when(exporter, [&](const MetricsPage& now) { return now.has(last); });
  EXPECT_EQ(page.value(R"(ebpf_exporter_events_total{kind="open")" + labels), 3);
  EXPECT_EQ(page.value(last), 1);
  exporter.stop();
}

TEST_P(PeerEvents, AddressOfAKernelSymbol) {
  const PeerFiles files({"peer_kaddrs", GetParam().converted});
  ExporterProcess exporter(files.arguments());
  std::ifstream symbols("/proc/kallsyms");
  std::string wanted;
  for (std::string line; std::getline(symbols, line);) {
    if (line.ends_with(" T schedule")) wanted = line.substr(0, line.find(' '));
  }
  if (lacks(wanted.empty() ? "no symbol schedule" : "")) return;
  const std::string line =
      "ebpf_exporter_address_total " + std::to_string(std::stoull(wanted, nullptr, 16));
  eventually([&] { return peer_lines(page_of(exporter)).contains(line); });
  EXPECT_TRUE(peer_lines(page_of(exporter)).contains(line)) << line;
  exporter.stop();
}

// Cgroups that go with the test.
class TestCgroups {
 public:
  explicit TestCgroups(const std::string& name) : root_(cgroup2_mount() + "/" + name) { make(""); }
  ~TestCgroups() {
    for (auto path = made_.rbegin(); path != made_.rend(); ++path) ::rmdir(path->c_str());
  }
  TestCgroups(const TestCgroups&) = delete;
  TestCgroups& operator=(const TestCgroups&) = delete;

  std::string make(const std::string& below) {
    made_.push_back(root_ + below);
    EXPECT_EQ(::mkdir(made_.back().c_str(), 0755), 0) << made_.back();
    struct stat status {};
    EXPECT_EQ(::stat(made_.back().c_str(), &status), 0);
    return std::to_string(status.st_ino);
  }
  void remove_last() {
    EXPECT_EQ(::rmdir(made_.back().c_str()), 0);
    made_.pop_back();
  }
  const std::string& path() const { return root_; }

 private:
  std::string root_;
  std::vector<std::string> made_;
};

TEST_P(PeerEvents, IdsOfCgroupsThatMatch) {
  if (lacks(cgroup2_mount().empty() ? "cgroup v2 cannot be mounted" : "")) return;
  const std::string number = std::to_string(::getpid()) + (GetParam().converted ? "1" : "0");
  TestCgroups cgroups("peer-test-" + number);
  const std::string before = cgroups.make("/one");
  const std::string no_match = cgroups.make("/three");
  const PeerFiles files({"peer_cgroups", GetParam().converted});
  ExporterProcess exporter(files.arguments());
  const auto series = [](const std::string& id) {
    return "ebpf_exporter_cgroup_matches{id=\"" + id + "\"}";
  };
  EXPECT_EQ(exporter.scrape().value(series(before)), 1);
  EXPECT_FALSE(exporter.scrape().has(series(no_match)));
  const std::string after = cgroups.make("/two");
  EXPECT_TRUE(eventually([&] { return exporter.scrape().has(series(after)); }));
  cgroups.remove_last();
  EXPECT_TRUE(eventually([&] { return !exporter.scrape().has(series(after)); }));
  EXPECT_TRUE(exporter.scrape().has(series(before)));
  exporter.stop();
}

// That format cannot export such a map; our own language can, and shows what was written.
TEST(PeerCgroups, AreStoredWithThem) {
  if (lacks(why_no_bpf())) return;
  if (lacks(cgroup2_mount().empty() ? "cgroup v2 cannot be mounted" : "")) return;
  const Finished theirs =
      run_exporter({"dump", "--config.dir=" + peer_folder(), "--config.names=peer_cgroup_storage"});
  const bool refused = theirs.err.find("create map") != std::string::npos;
  if (lacks(refused ? "the kernel has no cgrp_storage" : "")) return;
  EXPECT_EQ(theirs.exit_code, 0) << theirs.err;
  const std::string number = std::to_string(::getpid());
  TestCgroups cgroups("peer-stored-" + number);
  const std::string no_match = cgroups.make("/other");
  const TemporaryDirectory folder;
  fs::copy_file(peer_folder() + "/peer_cgroup_storage.bpf.o", folder / "stored.bpf.o");
  folder.write("stored.yaml",
               "object: stored.bpf.o\n"
               "cgroup_ids: [ { map: stored, paths: [ 'peer-stored-" +
                   number +
                   "$$' ] } ]\n"
                   "maps: [ { map: stored, metrics: [ { counter: stored_total } ] } ]\n");
  const Finished ours = run_exporter({"dump", "--config=" + (folder / "stored.yaml")});
  EXPECT_EQ(ours.exit_code, 0) << ours.err;
  const auto stored = MetricsPage(ours.out).samples_of("stored_total{");
  EXPECT_EQ(stored.size(), 1U);
  EXPECT_FALSE(stored.contains("stored_total{id=\"" + no_match + "\"}"));
}

TEST_P(PeerEvents, NamesOfCgroupsThatMatch) {
  if (lacks(cgroup2_mount().empty() ? "cgroup v2 cannot be mounted" : "")) return;
  if (lacks(why_no_decoders("peer_cgroup_names"))) return;
  const std::string number = std::to_string(::getpid()) + (GetParam().converted ? "1" : "0");
  const TestCgroups cgroups("peer-names-" + number);
  const PeerFiles files({"peer_cgroup_names", GetParam().converted});
  ExporterProcess exporter(files.arguments());
  EXPECT_THAT(page_of(exporter), HasSubstr("peer-names-" + number + "\"} 1"));
  exporter.stop();
}

// To a socket that takes them: nobody answers.
void send_to_loopback(int count) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const UniqueFd receiver(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(receiver.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(receiver.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(::sendto(socket.get(), "x", 1, 0, reinterpret_cast<sockaddr*>(&address), size), 1);
  }
}

TEST_P(PeerEvents, PacketsOfAnInterfaceThatTheSectionNames) {
  if (lacks(why_no_program("ip"))) return;
  const NetworkNamespace network;
  network.ip("link set lo up");
  const PeerFiles files({"peer_xdp", GetParam().converted});
  ChildOptions options;
  options.network_namespace = network.fd();
  const TemporaryDirectory directory;
  std::vector<std::string> arguments = files.arguments();
  arguments.push_back("--web.listen-address=unix:" + (directory / "exporter.sock"));
  ExporterProcess exporter(arguments, options);
  constexpr int kPackets = 10;
  network.run([] { send_to_loopback(kPackets); });
  const std::string series = "ebpf_exporter_xdp_packets_total";
  const MetricsPage page = page_when(
      exporter, [&](const MetricsPage& now) { return now.value_or(series, 0) >= kPackets; });
  EXPECT_EQ(page.value(series), kPackets);
  exporter.stop();
}

TEST_P(PeerEvents, TicksOfAClockThatTheSectionNames) {
  const PeerFiles files({"peer_perf", GetParam().converted});
  ExporterProcess exporter(files.arguments());
  EXPECT_TRUE(eventually(
      [&] { return exporter.scrape().sum_of("ebpf_exporter_ticks_total{key=\"0\",cpu=") > 0; }));
  exporter.stop();
}

// Little-endian, as bpftool takes it.
std::string in_memory(std::uint64_t number) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned byte = 0; byte < sizeof(number); ++byte, number >>= 8U) {
    text += {kDigits[number >> 4U & 0xf], kDigits[number & 0xf]};
  }
  return text;
}

TEST_P(PeerEvents, SymbolsOfAddresses) {
  if (lacks(why_no_program("bpftool")) || lacks(why_no_decoders("peer_symbols"))) return;
  std::ifstream symbols("/proc/kallsyms");
  std::uint64_t address = 0;
  for (std::string line; address == 0 && std::getline(symbols, line);) {
    if (line.ends_with(" T schedule")) address = std::stoull(line, nullptr, 16);
  }
  if (lacks(address == 0 ? "no symbol schedule" : "")) return;
  const PeerFiles files({"peer_symbols", GetParam().converted});
  ExporterProcess exporter(files.arguments());
  const std::string nothing(16, '0');
  set_entry(exporter.process().pid(), "symbols_total",
            in_memory(address) + in_memory(address) + in_memory(address + 4) + nothing + nothing,
            "0300000000000000");
  const std::string line =
      R"(ebpf_exporter_symbols_total{function="schedule",stack="schedule\nschedule"} 3)";
  eventually([&] { return peer_lines(page_of(exporter)).contains(line); });
  EXPECT_THAT(page_of(exporter), HasSubstr(line));
  exporter.stop();
}

INSTANTIATE_TEST_SUITE_P(Both, PeerEvents,
                         testing::Values(Variant{"as_it_is", false}, Variant{"converted", true}),
                         [](const auto& variant) { return variant.param.name; });

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
