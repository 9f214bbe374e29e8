// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace bpfmap::http {

// Status line and headers of a response (RFC 9110, RFC 9112) up to and with the empty line.
// Additional headers with a byte that would break the line are left out.
// Without a length the body comes in chunks.
std::string format_response_head(const Response& response,
                                 std::optional<std::size_t> content_length, bool keep_alive,
                                 std::time_t now);

// A response of one line of text: "status reason: detail".
Response text_response(int status, std::string_view detail = {});

// "Not Found"; "Unknown" for codes that this server does not use.
std::string_view reason_phrase(int status);

// Whether a response of that status has a body, and a length (not 1xx, 204 and 304).
bool may_have_body(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT", in any locale.
std::string http_date(std::time_t time);

}  // namespace bpfmap::http
