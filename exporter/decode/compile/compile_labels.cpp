// SPDX-License-Identifier: Apache-2.0
#include "decode/compile/compile_labels.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "decode/decoders/registry.h"
#include "decode/lpm_prefix.h"
#include "exposition/names.h"
#include "kernel/map_types.h"

namespace bpfmap::decode {
namespace {

// A union without a name, which is addresses, is called after its first member.
std::string label_name_of(const std::string& path) {
  std::string name = path;
  if (const std::size_t anonymous = name.find('('); anonymous != std::string::npos) {
    name.erase(anonymous, 1);
    name.resize(std::min(name.size(), name.find_first_of("|)")));
  }
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

class LabelCompiler {
 public:
  LabelCompiler(const config::Config& config, const config::MapConfig& map,
                const kernel::MapInfo& info, config::Diagnostics& diagnostics)
      : config_(config),
        map_(map),
        info_(info),
        key_(key_of(info)),
        diagnostics_(diagnostics),
        compiled_{{}, {}, KeyCoverage(info.shape.key_size, key_.type), {}} {}

  std::optional<CompiledLabels> compile(const std::optional<kernel::Field>& slot) {
    for (const config::ConstantLabel& label : config_.labels) {
      if (claim(label.name)) compiled_.of_key.add_constant(label.name.value, label.value);
    }
    if (map_.labels) {
      for (const config::LabelConfig& label : *map_.labels) add_listed(label, slot);
    } else {
      add_all(slot);
    }
    if (map_.cpu_label) add_cpu(*map_.cpu_label);
    if (map_.labels && ok_) mention_summed_away(slot);
    if (!ok_) return std::nullopt;
    return std::move(compiled_);
  }

 private:
  void error(config::Position at, std::string message) {
    diagnostics_.error(at, std::move(message));
    ok_ = false;
  }

  bool claim(const config::Located<std::string>& name) {
    const bool unlisted = name.at == map_.map.at;
    const std::string quoted =
        "label '" + name.value + "'" +
        (unlisted ? " (a field of the key; list the labels to choose other names)" : "");
    if (!exposition::is_valid_label_name(name.value)) {
      error(name.at, "invalid label name '" + name.value +
                         "': expected letters, digits and '_', not beginning with a digit");
    } else if (name.value == "le") {
      error(name.at, quoted + " is reserved for the buckets of histograms");
    } else if (exposition::is_reserved_label_name(name.value)) {
      error(name.at, quoted + " begins with '__', which Prometheus keeps for itself");
    } else if (!names_.insert(name.value).second) {
      ok_ = false;
      // The parser has found those that the user wrote twice.
      if (!unlisted && diagnostics_.has_error_at(name.at)) return false;
      error(name.at, quoted + " stands twice on map '" + map_.map.value + "'");
    } else {
      return true;
    }
    return false;
  }

  std::optional<LabelDecoder> add_field(const config::Located<std::string>& name,
                                        const kernel::Field& field,
                                        std::span<const config::DecoderConfig> chain,
                                        config::Position at) {
    auto decoder = LabelDecoder::compile(field, chain, at, diagnostics_, &info_);
    if (!decoder) {
      ok_ = false;
      return std::nullopt;
    }
    if (decoder->is_injective()) compiled_.coverage.cover(field);
    used_.push_back(field);
    for (const config::FieldRef& other : other_fields(chain, info_)) {
      if (auto read = find_field(other, key_, diagnostics_)) used_.push_back(*std::move(read));
    }
    compiled_.of_key.add_field(name.value, *decoder);
    return decoder;
  }

  void add_listed(const config::LabelConfig& label, const std::optional<kernel::Field>& slot) {
    if (!claim(label.name)) return;
    if (label.constant) {
      compiled_.of_key.add_constant(label.name.value, label.constant->value);
      return;
    }
    const std::optional<kernel::Field> field = find_field(label.field, key_, diagnostics_);
    if (!field) {
      ok_ = false;
      return;
    }
    if (slot && share_bits(*field, *slot)) {
      error(label.field.at, "label '" + label.name.value + "' is made of '" + slot->path +
                                "', which says in which bucket a row is counted");
      return;
    }
    auto decoder = add_field(label.name, *field, label.decode, label.field.at);
    if (decoder) compiled_.listed.emplace_back(&label, *std::move(decoder));
  }

  void add_all(const std::optional<kernel::Field>& slot) {
    const bool has_one = kernel::is_array(info_.shape.type) && info_.shape.max_entries == 1;
    if (has_one || map_.only_key) return;
    const auto prefix = slot ? std::nullopt : lpm_prefix(info_);
    if (prefix) add_prefix(*prefix);
    if (key_.type == nullptr) {
      if (prefix) return;
      error(map_.map.at, "the key of map '" + map_.map.value + "' (" + std::to_string(key_.size) +
                             " bytes) has no BTF: list its labels by offset, size and type");
      return;
    }
    for (const kernel::Field& field : kernel::leaf_fields(key_.type, key_.role)) {
      if (prefix && field.offset <= prefix->field.offset) continue;
      if (!slot || !share_bits(field, *slot)) {
        add_unlisted(field);
      } else if (!have_same_bits(field, *slot)) {
        error(map_.map.at, "bucket '" + slot->path + "' is a part of '" + field.path +
                               "' in the key of map '" + map_.map.value +
                               "': list the labels of the map");
      }
    }
  }

  void add_prefix(const LpmPrefix& prefix) {
    const config::Located<std::string> name{"prefix", map_.map.at};
    const std::vector<config::DecoderConfig> chain = {{{"prefix", map_.map.at}, {}}};
    if (claim(name)) add_field(name, prefix.field, chain, map_.map.at);
    if (!prefix.is_guess) return;
    diagnostics_.notice(map_.map.at, "the key of map '" + map_.map.value +
                                         "' has no BTF: what stands behind the length of its "
                                         "prefixes is taken for an address (label 'prefix')");
  }

  void add_unlisted(const kernel::Field& field) {
    const config::Located<std::string> name{label_name_of(field.path), map_.map.at};
    const bool is_address = kernel::address_of(*field.type, field.path) != kernel::Address::kNone;
    // No text stands for all members of a union at once: the decoder says which ones there are.
    const bool has_text = is_address || !field.type->is_composite();
    if (!has_text || claim(name)) add_field(name, field, {}, map_.map.at);
  }

  void add_cpu(const config::Located<std::string>& name) {
    if (!info_.shape.per_cpu) {
      error(name.at, "map '" + map_.map.value + "' is " +
                         kernel::with_article(kernel::map_type_name(info_.shape.type)) +
                         ", not a per-CPU map: it has no cpu to label");
    } else if (claim(name)) {
      compiled_.cpu = name.value;
    }
  }

  void mention_summed_away(const std::optional<kernel::Field>& slot) {
    // An event is not a key: most of its fields are there to be counted or observed.
    if (key_.type == nullptr || info_.key_role == kEventRole) return;
    std::vector<std::string> lost;
    if (slot) used_.push_back(*slot);
    for (const kernel::Field& field : kernel::leaf_fields(key_.type, key_.role)) {
      const auto touches = [&](const kernel::Field& other) { return share_bits(field, other); };
      if (std::none_of(used_.begin(), used_.end(), touches)) lost.push_back(field.path);
    }
    if (lost.empty() || info_.shape.max_entries == 1 || map_.only_key) return;
    diagnostics_.notice(map_.map.at, "key of map '" + map_.map.value + "': " + quoted_list(lost) +
                                         (lost.size() == 1 ? " is" : " are") + " summed away");
  }

  const config::Config& config_;
  const config::MapConfig& map_;
  const kernel::MapInfo& info_;
  Whole key_;
  config::Diagnostics& diagnostics_;
  CompiledLabels compiled_;
  std::set<std::string> names_;
  std::vector<kernel::Field> used_;
  bool ok_ = true;
};

}  // namespace

std::optional<CompiledLabels> compile_labels(const config::Config& config,
                                             const config::MapConfig& map,
                                             const kernel::MapInfo& info,
                                             const std::optional<kernel::Field>& slot,
                                             config::Diagnostics& diagnostics) {
  return LabelCompiler(config, map, info, diagnostics).compile(slot);
}

}  // namespace bpfmap::decode
