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

}  // namespace bpfmap::decode
