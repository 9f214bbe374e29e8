// SPDX-License-Identifier: Apache-2.0
#include "decode/value_labels.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "decode/compile/event_key.h"
#include "decode/render/key_coverage.h"
#include "decode/row_key.h"

namespace bpfmap::decode {
namespace {

// No field of a key is called so.
constexpr const char* kValueLabels = "<value>";

bool is_zero(std::byte byte) { return byte == std::byte{0}; }

ValueLabels::Part part_of(const kernel::Field& field,
                          const std::vector<config::DecoderConfig>& decode) {
  if (field.bit_size == 0) {
    return {field.offset, field.type->size, is_shown_as_text(field, decode)};
  }
  ValueLabels::Part part{field.offset, (field.bit_offset + field.bit_size + 7) / 8};
  part.mask.resize(part.size);
  for (std::uint32_t bit = field.bit_offset; bit < field.bit_offset + field.bit_size; ++bit) {
    part.mask[bit / 8] |= std::byte{1} << bit % 8;
  }
  return part;
}

class ValueLabeller {
 public:
  ValueLabeller(const config::MapConfig& map, const kernel::MapInfo& rows,
                config::Diagnostics& diagnostics)
      : map_(map), rows_(rows), value_(value_of(rows)), diagnostics_(diagnostics) {}

  LabelledByValue label() {
    LabelledByValue labelled{map_, rows_, {}};
    labelled.map.labels->clear();
    for (const config::LabelConfig& label : *map_.labels) {
      if (!label.is_of_value) {
        check_inside(label.field);
        labelled.map.labels->push_back(label);
      } else if (auto moved = add(label)) {
        labelled.map.labels->push_back(*std::move(moved));
      }
    }
    for (const config::MetricConfig& metric : map_.metrics) {
      if (metric.bucket) check_inside(*metric.bucket);
    }
    if (labels_.empty()) return labelled;
    refuse_cpu();
    behind_key_.kind = kernel::TypeKind::kStruct;
    behind_key_.name = "labels of the value";
    behind_key_.size = labels_.bytes();
    labelled.rows =
        with_suffix(rows_, kValueLabels, std::make_shared<const kernel::Type>(behind_key_));
    labelled.labels = std::move(labels_);
    return labelled;
  }

 private:
  // What is named by its offset must not reach into what comes behind the key.
  void check_inside(const config::FieldRef& field) {
    if (field.bytes) static_cast<void>(find_field(field, key_of(rows_), diagnostics_));
  }

  // The label as one of the key.
  std::optional<config::LabelConfig> add(const config::LabelConfig& label) {
    const auto field = find_value_label(label, value_, diagnostics_);
    if (!field) return std::nullopt;
    warn_of_numbers(label, *field);
    behind_key_.members.push_back(
        {label.name.value, field->type,
         labels_.bytes() * 8 + (field->bit_size == 0 ? 0 : field->bit_offset), field->bit_size});
    labels_.add(part_of(*field, label.decode));
    config::LabelConfig moved = label;
    moved.is_of_value = false;
    moved.field = {label.field.at, std::string(kValueLabels) + "." + label.name.value,
                   std::nullopt};
    return moved;
  }

  // Each new number would be a new series; and `value: text` was a constant once, which may be the
  // name of a number.
  void warn_of_numbers(const config::LabelConfig& label, const kernel::Field& field) {
    // Metrics are checked later.
    config::Diagnostics silent(std::make_shared<const config::Source>());
    for (const config::MetricConfig& metric : map_.metrics) {
      if (!metric.value || metric.value->bytes || label.field.bytes) continue;
      const auto number = find_field(*metric.value, value_, silent);
      if (!number || !share_bits(*number, field)) continue;
      diagnostics_.warning(label.field.at,
                           "label '" + label.name.value + "' is made of '" + label.field.path +
                               "', which '" + metric.name.value +
                               "' exports: every new number begins a new series (a label that "
                               "always reads '" +
                               label.field.path + "' is { constant: " + label.field.path + " })");
      return;
    }
  }

  void refuse_cpu() {
    if (!map_.cpu_label) return;
    diagnostics_.error(map_.cpu_label->at,
                       "map '" + map_.map.value +
                           "' has labels of its value, which are those of one CPU for the whole "
                           "entry; leave 'cpu' out");
  }

  const config::MapConfig& map_;
  const kernel::MapInfo& rows_;
  const Whole value_;
  config::Diagnostics& diagnostics_;
  kernel::Type behind_key_;
  ValueLabels labels_;
};

}  // namespace

void ValueLabels::add(Part part) {
  bytes_ += part.size;
  parts_.push_back(std::move(part));
}

bool ValueLabels::are_zero(const std::byte* value) const {
  return std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) {
    for (std::uint32_t i = 0; i < part.size; ++i) {
      const std::byte byte = value[part.offset + i];
      if (!is_zero(part.mask.empty() ? byte : byte & part.mask[i])) return false;
    }
    return true;
  });
}

void ValueLabels::write(const kernel::RowBlock& rows, std::uint32_t row, std::byte* out) const {
  const std::byte* value = rows.value(row);
  for (std::uint32_t cpu = 1; cpu < rows.cpus() && are_zero(value); ++cpu) {
    value += rows.cpu_stride();
  }
  for (const Part& part : parts_) {
    std::memcpy(out, value + part.offset, part.size);
    for (std::size_t i = 0; i < part.mask.size(); ++i) out[i] &= part.mask[i];
    if (part.is_text) {
      const std::size_t length = strnlen(reinterpret_cast<const char*>(out), part.size);
      std::memset(out + length, 0, part.size - length);
    }
    out += part.size;
  }
}

std::optional<kernel::Field> find_value_label(const config::LabelConfig& label, const Whole& whole,
                                              config::Diagnostics& diagnostics) {
  config::Diagnostics found(std::make_shared<const config::Source>());
  auto field = find_field(label.field, whole, found);
  for (const config::Diagnostic& one : found.all()) {
    const std::string hint = label.field.bytes
                                 ? std::string()
                                 : "; a label that always reads '" + label.field.path +
                                       "' is { constant: " + label.field.path + " }";
    diagnostics.error(one.at, one.message + hint);
  }
  return field;
}

LabelledByValue label_by_value(const config::MapConfig& map, const kernel::MapInfo& rows,
                               config::Diagnostics& diagnostics) {
  const bool has_some =
      map.labels && std::any_of(map.labels->begin(), map.labels->end(),
                                [](const config::LabelConfig& label) { return label.is_of_value; });
  if (!has_some) return {map, rows, {}};
  return ValueLabeller(map, rows, diagnostics).label();
}

}  // namespace bpfmap::decode
