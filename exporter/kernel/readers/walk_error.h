// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error.h"

namespace bpfmap::kernel {

// The error of a walk: operation and map by name, `code` a positive errno or 0.
inline unexpected<Error> walk_error(const std::string& map_name, int code, std::string detail) {
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = "read map",
                          .subject = "'" + map_name + "'",
                          .code = code,
                          .detail = std::move(detail)});
}

}  // namespace bpfmap::kernel
