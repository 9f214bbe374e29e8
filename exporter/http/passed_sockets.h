// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bpfmap::http {

// A copy, non-blocking and closed on exec, of the listening socket that came with number `index`,
// from 0, by systemd's protocol of socket activation (sd_listen_fds(3)): LISTEN_FDS of them from
// descriptor 3 on, for the process LISTEN_PID. `subject` is what errors name.
Result<UniqueFd> passed_socket(unsigned index, const std::string& subject);

}  // namespace bpfmap::http
