// SPDX-License-Identifier: Apache-2.0
#include "starter/bpftrace_maps.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernel/map_syscalls.h"
#include "kernel/map_types.h"
#include "kernel/open_reader.h"
#include "starter/histograms.h"
#include "starter/labels.h"
#include "starter/metrics.h"
#include "starter/words.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

constexpr std::string_view kPrefix = "AT_";
constexpr std::uint32_t kSlotBytes = 8;
constexpr std::uint64_t kMostSlotsOfHist = 2048;  // of hist() with the most bits
constexpr std::size_t kMostKeys = 4096;           // that are looked at

using Key = std::vector<std::byte>;

std::uint64_t number_at(const Key& key, std::size_t offset) {
  std::uint64_t number = 0;
  std::memcpy(&number, key.data() + offset, sizeof(number));
  return number;
}

// Some of the keys that the map has now; none where it cannot be read.
std::vector<Key> keys_of(const kernel::ForeignMap& map) {
  kernel::MapSyscalls& syscalls = kernel::kernel_map_syscalls();
  const kernel::MapShape& shape = map.info->shape;
  auto reader = kernel::open_reader(map.info->name, map.fd.get(), shape,
                                    model::ReaderChoice::kNextKey, syscalls);
  std::vector<Key> keys;
  if (!reader) return keys;
  (*reader)->rewind();
  kernel::RowBlock block((*reader)->shape(), 256);
  for (bool more = true; more && keys.size() < kMostKeys;) {
    const auto next = (*reader)->next_batch(block);
    if (!next) return keys;
    more = *next;
    for (std::uint32_t i = 0; i < block.count(); ++i) {
      keys.emplace_back(block.key(i), block.key(i) + shape.key_size);
    }
  }
  return keys;
}

// Slots are small and not all of them the first one, as the ends of short texts would be.
bool has_slots(const kernel::MapShape& shape, const std::vector<Key>& keys) {
  const bool may = shape.per_cpu && kernel::is_hash(shape.type) && shape.value_size == kSlotBytes &&
                   shape.key_size >= 2 * kSlotBytes && !keys.empty();
  if (!may) return false;
  const std::size_t at = shape.key_size - kSlotBytes;
  const auto slot = [at](const Key& key) { return number_at(key, at); };
  return std::all_of(keys.begin(), keys.end(),
                     [&](const Key& key) { return slot(key) < kMostSlotsOfHist; }) &&
         std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return slot(key) > 0; });
}

bool is_text(const Key& key, std::size_t size) {
  const auto* text = reinterpret_cast<const char*>(key.data());
  const std::size_t length = strnlen(text, size);
  const bool is_printable =
      std::all_of(text, text + length, [](char c) { return c >= ' ' && c != 0x7f; });
  return length > 1 && is_printable &&
         std::all_of(text + length, text + size, [](char c) { return c == 0; });
}

// The script's key: `size` bytes.
std::vector<LabelDraft> labels_of_script(const std::vector<Key>& keys, std::uint32_t size) {
  const bool is_empty =
      size == kSlotBytes && !keys.empty() &&
      std::all_of(keys.begin(), keys.end(), [](const Key& key) { return number_at(key, 0) == 0; });
  if (size == 0 || is_empty) return {};
  const std::string all = "{ offset: 0, size: " + std::to_string(size) + ", type: ";
  const bool is_word =
      size >= kSlotBytes && !keys.empty() &&
      std::all_of(keys.begin(), keys.end(), [size](const Key& key) { return is_text(key, size); });
  if (is_word) return {{"key", all + "char }", "guess: text, as all of its keys are now", true}};
  if (size % kSlotBytes != 0) {
    if (size == 4) return {{"key", "{ offset: 0, type: u32 }", "", false}};
    return {
        {"key", all + "bytes, decode: hex }", "name its parts by offset, size and type", false}};
  }
  std::vector<LabelDraft> labels;
  for (std::uint32_t at = 0; at < size; at += kSlotBytes) {
    const std::string name = size == kSlotBytes ? "key" : "key_" + std::to_string(at / kSlotBytes);
    labels.push_back({name, "{ offset: " + std::to_string(at) + ", type: u64 }",
                      "guess: a number of 8 bytes; text is type: char with its size", false});
  }
  return labels;
}

