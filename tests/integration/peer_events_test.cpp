// SPDX-License-Identifier: Apache-2.0
// Programs in ebpf_exporter's format, and events that the test makes for them.
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
#include <sstream>

#include "integration/exporter_process.h"
#include "integration/map_dump.h"
#include "integration/network.h"
#include "integration/peer_files.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PeerEvents : public testing::TestWithParam<PeerVariant> {
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
  // Every such exporter sees the events of all tests that run: a port tells those of this one.
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

// That format cannot export such a map; the exporter's own language can, and shows
// what was written.
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

// To a socket that takes them and sends no answer.
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
  set_entry(exporter.process().pid(), "symbols_total",
            in_memory(address + 4) + in_memory(0x1234) + nothing + nothing + nothing,
            "0400000000000000");
  set_entry(exporter.process().pid(), "symbols_total",
            in_memory(0x1234) + nothing + nothing + nothing + nothing, "0500000000000000");
  std::ostringstream inside;  // only a function's beginning has its name
  inside << std::hex << address + 4;
  const std::vector<std::string> lines = {
      R"(ebpf_exporter_symbols_total{function="schedule",stack="schedule\nschedule"} 3)",
      "ebpf_exporter_symbols_total{function=\"unknown_addr:0x" + inside.str() +
          R"(",stack="unknown_addr:0x1234"} 4)",
      R"(ebpf_exporter_symbols_total{function="unknown_addr:0x1234",stack=""} 5)"};
  for (const std::string& line : lines) {
    eventually([&] { return peer_lines(page_of(exporter)).contains(line); });
    EXPECT_THAT(page_of(exporter), HasSubstr(line));
  }
  exporter.stop();
}

INSTANTIATE_TEST_SUITE_P(Both, PeerEvents,
                         testing::Values(PeerVariant{"as_it_is", false},
                                         PeerVariant{"converted", true}),
                         [](const auto& variant) { return variant.param.name; });

}  // namespace
}  // namespace bpfmap::test
