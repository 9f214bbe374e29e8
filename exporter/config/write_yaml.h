// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace bpfmap::config {

// What is said to the reader of a written file, as comments.
struct Remarks {
  std::vector<std::string> file;               // lines at its top
  std::vector<std::vector<std::string>> maps;  // lines above each map; may be shorter than the maps
};

// Writes a configuration in the exporter's own language. Holds what files of ebpf_exporter's
// format can say (ebpf_exporter/parts.h), and nothing beyond; reading the text gives the same
// model, but for positions.
std::string write_yaml(const Config& config, const Remarks& remarks);

}  // namespace bpfmap::config
