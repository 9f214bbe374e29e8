// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace bpfmap::log {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

constexpr std::string_view kTime = "2024-01-02T03:04:05.678Z";

std::string logfmt(std::string_view message, Fields fields = {}) {
  return format_line(Format::kLogfmt, kTime, Level::kInfo, message, fields);
}

std::string json(std::string_view message, Fields fields = {}) {
  return format_line(Format::kJson, kTime, Level::kInfo, message, fields);
}

// What a piece of code writes to the process's stderr.
template <typename Code>
std::string stderr_of(Code code) {
  ::testing::internal::CaptureStderr();
  code();
  return ::testing::internal::GetCapturedStderr();
}

TEST(Logfmt, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(logfmt("started", {{"map", "packets"}}),
            "ts=2024-01-02T03:04:05.678Z level=info msg=started map=packets");
  EXPECT_EQ(logfmt("map is gone"), "ts=2024-01-02T03:04:05.678Z level=info msg=\"map is gone\"");
  EXPECT_EQ(
      logfmt("a", {{"empty", ""}, {"equals", "x=y"}, {"quote", "say \"hi\""}, {"path", "C:\\x"}}),
      "ts=2024-01-02T03:04:05.678Z level=info msg=a empty=\"\" equals=\"x=y\" "
      "quote=\"say \\\"hi\\\"\" path=\"C:\\\\x\"");
}

TEST(Logfmt, StaysOnOneLine) {
  EXPECT_THAT(logfmt("two\nlines\t\r\x01"), HasSubstr("msg=\"two\\nlines\\t\\u000d\\u0001\""));
}

TEST(Json, QuotesEverything) {
  EXPECT_EQ(
      json("map is \"gone\"", {{"map", "C:\\x"}, {"n", 7}}),
      "{\"ts\":\"2024-01-02T03:04:05.678Z\",\"level\":\"info\",\"msg\":\"map is \\\"gone\\\"\","
      "\"map\":\"C:\\\\x\",\"n\":\"7\"}");
}

TEST(Json, EscapesControlCharacters) {
  EXPECT_THAT(json("a\nb\tc\x1f"), HasSubstr("\"msg\":\"a\\nb\\tc\\u001f\""));
}

TEST(Level, HasAName) {
  EXPECT_EQ(format_line(Format::kLogfmt, "", Level::kInfo, "m", {}), "level=info msg=m");
  EXPECT_EQ(format_line(Format::kJson, "", Level::kInfo, "m", {}), R"({"level":"info","msg":"m"})");
  EXPECT_THAT(format_line(Format::kLogfmt, "t", Level::kDebug, "m", {}), HasSubstr("level=debug"));
  EXPECT_THAT(format_line(Format::kLogfmt, "t", Level::kWarning, "m", {}), HasSubstr("level=warn"));
  EXPECT_THAT(format_line(Format::kLogfmt, "t", Level::kError, "m", {}), HasSubstr("level=error"));
}

TEST(Field, TakesNumbers) {
  EXPECT_EQ(Field("n", -1).value, "-1");
  EXPECT_EQ(Field("n", std::numeric_limits<std::uint64_t>::max()).value, "18446744073709551615");
  EXPECT_EQ(Field("n", std::string("text")).value, "text");
}

TEST(Log, WritesLinesWithATimeToStderr) {
  configure(Level::kInfo, Format::kLogfmt);
  const std::string line = stderr_of([] { info("up", {{"port", 9435}}); });
  EXPECT_THAT(line,
              MatchesRegex("ts=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                           "level=info msg=up port=9435\n"));
}

TEST(Log, WritesJsonWhenConfigured) {
  configure(Level::kInfo, Format::kJson);
  const std::string line = stderr_of([] { error("down"); });
  configure(Level::kInfo, Format::kLogfmt);
  EXPECT_THAT(line, StartsWith("{\"ts\":\""));
  EXPECT_THAT(line, HasSubstr("\"level\":\"error\",\"msg\":\"down\"}\n"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  configure(Level::kWarning, Format::kLogfmt);
  const std::string lines = stderr_of([] {
    debug("one");
    info("two");
    warning("three");
    error("four");
  });
  configure(Level::kInfo, Format::kLogfmt);
  EXPECT_THAT(lines, ::testing::Not(HasSubstr("one")));
  EXPECT_THAT(lines, ::testing::Not(HasSubstr("two")));
  EXPECT_THAT(lines, HasSubstr("level=warn msg=three\n"));
  EXPECT_THAT(lines, HasSubstr("level=error msg=four\n"));
}

TEST(Log, WritesDebugLinesWhenAsked) {
  configure(Level::kDebug, Format::kLogfmt);
  const std::string line = stderr_of([] { debug("detail"); });
  configure(Level::kInfo, Format::kLogfmt);
  EXPECT_THAT(line, HasSubstr("level=debug msg=detail\n"));
}

TEST(Log, TakesBracesForText) {
  configure(Level::kInfo, Format::kLogfmt);
  EXPECT_THAT(stderr_of([] { info("{} %s {0}"); }), HasSubstr("msg=\"{} %s {0}\"\n"));
}

TEST(Log, KeepsTheLinesOfManyThreadsApart) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  configure(Level::kInfo, Format::kLogfmt);
  const std::string lines = stderr_of([] {
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([] {
        for (int line = 0; line < kLines; ++line) info("busy", {{"line", line}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), kThreads * kLines);
  std::size_t whole = 0;
  for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
    if (lines.compare(at, 3, "ts=") == 0) ++whole;
  }
  EXPECT_EQ(whole, static_cast<std::size_t>(kThreads * kLines));
}

}  // namespace
}  // namespace bpfmap::log
