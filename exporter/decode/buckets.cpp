// SPDX-License-Identifier: Apache-2.0
#include "decode/buckets.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "config/quantities.h"
#include "exposition/numbers.h"

namespace bpfmap::decode {
namespace {

double power_of_two(std::int64_t exponent) {
  constexpr std::int64_t kBeyondDouble = 100000;
  if (exponent > kBeyondDouble) exponent = kBeyondDouble;
  if (exponent < -kBeyondDouble) exponent = -kBeyondDouble;
  return std::ldexp(1.0, static_cast<int>(exponent));
}

// A number of the configuration as the user wrote it: 7/10 for 0.7, which no double is.
config::Ratio decimal(double value) {
  char text[exposition::kMaxDoubleChars];
  const char* const end = std::to_chars(text, text + sizeof(text), value).ptr;
  const std::string_view shortest(text, static_cast<std::size_t>(end - text));
  return config::parse_factor(shortest).value_or(config::Ratio{value, 1});
}

config::Ratio product(config::Ratio a, config::Ratio b) {
  return {a.numerator * b.numerator, a.denominator * b.denominator};
}

double times(double value, config::Ratio ratio) {
  return value * ratio.numerator / ratio.denominator;
}

std::string spell_bound(double value) {
  char text[exposition::kMaxDoubleChars];
  return {text, exposition::write_bound(text, value)};
}

}  // namespace

double slot_bound(const config::BucketsConfig& config, std::int64_t slot) {
  switch (config.scale) {
    case config::BucketScale::kExp2: return times(power_of_two(slot), config.unit);
    case config::BucketScale::kExp2Zero:
      return slot <= 0 ? 0 : times(power_of_two(slot - 1), config.unit);
    case config::BucketScale::kLinear: {
      const config::Ratio step = config.step ? decimal(config.step->value) : config::Ratio{};
      return times(static_cast<double>(slot), product(step, config.unit));
    }
    case config::BucketScale::kFixed:
    case config::BucketScale::kExplicit: {
      const double bound = config.bounds.at(static_cast<std::size_t>(slot)).value;
      return times(1, product(decimal(bound), config.unit));
    }
  }
  return 0;
}

Buckets::Buckets(const config::BucketsConfig& config, std::int64_t first, std::int64_t last)
    : first_(first), last_(last) {
  for (std::int64_t slot = first; slot <= last; ++slot) {
    texts_.push_back(spell_bound(slot_bound(config, slot)));
  }
  texts_.emplace_back("+Inf");
  if (config.scale != config::BucketScale::kFixed) return;
  for (const auto& bound : config.bounds) fixed_.push_back(static_cast<std::int64_t>(bound.value));
}

}  // namespace bpfmap::decode
