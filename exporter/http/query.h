// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::http {

// The values of a parameter of a query, "a=1&b[]=x%20y&b[]=z", decoded, in their order. Names are
// compared decoded: "b%5B%5D" is "b[]". '+' is a space. What is no escape, "%zz", stays as it is. A
// name without '=' has an empty value.
std::vector<std::string> query_values(std::string_view query, std::string_view name);

}  // namespace bpfmap::http
