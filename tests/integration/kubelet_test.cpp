// SPDX-License-Identifier: Apache-2.0
// What asking the kubelet needs of the machine: tests/unit/host/kubelet_test.cpp has the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "integration/exporter_process.h"
#include "support/bpf_requirements.h"
#include "support/eventually.h"
#include "support/temporary_directory.h"

namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using KubeletLibrary = BpfTest;

constexpr const char* kUnreachable = "--kubelet.url=https://127.0.0.1:9/pods";

TEST_F(KubeletLibrary, CostsNothingWhereNoKubeletIsNamed) {
  const auto files_of = [](ExporterProcess& exporter) {
    return read_text("/proc/" + std::to_string(exporter.process().pid()) + "/maps");
  };
  ExporterProcess plain({});
  EXPECT_THAT(files_of(plain), AllOf(Not(HasSubstr("libcurl")), Not(HasSubstr("libcrypto")),
                                     Not(HasSubstr("libgnutls"))));
  ExporterProcess asking({kUnreachable});
  EXPECT_THAT(files_of(asking), HasSubstr("libcurl")) << "else the above says nothing";
}

TEST_F(KubeletLibrary, ThatIsMissingIsToldAndEverythingElseWorks) {
  const TemporaryDirectory directory;
  directory.write("libcurl.so.4", "");
  ChildOptions options;
  options.environment = {"LD_LIBRARY_PATH=" + directory.path()};
  ExporterProcess exporter({kUnreachable}, options);
  EXPECT_TRUE(exporter.process().wait_until([&] {
    return exporter.log().find("the kubelet does not tell its pods") != std::string::npos;
  }));
  EXPECT_THAT(exporter.log(), AllOf(HasSubstr("load libcurl.so.4"), HasSubstr("file too short"),
                                    HasSubstr("apt install libcurl4")));
  const MetricsPage page = exporter.scrape();
  EXPECT_EQ(page.value("bpfmap_exporter_kubelet_up"), 0);
  EXPECT_GT(page.sum_of("syscalls_total{"), 0);
  exporter.stop();
}

}  // namespace
}  // namespace bpfmap::test
