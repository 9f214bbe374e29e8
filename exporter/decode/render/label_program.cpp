// SPDX-License-Identifier: Apache-2.0
#include "decode/render/label_program.h"

#include <algorithm>

#include "exposition/escape.h"
#include "exposition/numbers.h"

namespace bpfmap::decode {

// `tail_text_` always ends behind the closing quote of the last label, so that a step can take it
// over; only a cpu label, which is the last one, leaves its quote to write_cpu().
void LabelProgram::begin_label(std::string_view name) {
  const std::string opening = (empty() ? "" : ",") + std::string(name) + "=\"";
  tail_text_ += opening;
  add_to_rest(opening);
  max_bytes_ += name.size() + 4;  // , = " "
  names_.emplace_back(name);
}

void LabelProgram::end_text(std::string_view text) {
  tail_text_ += text;
  tail_ = exposition::Literal(tail_text_);
}

void LabelProgram::add_to_rest(std::string_view text) {
  rest_text_ += text;
  rest_ = exposition::Literal(rest_text_);
}

void LabelProgram::add_constant(std::string_view name, std::string_view value) {
  begin_label(name);
  std::string escaped(value.size() * exposition::kMaxLabelExpansion, '\0');
  bool lossy = false;
  const char* end = exposition::write_label_value(escaped.data(), value, &lossy);
  escaped.resize(static_cast<std::size_t>(end - escaped.data()));
  max_bytes_ += escaped.size();
  end_text(escaped += '"');
  add_to_rest(escaped);
}

void LabelProgram::add_field(std::string_view name, LabelDecoder decoder) {
  begin_label(name);
  max_bytes_ += std::max(decoder.max_bytes(), kRest.size());
  add_to_rest(std::string(kRest) + '"');
  const std::optional<NumberSource> decimal = decoder.as_decimal();
  steps_.push_back({exposition::Literal(tail_text_), std::move(decoder), decimal});
  tail_text_.clear();
  end_text("\"");
}

void LabelProgram::add_cpu(std::string_view name) {
  begin_label(name);
  max_bytes_ += exposition::kMaxIntegerChars;
  add_to_rest(std::string(kRest) + '"');
  has_cpu_ = true;
  end_text({});
}

char* LabelProgram::write_cpu(std::uint32_t cpu, char* out) {
  out = exposition::write_unsigned(out, cpu);
  *out++ = '"';
  return out;
}

}  // namespace bpfmap::decode
