// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace bpfmap::host {

// What is known of this host and shared by everything that makes labels: all that is too large, or
// too dear to find out, to be read for each rendering. Lives as long as the process, across
// reloads of the configuration. Thread-safe.
class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
};

}  // namespace bpfmap::host
