// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "decode/decoders/request.h"
#include "decode/decoders/step.h"

// How a configuration's decoder becomes a step. What does not fit is reported to the request's
// diagnostics, and nothing is returned. Any thread, as far as the diagnostics allow.
namespace bpfmap::decode {

struct DecoderEntry {
  std::string_view name;
  // As the first of a chain; null for a decoder of texts, which gets the text that the type gives.
  std::optional<FirstStep> (*first)(const Request& request);
  // Behind a decoder that writes such text; null for a decoder that needs the field itself.
  std::optional<LaterStep> (*later)(const Request& request, const TextTraits& before);
  // The argument that names another field of the key, which the decoder reads as well.
  std::string_view field_argument = {};
};

// Null for an unknown name; decoder_names.h lists them.
const DecoderEntry* find_decoder(std::string_view name);

// The fields of a map's key that a chain reads beside the one that it decodes: as the configuration
// names them, or as it is with keys of that type of map.
std::vector<config::FieldRef> other_fields(std::span<const config::DecoderConfig> chain,
                                           const kernel::MapInfo& map);

// What a field gets that has no decoder.
std::optional<FirstStep> decode_by_type(const Request& request);

}  // namespace bpfmap::decode
