// SPDX-License-Identifier: Apache-2.0
#include "http/status_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpfmap::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusPage, ShowsWhatItIsGivenAndEscapesIt) {
  StatusPage page;
  page.version = "1.2.3";
  page.links = {{"/metrics", "Metrics"}};
  page.objects = {{"packets",
                   "packets.yaml",
                   "packets.bpf.o",
                   {{"count", "xdp", "<b>broken</b> & \"so\""}},
                   {{"packets", "percpu_hash", "batch", "17 of 1024", "0.4 ms, 2 s ago"}}}};
  const std::string html = render_status_page(page);
  EXPECT_THAT(html, HasSubstr("<a href=\"/metrics\">Metrics</a>"));
  EXPECT_THAT(html, HasSubstr("<td>&lt;b&gt;broken&lt;/b&gt; &amp; &quot;so&quot;</td>"));
  EXPECT_THAT(html, Not(HasSubstr("<b>broken")));
  for (const char* text :
       {"1.2.3", "packets.bpf.o", "percpu_hash", "batch", "17 of 1024", "2 s ago"}) {
    EXPECT_THAT(html, HasSubstr(text));
  }
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace bpfmap::http
