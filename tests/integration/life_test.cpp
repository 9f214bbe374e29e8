// SPDX-License-Identifier: Apache-2.0
// The exporter from its start to its end: what it serves meanwhile, and what it leaves behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"

namespace bpfmap::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

using Life = BpfTest;

TEST_F(Life, DefaultSetIsLoadedServedAndGoneAfterSigterm) {
  ExporterProcess exporter({});
  const KernelIds ids = kernel_ids_of(exporter.process().pid());
  EXPECT_THAT(ids.programs, SizeIs(7));  // four of syscalls, three of runqlat
  EXPECT_THAT(ids.links, SizeIs(7));
  EXPECT_GE(ids.maps.size(), 5U);
  EXPECT_GT(exporter.scrape().sum_of("syscalls_total{"), 0);
  exporter.stop(SIGTERM);
  EXPECT_THAT(exporter.log(), HasSubstr("msg=stopping signal=SIGTERM"));
}

TEST_F(Life, SigintEndsItAsWell) {
  ExporterProcess exporter({"run"});
  exporter.stop(SIGINT);
  EXPECT_THAT(exporter.log(), HasSubstr("msg=stopping signal=SIGINT"));
}

TEST_F(Life, BecomesReadyWithoutAScrape) {
  ExporterProcess exporter({});
  EXPECT_EQ(exporter.get("/-/healthy").status, 200);
  EXPECT_TRUE(eventually([&] { return exporter.get("/-/ready").status == 200; }));
  exporter.stop();
}

TEST_F(Life, EndsWhileAClientWaits) {
  ExporterProcess exporter({});
  // A connection that sends nothing must not hold up the end.
  ChildOptions options;
  const std::string port = exporter.url().substr(exporter.url().rfind(':') + 1);
  options.arguments = {"bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port + "; echo open; cat <&3"};
  ChildProcess client(options);
  EXPECT_TRUE(client.wait_until([&] { return client.out() == "open\n"; })) << client.err();
  exporter.stop();
}

// A table row of the status page.
std::string row(const std::vector<std::string>& cells) {
  std::string html = "<tr>";
  for (const std::string& cell : cells) html += "<td>" + cell + "</td>";
  return html;
}

TEST_F(Life, StatusPageShowsObjectsProgramsReadersAndEntries) {
  ExporterProcess exporter({});
  EXPECT_TRUE(eventually([&] { return exporter.get("/-/ready").status == 200; }));
  const HttpResponse page = exporter.get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("<h2>syscalls</h2>"));
  EXPECT_THAT(page.body, HasSubstr("object <code>builtin:syscalls</code>"));
  EXPECT_THAT(page.body, HasSubstr(row({"syscall_enter", "raw_tp/sys_enter", "attached"})));
  EXPECT_THAT(page.body, HasSubstr(row({"task_switch", "tp_btf/sched_switch", "attached"})));
  EXPECT_THAT(page.body, HasSubstr("<td>syscalls</td><td>percpu_hash</td><td>"));
  EXPECT_THAT(page.body, HasSubstr(" of 513</td>"));
  EXPECT_THAT(page.body, HasSubstr("<td>runqlat</td><td>percpu_array</td><td>"));
  EXPECT_THAT(page.body, HasSubstr("<td>1 of 1</td>"));
  EXPECT_THAT(page.body, HasSubstr("<a href=\"/metrics\">"));
  exporter.stop();
}

TEST_F(Life, LogIsJsonWhenAsked) {
  ChildOptions options;
  options.arguments = {exporter_binary(), "--config=builtin:runqlat", "--log.format=json",
                       "--web.listen-address=127.0.0.1:0"};
  ChildProcess process(options);
  EXPECT_TRUE(process.wait_until([&] {
    return process.err().find(R"("msg":"listening","address":"http://127.0.0.1:)") !=
           std::string::npos;
  })) << process.err();
  process.send(SIGTERM);
  EXPECT_EQ(process.exit_code(), 0);
}

TEST_F(Life, WarningsOnlyWhenAsked) {
  ChildOptions options;
  options.arguments = {exporter_binary(), "dump", "--log.level=warn"};
  const Finished dump = run_program(options);
  EXPECT_EQ(dump.exit_code, 0);
  EXPECT_EQ(dump.err, "");
}

}  // namespace
}  // namespace bpfmap::test
