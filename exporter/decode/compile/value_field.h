// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "config/config.h"
#include "decode/field_lookup.h"

namespace bpfmap::decode {

// The one number a metric reads from the value: the field that `reference` names, or the value
// itself (or its only field) where there is no reference. `at` is the metric's place. Reports what
// is no number: what is returned has a NumberSource.
std::optional<kernel::Field> number_in_value(const std::optional<config::FieldRef>& reference,
                                             const Whole& value, config::Position at,
                                             config::Diagnostics& diagnostics);

// The same where a number of 128 bits will do as well: what is returned has an AmountSource.
std::optional<kernel::Field> amount_in_value(const std::optional<config::FieldRef>& reference,
                                             const Whole& value, config::Position at,
                                             config::Diagnostics& diagnostics);

// The one number of a counter or gauge in an event; also reports what cannot be a time on
// the metric's clock.
std::optional<kernel::Field> number_of_metric(const config::MetricConfig& metric,
                                              const Whole& event, config::Diagnostics& diagnostics);

// The same in the value of a map.
std::optional<kernel::Field> amount_of_metric(const config::MetricConfig& metric,
                                              const Whole& value, config::Diagnostics& diagnostics);

}  // namespace bpfmap::decode
