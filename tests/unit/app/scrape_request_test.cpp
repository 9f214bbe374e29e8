// SPDX-License-Identifier: Apache-2.0
#include "app/scrape_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace bpfmap::app {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ScrapeTime, IsTheTimeoutLessTheOffset) {
  EXPECT_EQ(scrape_time("10", 500ms), Duration(9500ms));
  EXPECT_EQ(scrape_time("0.75", 500ms), Duration(250ms));
  EXPECT_EQ(scrape_time("1e1", 0s), Duration(10s));
}

TEST(ScrapeTime, KeepsSomeTimeWhateverTheOffset) {
  EXPECT_EQ(scrape_time("0.5", 500ms), Duration(500ms));
  EXPECT_EQ(scrape_time("0.1", 500ms), Duration(100ms));
}

TEST(ScrapeTime, IsNothingForWhatIsNoTime) {
  for (const char* text : {"", "0", "-1", "nan", "-nan", "inf", "infinity", "ten", "10s", " 10",
                           "10 ", "10, 5", "0x10", "1e400", "1e9", "+5"}) {
    EXPECT_FALSE(scrape_time(text, 500ms)) << text;
  }
}

class ScrapeRequest : public ::testing::Test {
 protected:
  ScrapeRequest() {
    for (const char* name : {"one", "two", "my file"}) collector_.add_config(name, "0", nullptr);
  }
  Result<collect::Scrape> asked(const std::string& query) {
    http::Request request;
    request.query = query;
    return scrape_of(request, collector_, 500ms);
  }
  std::string wanted(const std::string& query) {
    const auto scrape = asked(query);
    if (!scrape) return "refused: " + scrape.error().detail;
    std::string names;
    for (const std::string& name : collector_.config_names()) {
      if (!scrape->wants || scrape->wants(name)) names += name + ";";
    }
    return names;
  }

  SteadyClock clock_;
  collect::Collector collector_{std::make_shared<collect::SelfMetrics>("1"), clock_,
                                std::make_shared<host::Host>()};
};

TEST_F(ScrapeRequest, ChoosesConfigurations) {
  EXPECT_EQ(wanted(""), "one;two;my file;");
  EXPECT_EQ(wanted("collect[]=two"), "two;");
  EXPECT_EQ(wanted("collect%5B%5D=two&collect[]=my+file"), "two;my file;");
  EXPECT_EQ(wanted("exclude[]=two&exclude[]=two"), "one;my file;");
  EXPECT_EQ(wanted("exclude[]=one&exclude[]=two&exclude%5b%5d=my%20file"), "");
  EXPECT_EQ(wanted("name=other&collect=one"), "one;two;my file;")
      << "other parameters are not ours";
}

TEST_F(ScrapeRequest, RefusesWhatCannotBe) {
  EXPECT_THAT(wanted("collect[]=one&exclude[]=two"), HasSubstr("cannot be combined"));
  EXPECT_THAT(wanted("collect[]=tow"),
              AllOf(HasSubstr("collect[]: there is no configuration 'tow'"), HasSubstr("'two'")));
  EXPECT_THAT(
      wanted("exclude[]=nothing"),
      HasSubstr("exclude[]: there is no configuration 'nothing' (one of: one, two, my file)"));
  EXPECT_THAT(wanted("collect[]="), HasSubstr("refused"));
  EXPECT_THAT(wanted("collect[]=one,two"), HasSubstr("refused"));
}

TEST_F(ScrapeRequest, HasATimeWhereTheHeaderIsGood) {
  http::Request request;
  request.scrape_timeout = "5";
  const TimePoint before = clock_.now();
  const auto scrape = scrape_of(request, collector_, 1s);
  ASSERT_TRUE(scrape && scrape->deadline);
  EXPECT_GE(*scrape->deadline, before + 4s);
  EXPECT_LE(*scrape->deadline, clock_.now() + 4s);
  request.scrape_timeout = "soon";
  EXPECT_FALSE(scrape_of(request, collector_, 1s)->deadline);
}

}  // namespace
}  // namespace bpfmap::app
