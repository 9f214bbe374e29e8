// SPDX-License-Identifier: Apache-2.0
#include "http/response_head.h"

#include <array>
#include <string_view>

namespace bpfmap::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string two_digits(int number) {
  return {static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

bool is_field_text(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && is_field_text(name) &&
         name.find_first_of(": \t") == std::string_view::npos;
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  if (value.empty() || !is_field_name(name) || !is_field_text(value)) return;
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string http_date(std::time_t time) {
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  std::string date(kDays.at(static_cast<std::size_t>(utc.tm_wday)));
  date.append(", ").append(two_digits(utc.tm_mday)).append(" ");
  date.append(kMonths.at(static_cast<std::size_t>(utc.tm_mon))).append(" ");
  date.append(std::to_string(utc.tm_year + 1900)).append(" ").append(two_digits(utc.tm_hour));
  date.append(":").append(two_digits(utc.tm_min)).append(":").append(two_digits(utc.tm_sec));
  return date.append(" GMT");
}

std::string format_response_head(const Response& response,
                                 std::optional<std::size_t> content_length, bool keep_alive,
                                 std::time_t now) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason_phrase(response.status)).append("\r\n");
  append_field(head, "Date", http_date(now));
  append_field(head, "Content-Type", response.content_type);
  append_field(head, "Content-Encoding", response.content_encoding);
  if (may_have_body(response.status) && content_length) {
    append_field(head, "Content-Length", std::to_string(*content_length));
  } else if (may_have_body(response.status)) {
    append_field(head, "Transfer-Encoding", "chunked");
  }
  if (response.content_type.starts_with("text/html")) {
    append_field(head, "X-Content-Type-Options", "nosniff");
  }
  for (const auto& [name, value] : response.headers) append_field(head, name, value);
  append_field(head, "Connection", keep_alive ? "keep-alive" : "close");
  return head.append("\r\n");
}

Response text_response(int status, std::string_view detail) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.text.append(std::to_string(status)).append(" ").append(reason_phrase(status));
  if (!detail.empty()) response.text.append(": ").append(detail);
  response.text.append("\n");
  return response;
}

}  // namespace bpfmap::http
