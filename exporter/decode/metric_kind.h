// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.h"
#include "exposition/metric_type.h"

namespace bpfmap::decode {

// As configurations spell it.
const char* kind_name(config::MetricKind kind);

exposition::MetricType metric_type(config::MetricKind kind);

}  // namespace bpfmap::decode
