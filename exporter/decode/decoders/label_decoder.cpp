// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/label_decoder.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/suggest.h"
#include "decode/decoder_names.h"
#include "decode/decoders/decode_state.h"
#include "decode/decoders/registry.h"

namespace bpfmap::decode {

struct LabelDecoder::Chain {
  FirstStep first;
  std::vector<LaterStep> later = {};
  std::size_t scratch_bytes = 0;  // room for the text between any two steps
  std::size_t max_bytes = 0;
  bool is_injective = false;

  char* write_later(const std::byte* key, char* out, DecodeState& state) const;
};

namespace {

std::string_view text_between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Reports all names that do not exist at once.
bool all_known(std::span<const config::DecoderConfig> chain, config::Diagnostics& diagnostics) {
  bool known = true;
  for (const config::DecoderConfig& decoder : chain) {
    if (find_decoder(decoder.name.value) != nullptr) continue;
    diagnostics.error(decoder.name.at, "unknown decoder " + in_quotes(decoder.name.value) +
                                           suggestion(decoder.name.value, decoder_names()));
    known = false;
  }
  return known;
}

Request request_of(const kernel::Field& field, const config::DecoderConfig& decoder,
                   config::Diagnostics& diagnostics, const kernel::MapInfo* map) {
  return {field, decoder.name.value, decoder.name.at, decoder.arguments, diagnostics, map};
}

// The step that reads the field. Takes its decoder off the chain, unless that one wants a text.
std::optional<FirstStep> compile_first(const kernel::Field& field,
                                       std::span<const config::DecoderConfig>& chain,
                                       config::Position at, config::Diagnostics& diagnostics,
                                       const kernel::MapInfo* map) {
  if (chain.empty()) {
    const config::Tree no_arguments;
    return decode_by_type({field, {}, at, no_arguments, diagnostics, map});
  }
  const Request request = request_of(field, chain.front(), diagnostics, map);
  const DecoderEntry& entry = *find_decoder(request.name);
  if (entry.first == nullptr) return decode_by_type(request);
  chain = chain.subspan(1);
  return entry.first(request);
}

std::optional<LaterStep> compile_later(const Request& request, const TextTraits& before) {
  const DecoderEntry& entry = *find_decoder(request.name);
  if (entry.later != nullptr) return entry.later(request, before);
  request.fail(in_quotes(request.name) +
               " reads the bytes of the field: it must be the first decoder");
  return std::nullopt;
}

}  // namespace

char* LabelDecoder::Chain::write_later(const std::byte* key, char* out, DecodeState& state) const {
  for (std::string& scratch : state.scratch) {
    if (scratch.size() < scratch_bytes) scratch.resize(scratch_bytes);
  }
  char* from = state.scratch[0].data();
  char* to = state.scratch[1].data();
  std::string_view text = text_between(from, first.write_raw(key, from, state));
  for (std::size_t i = 0; i + 1 < later.size(); ++i) {
    text = text_between(to, later[i].write_raw(text, to, state));
    std::swap(from, to);
    if (state.dropped) return out;
  }
  return later.back().write_label(text, out, state);
}

std::optional<LabelDecoder> LabelDecoder::compile(const kernel::Field& field,
                                                  std::span<const config::DecoderConfig> chain,
                                                  config::Position at,
                                                  config::Diagnostics& diagnostics,
                                                  const kernel::MapInfo* map) {
  if (!all_known(chain, diagnostics)) return std::nullopt;
  std::optional<FirstStep> first = compile_first(field, chain, at, diagnostics, map);
  if (!first) return std::nullopt;

  Chain compiled{*std::move(first)};
  TextTraits text = compiled.first.text();
  compiled.is_injective = text.is_injective;
  for (const config::DecoderConfig& decoder : chain) {
    compiled.scratch_bytes = std::max(compiled.scratch_bytes, text.room);
    std::optional<LaterStep> step =
        compile_later(request_of(field, decoder, diagnostics, map), text);
    if (!step) return std::nullopt;
    text = step->text();
    compiled.later.push_back(*std::move(step));
    compiled.is_injective = compiled.is_injective && text.is_injective;
  }
  compiled.max_bytes = text.escaped_room();
  return LabelDecoder(std::make_shared<const Chain>(std::move(compiled)));
}

LabelDecoder::LabelDecoder(std::shared_ptr<const Chain> chain) : chain_(std::move(chain)) {}

std::size_t LabelDecoder::max_bytes() const { return chain_->max_bytes; }

bool LabelDecoder::is_injective() const { return chain_->is_injective; }

std::optional<NumberSource> LabelDecoder::as_decimal() const {
  const std::optional<NumberSource>& number = chain_->first.decimal();
  if (!chain_->later.empty() || !number || number->is_float()) return std::nullopt;
  return number;
}

char* LabelDecoder::write(const std::byte* key, char* out, DecodeState& state) const {
  if (chain_->later.empty()) return chain_->first.write_label(key, out, state);
  return chain_->write_later(key, out, state);
}

}  // namespace bpfmap::decode
