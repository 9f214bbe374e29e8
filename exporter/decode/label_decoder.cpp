// SPDX-License-Identifier: Apache-2.0
#include "decode/label_decoder.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/suggest.h"
#include "decode/decoders/registry.h"
#include "decode/decoders/steps.h"

namespace bpfmap::decode {

struct LabelDecoder::Chain {
  FirstStepVariant first;
  std::vector<LaterStepVariant> later;
  std::size_t scratch_bytes = 0;  // room for the text between any two steps
  std::size_t max_bytes = 0;
  bool is_injective = false;

  template <typename Sink>
  char* write_first(const std::byte* key, char* out, DecodeState& state) const {
    return std::visit([&](const auto& step) { return step.template write<Sink>(key, out, state); },
                      first);
  }
  char* write_later(const std::byte* key, char* out, DecodeState& state) const;
};

namespace {

template <typename Sink>
char* write_step(const LaterStepVariant& later, std::string_view text, char* out,
                 DecodeState& state) {
  return std::visit([&](const auto& step) { return step.template write<Sink>(text, out, state); },
                    later);
}

std::string_view text_between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Reports all names that do not exist at once.
bool all_known(std::span<const config::DecoderConfig> chain, config::Diagnostics& diagnostics) {
  bool known = true;
  for (const config::DecoderConfig& decoder : chain) {
    if (find_decoder(decoder.name.value) != nullptr) continue;
    diagnostics.error(decoder.name.at, "unknown decoder " + quoted(decoder.name.value) +
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
  request.fail(quoted(request.name) +
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
  std::string_view text = text_between(from, write_first<RawText>(key, from, state));
  for (std::size_t i = 0; i + 1 < later.size(); ++i) {
    text = text_between(to, write_step<RawText>(later[i], text, to, state));
    std::swap(from, to);
    if (state.dropped) return out;
  }
  return write_step<LabelText>(later.back(), text, out, state);
}

std::optional<LabelDecoder> LabelDecoder::compile(const kernel::Field& field,
                                                  std::span<const config::DecoderConfig> chain,
                                                  config::Position at,
                                                  config::Diagnostics& diagnostics,
                                                  const kernel::MapInfo* map) {
  if (!all_known(chain, diagnostics)) return std::nullopt;
  std::optional<FirstStep> first = compile_first(field, chain, at, diagnostics, map);
  if (!first) return std::nullopt;

  Chain compiled;
  TextTraits text = first->text;
  compiled.first = std::move(first->step);
  compiled.is_injective = text.is_injective;
  for (const config::DecoderConfig& decoder : chain) {
    compiled.scratch_bytes = std::max(compiled.scratch_bytes, text.room);
    std::optional<LaterStep> step =
        compile_later(request_of(field, decoder, diagnostics, map), text);
    if (!step) return std::nullopt;
    text = step->text;
    compiled.later.push_back(std::move(step->step));
    compiled.is_injective = compiled.is_injective && text.is_injective;
  }
  compiled.max_bytes = text.escaped_room();
  return LabelDecoder(std::make_unique<const Chain>(std::move(compiled)));
}

LabelDecoder::LabelDecoder(std::unique_ptr<const Chain> chain) : chain_(std::move(chain)) {}
LabelDecoder::LabelDecoder(LabelDecoder&&) noexcept = default;
LabelDecoder& LabelDecoder::operator=(LabelDecoder&&) noexcept = default;
LabelDecoder::~LabelDecoder() = default;

std::size_t LabelDecoder::max_bytes() const { return chain_->max_bytes; }

bool LabelDecoder::is_injective() const { return chain_->is_injective; }

std::optional<NumberSource> LabelDecoder::as_decimal() const {
  const auto* number = std::get_if<NumberField<Decimal>>(&chain_->first);
  if (!chain_->later.empty() || number == nullptr || number->source.is_float()) return std::nullopt;
  return number->source;
}

char* LabelDecoder::write(const std::byte* key, char* out, DecodeState& state) const {
  if (chain_->later.empty()) return chain_->write_first<LabelText>(key, out, state);
  return chain_->write_later(key, out, state);
}

std::vector<std::string> decoder_names() {
  std::vector<std::string> names;
  for (const DecoderEntry& entry : all_decoders()) names.emplace_back(entry.name);
  return names;
}

}  // namespace bpfmap::decode
