// SPDX-License-Identifier: Apache-2.0
#include "starter/config_text.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>
#include <vector>

#include "config/load.h"
#include "decode/compile_object.h"
#include "decode/number_source.h"
#include "kernel/map_types.h"
#include "kernel/memory_use.h"
#include "starter/maps.h"
#include "starter/programs.h"
#include "starter/sizes.h"
#include "starter/words.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

// "packets" for "build/packets.bpf.o" and "builtin:packets".
std::string short_name(const std::string& object) {
  const std::size_t begin = object.find_last_of("/:") + 1;  // npos + 1 is 0
  std::string name = object.substr(begin, object.find('.', begin) - begin);
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_'; });
  return name.empty() ? "object" : name;
}

// "100", or "..." of what is no number.
std::string initial_text(const kernel::GlobalInfo& variable, const std::vector<std::byte>& bytes) {
  kernel::Field whole{"", variable.type};
  const auto source = decode::NumberSource::of(whole);
  if (!source || bytes.size() != variable.type->size) return "...";
  const decode::Number number = source->read(bytes.data());
  if (variable.type->kind == kernel::TypeKind::kBool) return number.bits != 0 ? "true" : "false";
  switch (number.kind) {
    case decode::Number::Kind::kUnsigned: return std::to_string(number.bits);
    case decode::Number::Kind::kSigned: return std::to_string(number.as_signed());
    default: return "...";
  }
}

class Writer {
 public:
  Writer(const kernel::Object& object, const std::string& origin)
      : object_(object),
        origin_(origin),
        programs_(programs_yaml(object.programs())),
        maps_(sized_maps(object.maps())),
        uses_(object.memory_uses()),
        namer_(short_name(object.name())) {}

  Result<std::string> write() {
    for (const kernel::MapInfo& map : maps_) add(map);
    add_variables();
    add_sizes();
    if (entries_.empty() && !has_events_) entries_ = bookkeeping_;
    if (entries_.empty()) return nothing_to_export();
    return header() + origin_ + "\n" + programs_ + globals() + "\nmaps:\n" + entries_ + sizes_ +
           variables_ + (left_out_.empty() ? "" : "\n" + left_out_);
  }

 private:
  void add(const kernel::MapInfo& map) {
    has_events_ = has_events_ || kernel::is_event_stream(map.shape.type);
    MapEntry entry = map_entry(object_, map, namer_, use_of(map.name));
    if (!entry.yaml.empty()) {
      const std::string problem = why_not_accepted(entry.yaml);
      if (!problem.empty()) entry = {{}, problem, false};
    }
    if (entry.left_out.empty()) return append(entry.yaml, entries_);
    const std::string note = comment("left out: map " + map.name + ": " + entry.left_out, "  ");
    if (entry.is_bookkeeping) {
      append(entry.yaml, bookkeeping_);
      return append(note, bookkeeping_notes_);
    }
    append(note, left_out_);
    reasons_ += "\n  map " + map.name + ": " + entry.left_out;
  }

  const kernel::MemoryUse* use_of(const std::string& name) const {
    const auto use = uses_.find(name);
    return use == uses_.end() ? nullptr : &use->second;
  }

  static void append(const std::string& entry, std::string& entries) {
    entries += (entries.empty() ? "" : "\n") + entry;
  }

  // All maps have to be made, exported or not.
  void add_sizes() {
    for (const kernel::MapInfo& map : object_.maps()) {
      const std::string lines = sizes_yaml(map);
      if (lines.empty()) continue;
      const std::string head = "  - map: " + scalar(map.name) + "\n";
      std::string& entries = entries_.empty() ? bookkeeping_ : entries_;
      if (const std::size_t at = entries.find(head); at != std::string::npos) {
        entries.insert(at + head.size(), lines);
      } else {
        sizes_ += "\n" + head + lines;
      }
    }
  }

