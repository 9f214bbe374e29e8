// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/compile_histogram.h"

#include <cmath>
#include <cstdint>

#include "decode/compile/value_field.h"

namespace bpfmap::decode {
namespace {

kernel::Field element_of(const kernel::Field& array, std::uint32_t index) {
  const kernel::TypePtr& element = array.type->element;
  return {array.path + "[" + std::to_string(index) + "]", element,
          array.offset + index * element->size, 0, 0};
}

class HistogramFinder {
 public:
  HistogramFinder(const config::MetricConfig& metric, const kernel::MapInfo& info,
                  config::Diagnostics& diagnostics)
      : metric_(metric),
        buckets_(*metric.buckets),
        value_(value_of(info)),
        diagnostics_(diagnostics) {}

  std::optional<HistogramFields> find(const std::optional<kernel::Field>& slot) {
    const bool found = slot ? find_bucket_rows(*slot) : find_bucket_array();
    const bool has_sum = find_sum();
    if (!found || !has_sum || !check_bounds()) return std::nullopt;
    return HistogramFields{*std::move(counts_), std::move(sum_), Buckets(buckets_, first_, last_)};
  }

 private:
  bool error(config::Position at, std::string message) {
    diagnostics_.error(at, "histogram '" + metric_.name.value + "': " + std::move(message));
    return false;
  }

  bool is_fixed() const { return buckets_.scale == config::BucketScale::kFixed; }

  // One bucket a row: the key says which slot.
  bool find_bucket_rows(const kernel::Field& slot) {
    const auto number = NumberSource::of(slot);
    if (!number || number->is_float()) {
      return error(metric_.bucket->at,
                   "bucket '" + slot.path + "' is " + slot.type->name + ", not an integer");
    }
    counts_ = number_in_value(metric_.value, value_, metric_.name.at, diagnostics_);
    if (!counts_) return false;
    if (!check_count(*counts_, metric_.value ? metric_.value->at : metric_.name.at)) return false;
    const auto last = last_slot(buckets_);
    if (!last) {
      return error(buckets_.at,
                   "buckets need a 'max', the slot of the last finite bucket, because a key can be "
                   "any slot");
    }
    first_ = first_slot(buckets_);
    last_ = *last;
    return check_sum_key();
  }

  bool check_sum_key() {
    const bool can_be_slot =
        buckets_.sum_key && buckets_.sum_key->value <= static_cast<std::uint64_t>(INT64_MAX);
    if (!can_be_slot) return true;
    const auto key = static_cast<std::int64_t>(buckets_.sum_key->value);
    if (is_fixed()) {
      const auto last = static_cast<std::int64_t>(buckets_.bounds.back().value);
      return key > last || error(buckets_.sum_key->at, "key " + std::to_string(key) +
                                                           " cannot hold the sum: it is not "
                                                           "above the last bound, which is " +
                                                           std::to_string(last));
    }
    if (key < first_ || key > last_) return true;
    return error(buckets_.sum_key->at, "key " + std::to_string(key) +
                                           " cannot hold the sum: it is one of the buckets " +
                                           std::to_string(first_) + " to " + std::to_string(last_));
  }

  // One bucket an element of an array in the value.
  bool find_bucket_array() {
    const std::optional<kernel::Field> array = bucket_array();
    if (!array) return false;
    const config::Position at = metric_.value ? metric_.value->at : metric_.name.at;
    if (is_fixed()) {
      return error(buckets_.at,
                   "'scale: fixed' needs one bucket a row ('bucket:'); the elements of an array "
                   "are 'scale: explicit'");
    }
    if (buckets_.sum_key) {
      return error(buckets_.sum_key->at,
                   "a sum by key needs one bucket a row ('bucket:'); name a field of the value");
    }
    const std::int64_t count = array->type->count;
    if (count == 0 || count > kMostBuckets + 1) {
      return error(at, "'" + array->path + "' has " + std::to_string(count) +
                           " elements, expected 1 to " + std::to_string(kMostBuckets + 1));
    }
    const kernel::Field first = element_of(*array, 0);
    if (!NumberSource::of(first)) {
      return error(at, "the elements of '" + array->path + "' are no numbers");
    }
    if (!check_count(first, at)) return false;
    counts_ = array;
    first_ = first_slot(buckets_);
    return choose_last(count, at);
  }

