// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/config.h"
#include "decode/amount_source.h"
#include "decode/field_lookup.h"
#include "decode/number_source.h"

namespace bpfmap::decode {

// The one number a metric reads from the value: the field that `reference` names, or the value
// itself (or its only field) where there is no reference. `at` is the metric's place. Reports what
// is no number.
std::optional<NumberSource> number_in_value(const std::optional<config::FieldRef>& reference,
                                            const Whole& value, config::Position at,
                                            config::Diagnostics& diagnostics);

// The same where a number of 128 bits will do as well.
std::optional<AmountSource> amount_in_value(const std::optional<config::FieldRef>& reference,
                                            const Whole& value, config::Position at,
                                            config::Diagnostics& diagnostics);

// The one number of a counter or gauge in an event; also reports what cannot be a time on
// the metric's clock.
std::optional<NumberSource> number_of_metric(const config::MetricConfig& metric, const Whole& event,
                                             config::Diagnostics& diagnostics);

// The same in the value of a map.
std::optional<AmountSource> amount_of_metric(const config::MetricConfig& metric, const Whole& value,
                                             config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
