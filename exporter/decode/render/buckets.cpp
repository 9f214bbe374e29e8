// SPDX-License-Identifier: Apache-2.0
#include "decode/render/buckets.h"

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

// Where the slot of hist() ends: bpftrace divides each power of two into 2^bits slots of equal
// width, behind one slot for each number below 2^bits. Slot 0 is for what is negative.
double bpftrace_hist_bound(std::uint32_t bits, std::int64_t slot) {
  const std::int64_t parts = std::int64_t{1} << bits;
  const std::int64_t number = slot - 1;
  if (number < parts) return static_cast<double>(number);
  const std::int64_t power = (number >> bits) - 1;
  const std::int64_t part = number & (parts - 1);
  return static_cast<double>(parts + part + 1) * power_of_two(power) - 1;
}

double step_of(const config::BucketsConfig& config) { return config.step ? config.step->value : 1; }

// Of the scales whose bounds are whole numbers.
double whole_bound(const config::BucketsConfig& config, std::int64_t slot) {
  switch (config.scale) {
    case config::BucketScale::kExp2: return power_of_two(slot);
    case config::BucketScale::kExp2Zero: return slot <= 0 ? 0 : power_of_two(slot - 1);
    case config::BucketScale::kLog2: return power_of_two(slot + 1) - 1;
    case config::BucketScale::kBccHist: return power_of_two(slot) - 1;
    case config::BucketScale::kBpftraceHist: return bpftrace_hist_bound(config.bits, slot);
    case config::BucketScale::kBpftraceLhist:
      return static_cast<double>(config.lhist.min + slot * config.lhist.step - 1);
    case config::BucketScale::kLinearFloor:
      return static_cast<double>(slot + 1) * step_of(config) - 1;
    case config::BucketScale::kLinear:
    case config::BucketScale::kFixed:
    case config::BucketScale::kExplicit: break;
  }
  return 0;
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

std::int64_t first_slot(const config::BucketsConfig& config) {
  const bool is_index =
      config.scale == config::BucketScale::kFixed || config.scale == config::BucketScale::kExplicit;
  return config.min && !is_index ? config.min->value : 0;
}

std::optional<std::int64_t> last_slot(const config::BucketsConfig& config) {
  switch (config.scale) {
    case config::BucketScale::kFixed:
    case config::BucketScale::kExplicit: return std::ssize(config.bounds) - 1;
    case config::BucketScale::kBpftraceLhist:
      return (config.lhist.max - config.lhist.min) / config.lhist.step;
    default: break;
  }
  if (!config.max) return std::nullopt;
  return config.max->value;
}

double slot_bound(const config::BucketsConfig& config, std::int64_t slot) {
  switch (config.scale) {
    case config::BucketScale::kLinear: {
      const config::Ratio step = decimal(step_of(config));
      return times(static_cast<double>(slot), product(step, config.unit));
    }
    case config::BucketScale::kFixed:
    case config::BucketScale::kExplicit: {
      const double bound = config.bounds.at(static_cast<std::size_t>(slot)).value;
      return times(1, product(decimal(bound), config.unit));
    }
    default: return times(whole_bound(config, slot), config.unit);
  }
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