  // Programs clamp what is too large into the last element, so that it holds everything above the
  // bound before it, and is +Inf unless the user says otherwise.
  bool choose_last(std::int64_t count, config::Position at) {
    const std::int64_t last_element = first_ + count - 1;
    const auto last = last_slot(buckets_);
    last_ = last.value_or(last_element - 1);
    if (last && !buckets_.max) {
      const std::int64_t bounds = last_ + 1;
      if (count == bounds || count == bounds + 1) return true;
      return error(at, "the array has " + std::to_string(count) + " elements for " +
                           std::to_string(bounds) +
                           " bounds; expected one an element, and at most "
                           "one element more for +Inf");
    }
    if (!last) {
      return last_ >= first_ ||
             error(at, "an array of one element has no finite bucket; set 'max'");
    }
    if (last_ <= last_element) return true;
    return error(buckets_.max->at, "max is " + std::to_string(last_) +
                                       ", but the array's last slot is " +
                                       std::to_string(last_element));
  }

  std::optional<kernel::Field> bucket_array() {
    if (metric_.value) {
      auto field = find_field(*metric_.value, value_, diagnostics_);
      if (field && field->type->kind != kernel::TypeKind::kArray) {
        error(metric_.value->at, "'" + field->path + "' is " + field->type->name +
                                     ", not an array; where each key is a bucket, name the key's "
                                     "field with 'bucket:'");
        return std::nullopt;
      }
      return field;
    }
    std::vector<std::string> names;
    if (value_.type != nullptr) {
      std::vector<kernel::Field> arrays;
      for (const kernel::Field& field : kernel::leaf_fields(value_.type, value_.role)) {
        if (field.type->kind == kernel::TypeKind::kArray) arrays.push_back(field);
      }
      if (arrays.size() == 1) return arrays.front();
      for (const kernel::Field& field : arrays) names.push_back(field.path);
    }
    error(metric_.name.at,
          (names.empty() ? "no buckets found" : "the value has the arrays " + quoted_list(names)) +
              ": name the array of the value with 'value:', or the field of the key that says "
              "which bucket a row is with 'bucket:'");
    return std::nullopt;
  }

  bool check_count(const kernel::Field& count, config::Position at) {
    return !NumberSource::of(count)->is_float() ||
           error(at, "counts of buckets are integers, not floats");
  }

  bool find_sum() {
    if (!buckets_.sum) return true;
    sum_ = amount_in_value(buckets_.sum, value_, buckets_.at, diagnostics_);
    return sum_.has_value();
  }

  bool check_bounds() {
    if (last_ < first_) {
      const config::Position at = buckets_.max ? buckets_.max->at : buckets_.at;
      // Where the file says both, this was found when it was read.
      if (diagnostics_.has_error_at(at)) return false;
      return error(at, "max " + std::to_string(last_) + " is below min " + std::to_string(first_));
    }
    if (last_ - first_ >= kMostBuckets) {
      return error(buckets_.at, "more than " + std::to_string(kMostBuckets) + " buckets");
    }
    for (std::int64_t slot = first_; slot <= last_; ++slot) {
      const double bound = slot_bound(buckets_, slot);
      if (!std::isfinite(bound)) {
        return error(buckets_.at, "the bound of slot " + std::to_string(slot) + " is too large");
      }
      if (slot > first_ && bound <= slot_bound(buckets_, slot - 1)) {
        return error(buckets_.at, "the bound of slot " + std::to_string(slot) +
                                      " is not above that of the slot before");
      }
    }
    return true;
  }

  const config::MetricConfig& metric_;
  const config::BucketsConfig& buckets_;
  Whole value_;
  config::Diagnostics& diagnostics_;
  std::optional<kernel::Field> counts_;
  std::optional<kernel::Field> sum_;
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
};

}  // namespace

std::optional<HistogramFields> find_histogram(const config::MetricConfig& metric,
                                              const kernel::MapInfo& info,
                                              const std::optional<kernel::Field>& slot,
                                              config::Diagnostics& diagnostics) {
  return HistogramFinder(metric, info, diagnostics).find(slot);
}

HistogramSource histogram_source(const config::BucketsConfig& buckets,
                                 const std::optional<kernel::Field>& slot,
                                 const kernel::Field& counts,
                                 const std::optional<kernel::Field>& sum) {
  HistogramSource source;
  if (slot) {
    source.slot = NumberSource::of(*slot);
    source.counts = {*NumberSource::of(counts)};
    if (buckets.sum_key) source.sum_key = buckets.sum_key->value;
  } else {
    for (std::uint32_t i = 0; i < counts.type->count; ++i) {
      source.counts.push_back(*NumberSource::of(element_of(counts, i)));
    }
    source.first_slot = first_slot(buckets);
  }
  if (sum) source.sum = AmountSource::of(*sum);
  return source;
}

}  // namespace bpfmap::decode
