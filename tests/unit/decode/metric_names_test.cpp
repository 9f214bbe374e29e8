// SPDX-License-Identifier: Apache-2.0
#include "unit/decode/plan_fixture.h"

// Names of metrics, in one configuration and between several.
namespace bpfmap::decode {
namespace {

using config::MetricKind;

class Names : public ::testing::Test {
 protected:
  // What there is to say about a name at line 3 of another file each time.
  std::vector<std::string> claim(const std::string& name, MetricKind kind) {
    config::Diagnostics diagnostics(source_of("", std::to_string(++files_) + ".yaml"));
    names_.claim(name, kind, {3, 5}, diagnostics);
    return lines_of(diagnostics);
  }

  MetricNames names_;
  int files_ = 0;
};

TEST_F(Names, DifferentNamesLiveTogether) {
  EXPECT_THAT(claim("a_total", MetricKind::kCounter), IsEmpty());
  EXPECT_THAT(claim("b", MetricKind::kGauge), IsEmpty());
  EXPECT_THAT(claim("c", MetricKind::kHistogram), IsEmpty());
  EXPECT_THAT(
      claim("ns:c_sum_x", MetricKind::kGauge),
      ElementsAre("notice 3:5 metric 'ns:c_sum_x': colons in names are for recording rules"));
}

TEST_F(Names, AnEmptyOrInvalidName) {
  for (const std::string name : {"", "1a", "a-b", "a b", "a.b", "\xC3\xA4"}) {
    EXPECT_THAT(
        claim(name, MetricKind::kGauge),
        ElementsAre("error 3:5 invalid metric name '" + name +
                    "': expected letters, digits, '_' and ':', not beginning with a digit"));
  }
}

TEST_F(Names, TheExportersOwn) {
  EXPECT_THAT(
      claim("bpfmap_exporter_x", MetricKind::kGauge),
      ElementsAre("error 3:5 metric name 'bpfmap_exporter_x' begins with 'bpfmap_exporter_',"
                  " which the exporter's own metrics use"));
  EXPECT_THAT(
      claim("process_cpu_seconds_total", MetricKind::kCounter),
      ElementsAre("error 3:5 metric name 'process_cpu_seconds_total' begins with 'process_',"
                  " which the exporter's own metrics use"));
  EXPECT_THAT(claim("processes", MetricKind::kGauge), IsEmpty());
}

TEST_F(Names, TakenByAnotherConfiguration) {
  claim("a_total", MetricKind::kCounter);
  EXPECT_THAT(
      claim("a_total", MetricKind::kGauge),
      ElementsAre("error 3:5 metric 'a_total' is already exported as a counter at 1.yaml:3"));
}

TEST_F(Names, SuffixesOfHistogramsClash) {
  claim("io", MetricKind::kHistogram);
  EXPECT_THAT(
      claim("io_sum", MetricKind::kGauge),
      ElementsAre("error 3:5 gauge 'io_sum' clashes with the histogram 'io' at 1.yaml:3: both"
                  " would export 'io_sum'"));
  EXPECT_THAT(claim("io_count", MetricKind::kGauge),
              ElementsAre("error 3:5 gauge 'io_count' clashes with the histogram 'io' at 1.yaml:3:"
                          " both would export 'io_count'"));
  claim("net_bucket", MetricKind::kGauge);
  EXPECT_THAT(
      claim("net", MetricKind::kHistogram),
      ElementsAre("error 3:5 histogram 'net' clashes with the gauge 'net_bucket' at 4.yaml:3:"
                  " both would export 'net_bucket'"));
}

// OpenMetrics writes the family of a counter without _total, and its sample with it.
TEST_F(Names, CountersTakeTheirNameWithAndWithoutTotal) {
  claim("a_total", MetricKind::kCounter);
  EXPECT_THAT(claim("a", MetricKind::kGauge),
              ElementsAre("error 3:5 gauge 'a' clashes with the counter 'a_total' at 1.yaml:3: both"
                          " would export 'a'"));
  claim("b", MetricKind::kCounter);
  EXPECT_THAT(
      claim("b_total", MetricKind::kCounter),
      ElementsAre("error 3:5 counter 'b_total' clashes with the counter 'b' at 3.yaml:3: both"
                  " would export 'b_total'"));
}

// Whole files, with prefixes: what the parser of one file cannot see.
class NamesOfFiles : public PlanTest {
 protected:
  NamesOfFiles() { maps_ = {array_map(number("u64"), 1)}; }
};

TEST_F(NamesOfFiles, AreComparedWithTheirPrefix) {
  compile("object: a.bpf.o\nprefix: x_\nmaps: [ { map: m, metrics: [ { gauge: a } ] } ]\n",
          "1.yaml");
  EXPECT_THAT(messages_, IsEmpty());
  compile("object: a.bpf.o\nmaps: [ { map: m, metrics: [ { gauge: a } ] } ]\n", "2.yaml");
  EXPECT_THAT(messages_, IsEmpty());
  compile("object: a.bpf.o\nmaps: [ { map: m, metrics: [ { counter: x_a } ] } ]\n", "3.yaml");
  EXPECT_THAT(messages_,
              ElementsAre("error 2:41 metric 'x_a' is already exported as a gauge at 1.yaml:3"));
}

// The parser has found it, and says it better.
TEST_F(NamesOfFiles, WithinOneFileAreReportedOnce) {
  compile(
      "object: a.bpf.o\nmaps: [ { map: m, metrics: [ { gauge: a }, { gauge: a },\n"
      "  { counter: a_total } ] } ]\n");
  EXPECT_THAT(
      messages_,
      ElementsAre("error 2:53 metric 'a' is defined twice, first at line 2",
                  "error 3:14 metric 'a_total' clashes with 'a' at line 2: both would export"
                  " 'a'"));
}

}  // namespace
}  // namespace bpfmap::decode
