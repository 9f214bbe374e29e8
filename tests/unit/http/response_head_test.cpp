// SPDX-License-Identifier: Apache-2.0
#include "http/response_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>

namespace bpfmap::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::time_t kNow = 784111777;  // the example of RFC 9110, 5.6.7

TEST(ResponseHead, IsWhatTheStandardAsksFor) {
  Response response;
  response.content_type = "text/plain";
  response.content_encoding = "gzip";
  response.headers = {{"Vary", "Accept-Encoding"}};
  EXPECT_EQ(format_response_head(response, 12, true, kNow),
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: text/plain\r\n"
            "Content-Encoding: gzip\r\n"
            "Content-Length: 12\r\n"
            "Vary: Accept-Encoding\r\n"
            "Connection: keep-alive\r\n"
            "\r\n");
}

TEST(ResponseHead, LeavesOutWhatIsEmptyAndTheNameOfTheServer) {
  const std::string head = format_response_head({}, 0, false, kNow);
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n");
}

TEST(ResponseHead, ForbidsGuessingTheTypeOfHtml) {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  EXPECT_THAT(format_response_head(response, 1, true, kNow),
              HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  response.content_type = "text/plain";
  EXPECT_THAT(format_response_head(response, 1, true, kNow), Not(HasSubstr("nosniff")));
}

TEST(ResponseHead, NoLengthWhereThereIsNoBody) {
  for (const int status : {204, 304}) {
    Response response;
    response.status = status;
    EXPECT_FALSE(may_have_body(status));
    EXPECT_THAT(format_response_head(response, 0, true, kNow), Not(HasSubstr("Content-Length")));
  }
  EXPECT_TRUE(may_have_body(200));
  EXPECT_TRUE(may_have_body(404));
}

TEST(ResponseHead, AHeaderCannotBreakOutOfItsLine) {
  Response response;
  response.content_type = "text/plain\r\nX-Evil: 1";
  response.headers = {{"X-A", "x\r\nX-Evil: 2"},
                      {"X-B\r\nX-Evil", "3"},
                      {"X-C", std::string("a\0b", 3)},
                      {"X-D", "x\ny"},
                      {"X D", "4"},
                      {"", "5"},
                      {"X-Good", "caf\xc3\xa9\tau lait"}};
  const std::string head = format_response_head(response, 0, true, kNow);
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n"
            "X-Good: caf\xc3\xa9\tau lait\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseHead, DatesDoNotDependOnTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* locale : {"de_DE.UTF-8", "C.UTF-8", "C"}) {
    std::setlocale(LC_ALL, locale);
    EXPECT_EQ(http_date(kNow), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  }
  std::setlocale(LC_ALL, before.c_str());
}

TEST(TextResponse, SaysStatusReasonAndDetail) {
  EXPECT_EQ(text_response(404).text, "404 Not Found\n");
  EXPECT_EQ(text_response(401, "no token").text, "401 Unauthorized: no token\n");
  EXPECT_EQ(text_response(799).text, "799 Unknown\n");
  EXPECT_EQ(text_response(404).content_type, "text/plain; charset=utf-8");
}

}  // namespace
}  // namespace bpfmap::http
