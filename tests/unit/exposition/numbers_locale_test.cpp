// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cctype>
#include <clocale>
#include <cstdio>
#include <filesystem>
#include <locale>
#include <sstream>
#include <string>

#include "exposition/names.h"
#include "exposition/text_format.h"
#include "number_text.h"

// A locale with a decimal comma and grouped thousands must change nothing.
namespace bpfmap::exposition {
namespace {

class CommaPunctuation : public std::numpunct<char> {
 protected:
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

// Sets the C++ locale for as long as it lives.
class CommaStreams {
 public:
  CommaStreams()
      : before_(std::locale::global(std::locale(std::locale::classic(), new CommaPunctuation))) {}
  ~CommaStreams() { std::locale::global(before_); }
  CommaStreams(const CommaStreams&) = delete;
  CommaStreams& operator=(const CommaStreams&) = delete;

 private:
  std::locale before_;
};

// A German C locale of the time before UTF-8, where single bytes above 0x7F are letters. Compiled
// for this test, because hardly a system has it.
class GermanLocale {
 public:
  GermanLocale() {
    std::string path = (std::filesystem::temp_directory_path() / "bpfmap-locale-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) return;
    directory_ = path;
    const std::string target = path + "/de_DE.ISO-8859-1";
    const std::string command = "localedef -i de_DE -f ISO-8859-1 " + target + " >/dev/null 2>&1";
    compiled_ = std::system(command.c_str()) == 0;                 // NOLINT(concurrency-mt-unsafe)
    if (compiled_) setenv("LOCPATH", path.c_str(), 1);             // NOLINT(concurrency-mt-unsafe)
    set_ = std::setlocale(LC_ALL, "de_DE.ISO-8859-1") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  }
  ~GermanLocale() {
    std::setlocale(LC_ALL, "C");         // NOLINT(concurrency-mt-unsafe)
    if (compiled_) unsetenv("LOCPATH");  // NOLINT(concurrency-mt-unsafe)
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  }
  GermanLocale(const GermanLocale&) = delete;
  GermanLocale& operator=(const GermanLocale&) = delete;

  bool is_set() const { return set_; }

 private:
  std::filesystem::path directory_;
  bool compiled_ = false;
  bool set_ = false;
};

std::string page() {
  BodyWriter body;
  TextWriter text(body);
  const double bounds[] = {0.001, 1234567.5};
  const std::uint64_t counts[] = {1000, 2000, 1234567};
  text.family({"size_bytes", "Sizes.", MetricType::kHistogram});
  text.histogram("size_bytes", {}, {.bounds = bounds, .counts = counts, .sum = 1234567.25});
  text.sample("load", {{"host", "a"}}, 0.5);
  return body.finish().to_string();
}

void expect_points_not_commas() {
  EXPECT_EQ(double_text(1.5), "1.5");
  EXPECT_EQ(double_text(1234567.25), "1234567.25");
  EXPECT_EQ(double_text(1.25e-300), "1.25e-300");
  EXPECT_EQ(bound_text(1048576), "1.048576e+06");
  EXPECT_EQ(unsigned_text(1234567), "1234567");
  EXPECT_EQ(signed_text(-1234567), "-1234567");
  EXPECT_EQ(wide_text(Int128{1234567}), "1234567");
  EXPECT_EQ(page(),
            "# HELP size_bytes Sizes.\n"
            "# TYPE size_bytes histogram\n"
            "size_bytes_bucket{le=\"0.001\"} 1000\n"
            "size_bytes_bucket{le=\"1.2345675e+06\"} 3000\n"
            "size_bytes_bucket{le=\"+Inf\"} 1237567\n"
            "size_bytes_sum 1234567.25\n"
            "size_bytes_count 1237567\n"
            "load{host=\"a\"} 0.5\n");
}

void expect_names_of_ascii() {
  for (int byte = 0x80; byte < 0x100; ++byte) {
    const std::string name = std::string("a") + static_cast<char>(byte);
    EXPECT_FALSE(is_valid_metric_name(name)) << byte;
    EXPECT_FALSE(is_valid_label_name(name)) << byte;
  }
}

TEST(Locale, OfStreamsDoesNotMatter) {
  const CommaStreams comma;
  std::ostringstream stream;
  stream << 1234567 << ' ' << 1.5;
  ASSERT_EQ(stream.str(), "1.234.567 1,5") << "the locale under test does nothing";
  expect_points_not_commas();
}

TEST(Locale, OfTheProcessDoesNotMatter) {
  const GermanLocale german;
  if (!german.is_set()) GTEST_SKIP() << "needs localedef and the sources of locales";
  char printed[16];
  std::snprintf(printed, sizeof(printed), "%.1f", 1.5);
  ASSERT_STREQ(printed, "1,5") << "the locale under test does nothing";
  ASSERT_NE(std::isalpha(0xE4), 0) << "the locale under test does nothing";
  expect_points_not_commas();
  expect_names_of_ascii();
}

}  // namespace
}  // namespace bpfmap::exposition
