// SPDX-License-Identifier: Apache-2.0
#include "starter/labels.h"

#include <algorithm>
#include <set>

#include "decode/lpm_prefix.h"
#include "starter/labels_by_code.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

LabelDraft bytes_label(const decode::Whole& key) {
  return {"key", "{ offset: 0, size: " + std::to_string(key.size) + ", type: bytes }",
          "the object has no BTF for this key: name its parts by offset, size and type", false};
}

std::string why_constant(const std::string& path, std::int64_t constant) {
  return "left out: " + path + ", which is always " + std::to_string(constant) +
         " while the settings of the object (`globals`) are as they are";
}

LabelDraft prefix_label(const decode::LpmPrefix& prefix) {
  const kernel::Field& field = prefix.field;
  if (!prefix.is_guess) {
    return {"prefix", "{ field: " + scalar(field.path) + ", decode: prefix }",
            "a prefix of an address, with its length", false};
  }
  return {
      "prefix",
      "{ offset: 0, size: " + std::to_string(field.type->size) + ", type: bytes, decode: prefix }",
      "guess: a prefix of an address, by the size of the key", false};
}

}  // namespace

std::vector<LabelDraft> labels_of(const std::string& map, const decode::Whole& key,
                                  const std::string& slot, const KeyFacts& code) {
  if (key.type == nullptr) return {bytes_label(key)};
  std::vector<LabelDraft> labels;
  std::set<std::string> names;
  const std::vector<UsableField> fields = usable_fields(key);
  const std::string process = process_in(fields, code);
  for (const UsableField& usable : fields) {
    if (usable.field.path == slot) continue;
    if (const auto constant = constant_in_key(usable.field, code)) {
      labels.push_back(LabelDraft{{}, {}, why_constant(usable.field.path, *constant), false});
      continue;
    }
    LabelDraft label = label_by_code(map, usable, key.role, code, process);
    if (!names.insert(label.name).second) continue;
    labels.push_back(std::move(label));
  }
  return labels;
}

std::vector<LabelDraft> labels_of_trie(const kernel::MapInfo& rows) {
  const decode::Whole key = decode::key_of(rows);
  const auto prefix = decode::lpm_prefix(rows);
  const std::vector<UsableField> fields = usable_fields(key);
  const auto is_address = [](const UsableField& usable) {
    return decode::is_address_in_trie(usable.field);
  };
  const bool has_prefix = std::any_of(fields.begin(), fields.end(), is_address);
  std::vector<LabelDraft> labels;
  if (prefix) labels.push_back(prefix_label(*prefix));
  for (const UsableField& usable : fields) {
    if (prefix && usable.field.offset <= prefix->field.offset) continue;
    if (has_prefix && usable.field.offset == 0) continue;  // the length, which prefixes show
    labels.push_back(label_of(rows.name, usable, key.role));
    if (!is_address(usable)) continue;
    LabelDraft& label = labels.back();
    const std::string& path = usable.field.path;
    label.text =
        "{ " + (label.name == path ? "" : "field: " + scalar(path) + ", ") + "decode: prefix }";
    label.why =
        "a prefix of an address: its length is what the bits before it leave of that of "
        "the key";
  }
  return labels.empty() ? labels_of(rows.name, key, "") : labels;
}

std::string labels_yaml(const std::vector<LabelDraft>& labels) {
  const bool has_any = std::any_of(labels.begin(), labels.end(),
                                   [](const LabelDraft& label) { return !label.name.empty(); });
  std::string text = has_any ? "    labels:\n" : "    labels: {}\n";
  for (const LabelDraft& label : labels) {
    text += comment(label.why, "      ");
    if (label.name.empty()) continue;
    text +=
        "      " + scalar(label.name) + ":" + (label.text.empty() ? "" : " " + label.text) + "\n";
  }
  return text;
}

}  // namespace bpfmap::starter
