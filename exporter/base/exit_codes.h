// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"

namespace bpfmap {

// docs/command-line.md lists them; scripts depend on them.
enum ExitCode : int {
  kDone = 0,
  kBadConfiguration = 1,
  kBadUsage = 2,
  kSystemRefused = 3,
};

inline ExitCode exit_code_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kConfiguration: return kBadConfiguration;
    case ErrorKind::kUsage: return kBadUsage;
    case ErrorKind::kSystem: return kSystemRefused;
  }
  return kSystemRefused;
}

}  // namespace bpfmap
