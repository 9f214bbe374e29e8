// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/label_decoder.h"
#include "exposition/literal.h"
#include "exposition/numbers.h"

namespace bpfmap::decode {

// Writes the labels of one sample as they stand between the braces of the text formats:
// `env="prod",pid="17",comm="nginx"`. The constant parts are laid out at start; only field values
// are made per sample. Immutable once its labels are added, shared between rendering threads.
class LabelProgram {
 public:
  // What labels of rows read that stand for many keys.
  static constexpr std::string_view kRest = "other";

  void add_constant(std::string_view name, std::string_view value);
  void add_field(std::string_view name, LabelDecoder decoder);
  void add_cpu(std::string_view name);

  // The room that write() needs. It may overwrite all of it, whatever the length of what it writes.
  std::size_t max_bytes() const { return max_bytes_ + exposition::Literal::kSlack; }
  bool empty() const { return max_bytes_ == 0; }
  bool has_cpu() const { return has_cpu_; }
  const std::vector<std::string>& names() const { return names_; }  // in the order of the text

  // The labels of rows that stand for many keys: constants as ever, all else reads `other`. As much
  // room as write().
  char* write_rest(char* out) const { return rest_.write(out); }

  // Returns the end of what was written; null where a decoder leaves the series out. `cpu` is used
  // by a cpu label only.
  char* write(const std::byte* key, std::uint32_t cpu, char* out, DecodeState& state) const {
    for (const Step& step : steps_) {
      out = step.before.write(out);
      // Most fields are integers: they are not worth the jump into a decoder.
      out = step.decimal ? write_decimal(step.decimal->read(key), out)
                         : step.decoder.write(key, out, state);
    }
    if (state.dropped) {
      state.dropped = false;
      return nullptr;
    }
    out = tail_.write(out);
    return has_cpu_ ? write_cpu(cpu, out) : out;
  }

 private:
  struct Step {
    exposition::Literal before;  // `",comm="` - closes the label before and opens this one
    LabelDecoder decoder;
    std::optional<NumberSource> decimal;  // what is left of a decoder that does no more
  };

  void begin_label(std::string_view name);
  void end_text(std::string_view text);
  void add_to_rest(std::string_view text);
  static char* write_cpu(std::uint32_t cpu, char* out);
  static char* write_decimal(Number number, char* out) {
    return number.kind == Number::Kind::kSigned ? exposition::write_signed(out, number.as_signed())
                                                : exposition::write_unsigned(out, number.bits);
  }

  std::vector<std::string> names_;
  std::vector<Step> steps_;
  std::string tail_text_;  // behind the last step
  exposition::Literal tail_{std::string_view()};
  std::string rest_text_;
  exposition::Literal rest_{std::string_view()};
  bool has_cpu_ = false;
  std::size_t max_bytes_ = 0;
};

}  // namespace bpfmap::decode
