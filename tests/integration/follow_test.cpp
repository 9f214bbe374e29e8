// SPDX-License-Identifier: Apache-2.0
// What programs are attached to comes, goes and is replaced while the exporter serves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include "integration/exporter_process.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// How long it takes until something that was changed is seen, at most; a busy machine needs more.
constexpr double kSoonSeconds = 10;

class FollowPlaces : public BpfTest {
 protected:
  std::string config(const std::string& object, const std::string& program,
                     const std::string& attach) const {
    return directory_.write(
        "places.yaml", "object: " + test_object(object) + "\nmax_age: 1ns\nprograms: { " + program +
                           ": { " + attach + " } }\n" +
                           "maps: [ { map: hits, metrics: [ { counter: hits_total } ] } ]\n");
  }

  // The number of places, negative where it is not attached everywhere.
  static double places(const ExporterProcess& exporter, const std::string& program) {
    const MetricsPage page = exporter.scrape();
    const std::string labels = "{config=\"places\",program=\"" + program + "\"}";
    const double links = page.value("bpfmap_exporter_program_links" + labels);
    const bool everywhere = page.value("bpfmap_exporter_program_attached" + labels) == 1;
    return everywhere ? links : -1 - links;
  }

  static void expect_soon(const ExporterProcess& exporter, const std::string& program,
                          double expected) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually([&] { return places(exporter, program) == expected; }))
        << places(exporter, program) << " instead of " << expected;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(took.count(), kSoonSeconds);
  }

  // A cgroup of the test; empty, and the test is skipped, where there can be none.
  static std::string make_cgroup() {
    const std::string mount = cgroup2_mount();
    if (lacks(mount.empty() ? "cgroup v2 cannot be mounted" : "")) return {};
    const std::string path = mount + "/bpfmap_places_" + std::to_string(::getpid());
    const bool made = ::mkdir(path.c_str(), 0755) == 0;
    return lacks(made ? "" : "no cgroup can be made in " + mount) ? std::string() : path;
  }

  static std::size_t lines_with(const std::string& log, const std::string& text) {
    std::size_t lines = 0;
    for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) {
      ++lines;
    }
    return lines;
  }

  TemporaryDirectory directory_;
};

TEST_F(FollowPlaces, InterfacesThatAPatternMatches) {
  if (lacks(why_no_program("ip"))) return;
  const NetworkNamespace network;
  network.ip("link set lo up");  // which serving takes
  ChildOptions inside;
  inside.network_namespace = network.fd();
  ExporterProcess exporter(
      {"--config=" + config("attach_xdp", "count_xdp",
                            "attach: { xdp: { interfaces: [\"here*\"], mode: generic } }"),
       "--web.listen-address=unix:" + (directory_ / "socket")},
      inside);
  EXPECT_EQ(places(exporter, "count_xdp"), -1) << "there is none yet";
  EXPECT_THAT(exporter.log(), HasSubstr("pattern=\"interface 'here*'\""));
  network.ip("link add here0 type veth peer name there0");
  expect_soon(exporter, "count_xdp", 1);
  network.ip("link add here1 type veth peer name there1");
  network.ip("link add here2 type veth peer name there2");
  expect_soon(exporter, "count_xdp", 3);
  network.ip("link del here1");
  expect_soon(exporter, "count_xdp", 2);
  network.ip("link set here2 name else2");
  expect_soon(exporter, "count_xdp", 1);
  exporter.stop();
  EXPECT_EQ(lines_with(exporter.log(), "place=\"to here1\""), 2U) << exporter.log();
}

