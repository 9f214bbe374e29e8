// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::decode {

// The names of all decoders, sorted.
std::vector<std::string> decoder_names();

bool has_decoder(std::string_view name);

}  // namespace bpfmap::decode
