// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace bpfmap {

// All of a file that a user has named as a `noun` ("configuration"), and that may turn out to be
// anything. Never waits for a pipe that nothing comes from for longer than `patience`; devices and
// sockets are refused without being opened, and so is what has more than `most_bytes`. What hangs
// in the kernel is for Errands. Errors are of kind kConfiguration: "read NOUN PATH: ...".
Result<std::string> read_named_file(const std::string& noun, const std::string& path,
                                    std::size_t most_bytes,
                                    Duration patience = std::chrono::seconds(5));

}  // namespace bpfmap