TEST_F(FollowPlaces, AFileThatIsReplaced) {
  const std::string binary = directory_ / "probed";
  fs::copy_file(PROBED_PROGRAM, binary);
  ExporterProcess exporter({"--config=" + config("attach_uprobe", "count_calls",
                                                 "attach: { uprobe: { binary: " + binary +
                                                     ", symbol: probed_other } }")});
  EXPECT_EQ(places(exporter, "count_calls"), 1);
  fs::copy_file(PROBED_PROGRAM, binary + ".new");
  fs::rename(binary + ".new", binary);
  EXPECT_TRUE(exporter.process().wait_until([&] {
    return exporter.log().find("attached to a place that has come") != std::string::npos;
  })) << exporter.log();
  ChildOptions run;
  run.arguments = {binary, "5"};
  EXPECT_EQ(run_program(run).exit_code, 0);
  EXPECT_EQ(exporter.scrape().value("hits_total"), 5);
  EXPECT_EQ(places(exporter, "count_calls"), 1);
  fs::remove(binary);
  expect_soon(exporter, "count_calls", -1);
  fs::copy_file(PROBED_PROGRAM, binary);
  expect_soon(exporter, "count_calls", 1);
  exporter.stop();
}

TEST_F(FollowPlaces, CgroupsThatAPatternMatches) {
  const std::string top = make_cgroup();
  if (top.empty()) return;
  ExporterProcess exporter({"--config=" + config("attach_cgroup_skb", "count_egress",
                                                 "attach: { cgroup: \"" + top + "/*.service\" }")});
  EXPECT_EQ(places(exporter, "count_egress"), -1);
  ASSERT_EQ(::mkdir((top + "/a.service").c_str(), 0755), 0);
  expect_soon(exporter, "count_egress", 1);
  EXPECT_EQ(::rmdir((top + "/a.service").c_str()), 0);
  expect_soon(exporter, "count_egress", -1);
  exporter.stop();
  EXPECT_TRUE(eventually([&] { return ::rmdir(top.c_str()) == 0; }));
}

// Without the capabilities that attaching takes, what is missing is said once, and shown.
TEST_F(FollowPlaces, NeedsCapabilities) {
  const std::string top = make_cgroup();
  if (top.empty()) return;
  ExporterProcess exporter({"--config=" + config("attach_cgroup_skb", "count_egress",
                                                 "attach: { cgroup: \"" + top + "/*.service\" }"),
                            "--capabilities.keep=none"});
  EXPECT_THAT(exporter.log(), HasSubstr("capabilities are missing from now on"));
  EXPECT_THAT(exporter.log(), HasSubstr("attaching to what comes later"));
  ASSERT_EQ(::mkdir((top + "/a.service").c_str(), 0755), 0);
  EXPECT_TRUE(exporter.process().wait_until([&] {
    return exporter.log().find("it is tried again") != std::string::npos;
  })) << exporter.log();
  EXPECT_EQ(places(exporter, "count_egress"), -1);
  EXPECT_THAT(exporter.log(), HasSubstr("this needs CAP_"));
  EXPECT_EQ(::rmdir((top + "/a.service").c_str()), 0);
  exporter.stop();
  EXPECT_EQ(lines_with(exporter.log(), "it is tried again"), 1U);
  EXPECT_TRUE(eventually([&] { return ::rmdir(top.c_str()) == 0; }));
}

TEST_F(FollowPlaces, AReloadKeepsWhatIsAttached) {
  if (lacks(why_no_program("ip"))) return;
  const NetworkNamespace network;
  network.ip("link set lo up");  // which serving takes
  network.ip("link add here0 type veth peer name there0");
  ChildOptions inside;
  inside.network_namespace = network.fd();
  ExporterProcess exporter(
      {"--config=" + config("attach_xdp", "count_xdp",
                            "attach: { xdp: { interfaces: [here0], mode: generic } }"),
       "--web.listen-address=unix:" + (directory_ / "socket")},
      inside);
  const KernelIds before = kernel_ids_of(exporter.process().pid());
  network.ip("link del here0");
  exporter.process().send(SIGHUP);
  EXPECT_TRUE(exporter.process().wait_until([&] {
    return exporter.log().find("configuration was read anew") != std::string::npos;
  })) << exporter.log();
  expect_soon(exporter, "count_xdp", -1);
  network.ip("link add here0 type veth peer name there0");
  expect_soon(exporter, "count_xdp", 1);
  EXPECT_EQ(kernel_ids_of(exporter.process().pid()).maps, before.maps);
  exporter.stop();
}

}  // namespace
}  // namespace bpfmap::test