MetricDraft histogram_of(const std::string& name, MetricNamer& namer) {
  const auto words = words_of(name);
  const auto unit = unit_of(words);
  const std::string yaml = unit && unit->yaml != "1B" ? unit->yaml : std::string();
  MetricDraft metric;
  metric.kind = config::MetricKind::kHistogram;
  metric.name = namer.name(words, {}, unit ? unit->suffix : "", metric.kind);
  metric.help = "Distribution in @" + name + " of bpftrace.";
  metric.more = {"buckets: { scale: bpftrace_hist, max: " +
                 std::to_string(yaml.empty() ? 40 : usual_max(yaml)) +
                 (yaml.empty() ? "" : ", unit: " + yaml) + ", guessed: true }"};
  metric.why =
      "histogram (guess): the keys end with small numbers, as slots do. hist(x) is bpftrace_hist, "
      "hist(x, N) the same with `bits: N`; of lhist(x, MIN, MAX, STEP) it is { scale: "
      "bpftrace_lhist, min: MIN, max: MAX, step: STEP }" +
      std::string(yaml.empty() ? ". No name says in which unit: add `unit: 1us` or the like" : "");
  return metric;
}

MetricDraft number_of(const kernel::ForeignMap& map, const std::string& name, MetricNamer& namer) {
  const auto words = words_of(name);
  const auto unit = unit_of(words);
  MetricDraft metric;
  metric.kind = map.info->shape.per_cpu ? config::MetricKind::kCounter : config::MetricKind::kGauge;
  metric.name = namer.name(words, {}, unit ? unit->suffix : "", metric.kind);
  metric.help = "@" + name + " of bpftrace.";
  metric.value = "{ offset: 0, type: s64 }";
  if (unit && unit->yaml != "1B" && unit->yaml != "1s") metric.more = {"unit: " + unit->yaml};
  metric.why =
      map.info->shape.per_cpu
          ? "counter (guess): per CPU, as count() and sum() are; min(), max(), avg() and "
            "stats() are none, and what @x = hist(...) has no entries of yet is a histogram"
          : "gauge (guess): not per CPU, so a variable that the script sets";
  return metric;
}

}  // namespace

bool is_of_bpftrace(const kernel::MapInfo& map) {
  const bool may = kernel::is_hash(map.shape.type) || kernel::is_array(map.shape.type);
  return map.name.starts_with(kPrefix) && may && map.inner == nullptr;
}

MapEntry bpftrace_entry(const kernel::ForeignMap& map, const std::string& origin,
                        MetricNamer& namer) {
  const kernel::MapShape& shape = map.info->shape;
  MapEntry entry;
  if (shape.value_size < kSlotBytes) {
    entry.left_out = "its values are no numbers of 8 bytes";
    return entry;
  }
  const std::string name = map.info->name.substr(kPrefix.size());
  const std::vector<Key> keys = keys_of(map);
  const bool is_histogram = has_slots(shape, keys);
  const bool has_key = kernel::is_hash(shape.type);
  const std::uint32_t size = !has_key ? 0 : shape.key_size - (is_histogram ? kSlotBytes : 0);
  MapMetrics metrics;
  metrics.metrics = {is_histogram ? histogram_of(name, namer) : number_of(map, name, namer)};
  entry.yaml =
      comment("@" + name + " of bpftrace, " + kernel::map_type_name(shape.type) + ".", "  ") +
      "  - " + origin + "\n" + labels_yaml(labels_of_script(keys, size)) + metrics_yaml(metrics);
  return entry;
}

}  // namespace bpfmap::starter
