// SPDX-License-Identifier: Apache-2.0
// An object whose place in the kernel takes one program only is changed while it runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "integration/exporter_process.h"
#include "integration/network.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Replace : public BpfTest {
 protected:
  void SetUp() override {
    if (lacks(why_no_bpf()) || lacks(why_no_program("ip"))) return;
    fs::create_directories(directory_ / "etc");
  }

  ChildOptions inside() const {
    ChildOptions options;
    options.network_namespace = cable_.near().fd();
    return options;
  }

  std::vector<std::string> arguments() const {
    return {"--config=" + (directory_ / "etc"), "--web.enable-lifecycle",
            "--web.listen-address=unix:" + (directory_ / "exporter.sock")};
  }

  void count_hits() {
    directory_.write(
        "etc/xdp.yaml",
        "object: " + test_object("attach_xdp") +
            "\nmax_age: 1ns\nprograms: { count_xdp: { attach: { xdp: { interfaces: near0 } } } }\n"
            "maps: [ { map: hits, metrics: [ { counter: hits_total } ] } ]\n");
  }

  // With another program of another name, and more in `more`.
  void count_packets(const std::string& more = {}) {
    directory_.write("etc/xdp.yaml",
                     "builtin: packets\nmax_age: 1ns\n"
                     "programs: { count_packets: { attach: { xdp: { interfaces: near0 } } } }\n"
                     "maps: [ { map: packets, labels: { protocol: { field: protocol } },"
                     " metrics: [ { counter: packets_total, value: packets } ] } ]\n" +
                         more);
  }

  static HttpResponse reload(const ExporterProcess& exporter) {
    return send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
  }

  Cable cable_;
  TemporaryDirectory directory_;
};

TEST_F(Replace, OfAnXdpProgramOnItsInterface) {
  count_hits();
  ExporterProcess exporter(arguments(), inside());
  cable_.ping_near(3);
  EXPECT_GE(exporter.scrape().value("hits_total"), 3);
  count_packets();
  const HttpResponse done = reload(exporter);
  EXPECT_EQ(done.status, 200) << done.body;
  cable_.ping_near(5);
  EXPECT_EQ(exporter.scrape().value("packets_total{protocol=\"icmp\"}"), 5);
  count_hits();
  EXPECT_EQ(reload(exporter).status, 200);
  cable_.ping_near(2);
  EXPECT_GE(exporter.scrape().value("hits_total"), 2);
  exporter.stop();
  cable_.ping_near(1);
}

TEST_F(Replace, DoesNotHappenWhereTheReloadFails) {
  count_hits();
  ExporterProcess exporter(arguments(), inside());
  cable_.ping_near(3);
  const double hits = exporter.scrape().value("hits_total");
  count_packets();
  // Read behind the other one, and attached to what there is not.
  directory_.write("etc/z.yaml",
                   "object: " + test_object("attach_xdp") +
                       "\nprograms: { count_xdp: { attach: { xdp: { interfaces: none0 } } } }\n"
                       "maps: [ { map: hits, metrics: [ { counter: z_total } ] } ]\n");
  const HttpResponse failed = reload(exporter);
  EXPECT_EQ(failed.status, 500);
  EXPECT_THAT(failed.body, HasSubstr("none0"));
  cable_.ping_near(4);
  EXPECT_GE(exporter.scrape().value("hits_total"), hits + 4);
  exporter.stop();
}

// The kernel leaves the link when an interface goes, and another one of its name is another one.
TEST_F(Replace, FollowsAnInterfaceThatWasReplaced) {
  cable_.near().ip("link add extra0 type veth peer name extra1");
  directory_.write("etc/xdp.yaml",
                   "object: " + test_object("attach_xdp") +
                       "\nprograms: { count_xdp: { attach: { xdp: { interfaces: extra0 } } } }\n"
                       "maps: [ { map: hits, metrics: [ { counter: hits_total } ] } ]\n");
  ExporterProcess exporter(arguments(), inside());
  const auto attached = [&] {
    return exporter.scrape().value(
        R"(bpfmap_exporter_program_attached{config="xdp",program="count_xdp"})");
  };
  EXPECT_EQ(attached(), 1);
  cable_.near().ip("link del extra0");
  EXPECT_TRUE(eventually([&] { return attached() == 0; }));
  EXPECT_EQ(reload(exporter).status, 200) << "nothing else has changed";
  EXPECT_EQ(attached(), 0);
  EXPECT_THAT(exporter.get("/").body, HasSubstr("there is none of this name"));
  cable_.near().ip("link add extra0 type veth peer name extra1");
  EXPECT_EQ(reload(exporter).status, 200);
  EXPECT_EQ(attached(), 1) << "at the latest by the reload";
  exporter.stop();
}

}  // namespace
}  // namespace bpfmap::test
