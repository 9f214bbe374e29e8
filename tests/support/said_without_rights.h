// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace bpfmap::test {

// What `say` returns in a child process that is a user without any right. Where the child does not
// end before kPatience does, or not well, the test fails.
std::string said_without_rights(const std::function<std::string()>& say);

}  // namespace bpfmap::test
