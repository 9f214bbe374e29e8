// SPDX-License-Identifier: Apache-2.0
// Sizes of maps that the object leaves to what loads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/http_client.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MapSizesOfFiles : public BpfTest {
 protected:
  // An entry of map counts with these keys, and other entries.
  std::string file(const std::string& keys, const std::string& others) const {
    return directory_.write(
        "sizes.yaml", "object: " + test_object("unsized") + "\nmax_age: 1ns\nmaps:\n" +
                          "  - map: counts\n" + keys +
                          "    metrics: [ { counter: calls_total, value: calls } ]\n" + others);
  }

  TemporaryDirectory directory_;
};

constexpr const char* kEntries = "    max_entries: 100\n";
constexpr const char* kOtherMaps =
    "  - { map: stacks, max_entries: 64, value_size: 1016 }\n"
    "  - { map: ring, max_entries: 4096 }\n"
    "  - { map: outer, inner: { max_entries: 2 } }\n";

TEST_F(MapSizesOfFiles, AreThoseOfTheKernel) {
  if (lacks(why_no_bpf())) return;
  const Finished dumped =
      run_exporter({"dump", "--config", file(kEntries, kOtherMaps), "--for", "100ms"});
  ASSERT_EQ(dumped.exit_code, 0) << dumped.err;
  const MetricsPage page(dumped.out);
  EXPECT_GT(page.value("calls_total{key=\"0\"}"), 0);
  EXPECT_EQ(page.value("bpfmap_exporter_map_max_entries{config=\"sizes\",map=\"counts\"}"), 100);
}

TEST_F(MapSizesOfFiles, ThatAreMissingAreSaidByCheck) {
  const Finished checked = run_exporter({"check", file("", "")});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(
      checked.err,
      AllOf(HasSubstr("sizes.yaml:4:10: error: map 'counts' (hash): max_entries is 0: "),
            HasSubstr("sizes.yaml:1:9: error: map 'stacks' (stack_trace): value_size is 0: "),
            HasSubstr("map 'ring' (ringbuf): max_entries is 0: "),
            HasSubstr("map 'outer' (hash_of_maps): the maps in it (array): max_entries is 0: "),
            Not(HasSubstr("'fixed'"))));
}

TEST_F(MapSizesOfFiles, ThatNoKernelTakesAreSaidByCheck) {
  const Finished checked = run_exporter(
      {"check", file("    max_entries: 2147483648\n",
                     std::string(kOtherMaps) + "  - { map: fixed, value_size: 40000 }\n")});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(
      checked.err,
      AllOf(HasSubstr("sizes.yaml:5:18: error: map 'counts' (hash): max_entries is 2147483648: "),
            HasSubstr("sizes.yaml:10:31: error: map 'fixed' (percpu_hash): value_size is 40000: a "
                      "value of each CPU has 32 KiB")));
}

TEST_F(MapSizesOfFiles, ThatDoNotFitTypesAreRefused) {
  const Finished checked =
      run_exporter({"check", file(std::string(kEntries) + "    value_size: 16\n", kOtherMaps)});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.err, HasSubstr("value_size: 16, but its type struct value has 8 bytes"));
}

TEST_F(MapSizesOfFiles, AreChangedByReading) {
  if (lacks(why_no_bpf())) return;
  ExporterProcess exporter({"--config=" + file(kEntries, kOtherMaps), "--web.enable-lifecycle"});
  const char* series = "bpfmap_exporter_map_max_entries{config=\"sizes\",map=\"counts\"}";
  EXPECT_EQ(exporter.scrape().value(series), 100);
  file("    max_entries: 200\n", kOtherMaps);
  const HttpResponse done = send_request(exporter.url(), {.path = "/-/reload", .method = "POST"});
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(exporter.scrape().value(series), 200);
  exporter.stop();
}

TEST_F(MapSizesOfFiles, AreWrittenByInit) {
  const Finished made = run_exporter({"init", test_object("unsized")});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, AllOf(HasSubstr("  - map: counts\n    # The object leaves its size to what "
                                        "loads it. A usual one:\n    max_entries: 10240\n"),
                              HasSubstr("  - map: stacks\n"), HasSubstr("value_size: 1016\n")));
  const Finished checked = run_exporter({"check", directory_.write("init.yaml", made.out)});
  EXPECT_EQ(checked.exit_code, 0) << checked.err;
}

}  // namespace
}  // namespace bpfmap::test
