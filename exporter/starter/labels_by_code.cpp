// SPDX-License-Identifier: Apache-2.0
#include "starter/labels_by_code.h"

#include "decode/decoder_names.h"
#include "starter/origins.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

// With the decoders that take the stack's map, and the field of the key that has the process.
std::string stack_decoder(kernel::Meaning meaning, const KeyFacts& code,
                          const std::string& process) {
  if (code.stack_map.empty()) return {};
  const bool is_user = meaning == kernel::Meaning::kUserStack;
  if (is_user && process.empty()) return {};
  return std::string(is_user ? "{ ustack: { map: " : "{ kstack: { map: ") + scalar(code.stack_map) +
         (is_user ? ", pid: " + scalar(process) : "") + ", separator: \";\" } }";
}

std::string decoder_of(kernel::Meaning meaning, const KeyFacts& code, const std::string& process) {
  switch (meaning) {
    case kernel::Meaning::kSystemCall: return "syscall";
    case kernel::Meaning::kCgroup: return "cgroup";
    case kernel::Meaning::kUser: return "uid";
    case kernel::Meaning::kKernelStack:
    case kernel::Meaning::kUserStack: return stack_decoder(meaning, code, process);
    default: return {};
  }
}

std::string why_by_code(kernel::Meaning meaning) {
  switch (meaning) {
    case kernel::Meaning::kProcess: return "a process, by the code; a series for each";
    case kernel::Meaning::kThread: return "a thread, by the code; a series for each";
    case kernel::Meaning::kUser: return "a user, by the code";
    case kernel::Meaning::kCpu: return "a CPU, by the code";
    case kernel::Meaning::kCgroup: return "a cgroup, by the code";
    case kernel::Meaning::kSystemCall: return "a system call, by the code";
    case kernel::Meaning::kKernelStack:
    case kernel::Meaning::kUserStack: return "a stack, by the code; a series for each";
    default: return {};
  }
}

kernel::Meaning meaning_of(const kernel::Field& field, const KeyFacts& code) {
  if (code.use == nullptr || field.bit_size != 0) return kernel::Meaning::kNone;
  const kernel::MemoryPart* part = part_at(code.use->keys, field.offset, field.type->size);
  const bool is_plain =
      part != nullptr && part->origin == kernel::NumberOrigin{part->origin.meaning};
  return is_plain ? part->origin.meaning : kernel::Meaning::kNone;
}

}  // namespace

std::string process_in(const std::vector<UsableField>& fields, const KeyFacts& code) {
  std::string by_name;
  for (const UsableField& usable : fields) {
    const std::string& path = usable.field.path;
    if (meaning_of(usable.field, code) == kernel::Meaning::kProcess) return path;
    const bool is_either = path == "pid" || path == "pid_tgid";
    if (path == "tgid" || (is_either && by_name.empty())) by_name = path;
  }
  return by_name;
}

LabelDraft label_by_code(const std::string& map, const UsableField& usable, const std::string& role,
                         const KeyFacts& code, const std::string& process) {
  const kernel::Field& field = usable.field;
  const kernel::Meaning meaning = meaning_of(field, code);
  LabelDraft label = label_of(map, usable, role);
  const std::string why = why_by_code(meaning);
  if (why.empty()) return label;
  std::string decoder = decoder_of(meaning, code, process);
  if (!decode::has_decoder(decoder.substr(0, decoder.find(' '))) && !decoder.starts_with("{")) {
    decoder.clear();
  }
  const std::string name = name_of_meaning(meaning);
  label.why = why;
  if (field.path == role && !name.empty()) label.name = name;
  std::string inside;
  if (label.name != field.path) inside = "field: " + scalar(field.path);
  if (!decoder.empty()) inside += (inside.empty() ? "decode: " : ", decode: ") + decoder;
  label.text = inside.empty() ? std::string() : "{ " + inside + " }";
  return label;
}

std::optional<std::int64_t> constant_in_key(const kernel::Field& field, const KeyFacts& code) {
  const bool is_known = code.use != nullptr && !code.use->other_keys && !code.use->escapes;
  if (!is_known || field.bit_size != 0) return std::nullopt;
  const std::uint32_t end = field.offset + field.type->size;
  std::optional<std::int64_t> constant;
  for (const auto& [offset, part] : code.use->keys) {
    if (offset >= end || offset + part.size <= field.offset) continue;
    const bool is_same = offset == field.offset && part.size == field.type->size;
    // Several fields at once are set to zero.
    const bool is_zero = part.constant == 0 && offset <= field.offset && end <= offset + part.size;
    if (constant || !part.constant || (!is_same && !is_zero)) return std::nullopt;
    constant = part.constant;
  }
  return constant;
}

std::string only_key(const decode::Whole& key, const KeyFacts& code) {
  if (key.type == nullptr) return {};
  std::string text;
  for (const UsableField& usable : usable_fields(key)) {
    const auto constant = constant_in_key(usable.field, code);
    if (!constant) return {};
    text += (text.empty() ? "" : ", ") + std::to_string(*constant);
  }
  return text;
}

}  // namespace bpfmap::starter