  // Variables that programs add to are numbers as those of maps are. What they write otherwise is a
  // note of theirs more often, and is exported where there is nothing else.
  void add_variables() {
    std::vector<std::string> others;
    std::string example;
    std::string all;
    for (const kernel::GlobalInfo& variable : object_.globals()) {
      if (!variable.section.starts_with(".bss")) continue;
      const VariableEntry entry = own_variable_entry(variable, namer_, use_of(variable.name));
      if (entry.yaml.empty() || !why_not_accepted(entry.yaml).empty()) continue;
      if (entry.adds_up) {
        append(entry.yaml, entries_);
        continue;
      }
      append(entry.yaml, all);
      example.empty() ? void(example = entry.yaml) : others.push_back(variable.name);
    }
    if (entries_.empty() && bookkeeping_.empty()) {
      entries_ = all;
    } else if (!example.empty()) {
      mention_variables(example, others);
    }
    if (!entries_.empty() && !bookkeeping_notes_.empty()) append(bookkeeping_notes_, left_out_);
  }

  void mention_variables(const std::string& example, const std::vector<std::string>& others) {
    variables_ = "\n" + comment("Global variables can be read as maps are:", "  ") +
                 commented_out(example, "  ");
    if (others.empty()) return;
    variables_ += comment("The others are " + joined(others, ", ") + ".", "  ");
  }

  // Settings of the programs, which are left as they are.
  std::string globals() const {
    std::string text;
    for (const kernel::GlobalInfo& variable : object_.globals()) {
      if (variable.section.starts_with(".bss")) continue;
      text += comment_line("   " + variable.name + ": " +
                           initial_text(variable, object_.initial_value(variable)) + "  # " +
                           variable.type->name);
    }
    if (text.empty()) return text;
    return "\n" +
           comment(
               "Variables that can be set before the programs are loaded, with what they are now:",
               "") +
           "# globals:\n" + text;
  }

  // The first thing that `check` would not accept; empty where it accepts all.
  std::string why_not_accepted(const std::string& entry) const {
    auto source = std::make_shared<config::Source>(
        config::Source{"starter.yaml", origin_ + "\n" + programs_ + "maps:\n" + entry});
    config::Diagnostics diagnostics(source);
    const config::Config config =
        config::parse_config(source, config::process_environment(), diagnostics);
    const decode::ObjectFacts facts{
        object_.name(), object_.programs(), maps_, object_.globals(),
        [this](const std::string& name) { return object_.struct_type(name); }};
    decode::MetricNames names;
    decode::compile_object(config, facts, names, diagnostics);
    for (const config::Diagnostic& one : diagnostics.all()) {
      if (one.severity == config::Severity::kError) return one.message;
    }
    return {};
  }

  std::string header() const {
    return comment("A configuration for " + object_.name() +
                       " to start from, written by `bpfmap_exporter init`. Names, kinds and units "
                       "are guesses from names, types and code in the object: read them, and write "
                       "better help texts. docs/configuration.md of the exporter has the language; "
                       "`bpfmap_exporter check FILE` compares a file with its object, "
                       "`bpfmap_exporter dump --config FILE --for 5s` shows what it exports.",
                   "") +
           "\n";
  }

  Result<std::string> nothing_to_export() const {
    return unexpected(Error{.kind = ErrorKind::kConfiguration,
                            .operation = "write a configuration for",
                            .subject = object_.name(),
                            .detail = reasons_.empty()
                                          ? "it has neither maps nor variables to export"
                                          : "nothing in it can be exported" + reasons_});
  }

  const kernel::Object& object_;
  std::string origin_;
  std::string programs_;
  std::vector<kernel::MapInfo> maps_;  // as they will be made
  kernel::MemoryUses uses_;
  MetricNamer namer_;
  std::string entries_;
  std::string bookkeeping_;  // entries that are of no use as long as there are others
  std::string bookkeeping_notes_;
  std::string sizes_;  // entries of maps that are not exported, and have to be made nonetheless
  std::string variables_;
  std::string left_out_;
  std::string reasons_;
  bool has_events_ = false;
};

}  // namespace

Result<std::string> config_text(const kernel::Object& object, const std::string& origin) {
  return Writer(object, origin).write();
}

}  // namespace bpfmap::starter
