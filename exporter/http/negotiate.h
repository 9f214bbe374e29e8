// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace bpfmap::http {

// Whether a response may, and should, be sent with `Content-Encoding: gzip`, from the value of the
// request's Accept-Encoding (RFC 9110, 12.5.3; an absent header is passed as an empty one and means
// identity). `x-gzip` is gzip, `*` stands for whatever is not named, q=0 refuses, names are
// case-insensitive, an element with a malformed weight is left out. False too where `identity` is
// named with a greater weight than gzip.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace bpfmap::http
