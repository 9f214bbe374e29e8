// SPDX-License-Identifier: Apache-2.0
#include "collect/self/ebpf_exporter_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/self/family_builder.h"

namespace bpfmap::collect {
namespace {

using prometheus::MetricType;

std::vector<prometheus::MetricFamily> own_families_of_two() {
  auto info = make_family("bpfmap_exporter_program_info", "", MetricType::Gauge);
  auto runs = make_family("bpfmap_exporter_program_runs_total", "", MetricType::Counter);
  auto errors = make_family("bpfmap_exporter_decode_errors_total", "", MetricType::Counter);
  for (const std::string config : {"theirs", "ours"}) {
    add_sample(info,
               {{"config", config},
                {"program", "p"},
                {"section", "xdp"},
                {"tag", "abc"},
                {"id", config + "-7"}},
               1);
    add_sample(runs, {{"config", config}, {"program", "p"}}, 12);
    add_sample(errors, {{"config", config}, {"map", "a"}}, 2);
    add_sample(errors, {{"config", config}, {"map", "b"}}, 3);
  }
  return {info, runs, errors};
}

// "name{label=value,...} number"
std::vector<std::string> in_lines(const std::vector<prometheus::MetricFamily>& families) {
  std::vector<std::string> lines;
  for (const auto& family : families) {
    for (const auto& metric : family.metric) {
      std::string labels;
      for (const auto& label : metric.label) {
        labels += (labels.empty() ? "" : ",") + label.name + "=" + label.value;
      }
      const double value =
          family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value;
      lines.push_back(family.name + "{" + labels + "} " + std::to_string(static_cast<int>(value)));
    }
  }
  return lines;
}

TEST(EbpfExporterFamilies, SayTheSameUnderOtherNames) {
  EXPECT_THAT(in_lines(ebpf_exporter_families(own_families_of_two(), {"theirs"})),
              testing::ElementsAre(
                  "ebpf_exporter_enabled_configs{name=theirs} 1",
                  "ebpf_exporter_ebpf_program_info{config=theirs,program=p,tag=abc,id=theirs-7} 1",
                  "ebpf_exporter_ebpf_program_run_count_total{id=theirs-7} 12",
                  "ebpf_exporter_decoder_errors_total{config=theirs} 5"));
}

// The kernel has no id for them: 0 it is, once.
TEST(EbpfExporterFamilies, HaveAZeroForWhatDidNotLoad) {
  auto info = make_family("bpfmap_exporter_program_info", "", MetricType::Gauge);
  add_sample(info, {{"config", "c"}, {"program", "good"}, {"tag", "abc"}, {"id", "7"}}, 1);
  auto attached = make_family("bpfmap_exporter_program_attached", "", MetricType::Gauge);
  add_sample(attached, {{"config", "c"}, {"program", "good"}}, 1);
  add_sample(attached, {{"config", "c"}, {"program", "bad"}}, 0);
  add_sample(attached, {{"config", "c"}, {"program", "worse"}}, 0);
  EXPECT_THAT(
      in_lines(ebpf_exporter_families({info, attached}, {"c"})),
      testing::ElementsAre("ebpf_exporter_enabled_configs{name=c} 1",
                           "ebpf_exporter_ebpf_program_info{config=c,program=good,tag=abc,id=7} 1",
                           "ebpf_exporter_ebpf_program_info{config=c,program=bad,tag=,id=0} 1",
                           "ebpf_exporter_ebpf_program_info{config=c,program=worse,tag=,id=0} 1",
                           "ebpf_exporter_ebpf_program_attached{id=7} 1",
                           "ebpf_exporter_ebpf_program_attached{id=0} 0",
                           "ebpf_exporter_decoder_errors_total{config=c} 0"));
}

TEST(EbpfExporterFamilies, AreNotThereWithoutSuchAConfiguration) {
  EXPECT_TRUE(ebpf_exporter_families(own_families_of_two(), {}).empty());
}

}  // namespace
}  // namespace bpfmap::collect
