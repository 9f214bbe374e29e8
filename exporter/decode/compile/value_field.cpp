// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/value_field.h"

#include "decode/amount_source.h"
#include "decode/number_source.h"

namespace bpfmap::decode {
namespace {

std::optional<kernel::Field> only_number(const Whole& value, config::Position at,
                                         config::Diagnostics& diagnostics) {
  if (value.type == nullptr) {
    diagnostics.error(at, "the value of map '" + value.map + "' (" + std::to_string(value.size) +
                              " bytes) has no BTF: say where the number is, with "
                              "value: {offset: ..., type: ...}");
    return std::nullopt;
  }
  const std::vector<kernel::Field> fields = kernel::leaf_fields(value.type, value.role);
  if (fields.size() == 1) return fields.front();
  if (fields.empty()) {
    diagnostics.error(at, "the value of map '" + value.map + "' (" + value.type->name +
                              ") holds nothing that can be read");
    return std::nullopt;
  }
  diagnostics.error(at, "the value of map '" + value.map + "' has " +
                            std::to_string(fields.size()) +
                            " fields: say which one with 'value:' (" +
                            quoted_list(kernel::field_paths(value.type, value.role)) + ")");
  return std::nullopt;
}

// What to write instead of a field that is no number.
std::string better_reference(const std::optional<config::FieldRef>& reference,
                             const kernel::Field& field, const Whole& value) {
  if (reference && reference->bytes) return "; its size is to be that of one number";
  if (field.type->kind == kernel::TypeKind::kArray) {
    return "; name one element, such as '" + field.path + "[0]'";
  }
  if (!field.type->is_composite()) return {};
  if (!reference) {  // then it is all that the value holds
    return "; name one of its fields: " + quoted_list(kernel::field_paths(value.type, value.role));
  }
  std::vector<std::string> paths = kernel::field_paths(field.type, value.role);
  for (std::string& path : paths) path.insert(0, field.path + ".");
  return "; name one of its fields: " + quoted_list(paths);
}

template <typename Source>
std::optional<kernel::Field> find_in_value(const std::optional<config::FieldRef>& reference,
                                           const Whole& value, config::Position at,
                                           config::Diagnostics& diagnostics) {
  std::optional<kernel::Field> field =
      reference ? find_field(*reference, value, diagnostics) : only_number(value, at, diagnostics);
  if (!field) return std::nullopt;
  if (Source::of(*field)) return field;
  const bool is_too_wide = WideInteger::of(*field).has_value();
  diagnostics.error(
      reference ? reference->at : at,
      "'" + field->path + "' of map '" + value.map + "' is " + field->type->name +
          (is_too_wide ? ", whose 128 bits only counters, gauges and sums of maps have"
                       : ", not a number" + better_reference(reference, *field, value)));
  return std::nullopt;
}

// Whether a number can be a time on the metric's clock.
bool fits_clock(const config::MetricConfig& metric, const Whole& value, const kernel::Field& field,
                config::Diagnostics& diagnostics) {
  constexpr std::uint32_t kTimeBits = 64;
  const std::optional<AmountSource> source = AmountSource::of(field);
  if (!metric.clock || (!source->is_float() && source->bits() == kTimeBits)) return true;
  diagnostics.error(metric.clock->at,
                    "clock: times since boot are integers of 64 bits, as BPF programs read them; "
                    "what '" +
                        metric.name.value + "' reads of map '" + value.map + "' is " +
                        (source->is_float() ? "a floating point number"
                                            : "one of " + std::to_string(source->bits())));
  return false;
}

}  // namespace

std::optional<kernel::Field> number_in_value(const std::optional<config::FieldRef>& reference,
                                             const Whole& value, config::Position at,
                                             config::Diagnostics& diagnostics) {
  return find_in_value<NumberSource>(reference, value, at, diagnostics);
}

std::optional<kernel::Field> amount_in_value(const std::optional<config::FieldRef>& reference,
                                             const Whole& value, config::Position at,
                                             config::Diagnostics& diagnostics) {
  return find_in_value<AmountSource>(reference, value, at, diagnostics);
}

std::optional<kernel::Field> number_of_metric(const config::MetricConfig& metric,
                                              const Whole& event,
                                              config::Diagnostics& diagnostics) {
  const auto number = number_in_value(metric.value, event, metric.name.at, diagnostics);
  return number && fits_clock(metric, event, *number, diagnostics) ? number : std::nullopt;
}

std::optional<kernel::Field> amount_of_metric(const config::MetricConfig& metric,
                                              const Whole& value,
                                              config::Diagnostics& diagnostics) {
  const auto amount = amount_in_value(metric.value, value, metric.name.at, diagnostics);
  return amount && fits_clock(metric, value, *amount, diagnostics) ? amount : std::nullopt;
}

}  // namespace bpfmap::decode
