// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "decode/decoders/arguments.h"
#include "decode/decoders/builders.h"
#include "decode/decoders/field_shape.h"
#include "decode/decoders/number_steps.h"
#include "decode/decoders/stack_ops.h"
#include "decode/decoders/symbol_text.h"
#include "decode/field_lookup.h"

// The decoders that make symbols of addresses:
//   ksym:   { offset: true, module: true, names: ebpf_exporter }
//   kstack: { separator: TEXT, depth: N, offset: true, module: true, map: NAME, names: ... }
//   usym:   { pid: FIELD, offset: true, demangle: true }
//   ustack: { pid: FIELD, separator: TEXT, depth: N, offset: true, demangle: true, map: NAME }
namespace bpfmap::decode {
namespace {

constexpr std::uint32_t kMostFrames = 1024;

KernelSymbolForm kernel_form(Arguments& arguments) {
  KernelSymbolForm form;
  form.with_offset = arguments.flag("offset");
  form.with_module = arguments.flag("module");
  form.as_ebpf_exporter = arguments.choice("names", kNameSources) == kEbpfExporterNames;
  return form;
}

std::optional<KernelSymbolName> kernel_name(const Request& request) {
  Arguments arguments(request, {"offset", "module", "names"});
  KernelSymbolForm form = kernel_form(arguments);
  form.names_starts_only = form.as_ebpf_exporter;
  if (!arguments.is_good()) return std::nullopt;
  return KernelSymbolName{form};
}

StackForm stack_form(Arguments& arguments) {
  StackForm form;
  form.depth = arguments.number("depth", 1, kMostFrames).value_or(kMostFrames);
  if (const auto* separator = arguments.text("separator", "a text that stands between symbols")) {
    form.separator = separator->scalar;
  }
  return form;
}

std::optional<FramesInKey> frames_in_key(const Request& request) {
  const kernel::Type& type = *request.field.type;
  const bool is_array = type.kind == kernel::TypeKind::kArray && type.size != 0 &&
                        type.size % sizeof(std::uint64_t) == 0;
  if (is_array && (type.element->size == sizeof(std::uint64_t) || is_byte_array(type))) {
    return FramesInKey{request.field.offset,
                       type.size / static_cast<std::uint32_t>(sizeof(std::uint64_t))};
  }
  request.fail(in_quotes(request.name) +
               " needs an array of addresses (u64[]), or 'map: NAME' where " +
               describe(request.field) + " is the id of a stack in that map");
  return std::nullopt;
}

std::shared_ptr<const kernel::StackMap> find_stacks(const Request& request,
                                                    const config::Tree& name) {
  if (request.map == nullptr || request.map->stacks == nullptr) {
    request.fail_at(name.at,
                    "'map' names a map of the same object, but this map is not one of an "
                    "object that this file loads");
    return nullptr;
  }
  std::vector<std::string> names;
  for (const auto& map : *request.map->stacks) {
    names.push_back(map->name());
    if (map->name() != name.scalar) continue;
    if (!map->has_build_ids()) return map;
    request.fail_at(name.at, "map " + in_quotes(name.scalar) +
                                 " holds build ids instead of addresses (BPF_F_STACK_BUILD_ID), "
                                 "which have no symbols here");
    return nullptr;
  }
  const std::string others =
      names.empty() ? " (the object has none)" : suggestion(name.scalar, names);
  request.fail_at(name.at, "no map " + in_quotes(name.scalar) + " of type stack_trace" + others);
  return nullptr;
}

std::optional<FramesById> frames_by_id(const Request& request, const config::Tree& name) {
  const std::optional<FieldNumbers> numbers = require_integers(request);
  std::shared_ptr<const kernel::StackMap> map = find_stacks(request, name);
  if (!numbers || map == nullptr) return std::nullopt;
  if (numbers->is_array || numbers->range.bits < 32) {
    request.fail(in_quotes(request.name) + " needs a number of 32 bits or more, which " +
                 describe(request.field) + " is not");
    return std::nullopt;
  }
  return FramesById{numbers->source, std::move(map)};
}

// The key's field that says which process an address is one of.
std::optional<NumberSource> pid_field(const Request& request, Arguments& arguments) {
  const config::Tree* path = arguments.text("pid", "the field of the key that holds the pid");
  if (path == nullptr) {
    if (arguments.is_good()) {
      request.fail(in_quotes(request.name) + " needs the field that says which process it is: " +
                   in_quotes(std::string(request.name) + ": {pid: FIELD}"));
    }
    return std::nullopt;
  }
  if (request.map == nullptr) return std::nullopt;
  const config::FieldRef reference{path->at, path->scalar, std::nullopt};
  const auto field = find_field(reference, key_of(*request.map), request.diagnostics);
  if (!field) return std::nullopt;
  const auto numbers = numbers_of(*field);
  if (numbers && !numbers->is_array && is_integer(*numbers->scalar)) return numbers->source;
  request.fail_at(path->at,
                  "'pid' is a field that is an integer, which " + describe(*field) + " is not");
  return std::nullopt;
}

std::optional<UserFrameName> user_name(const Request& request, Arguments& arguments) {
  const auto pid = pid_field(request, arguments);
  const bool with_offset = arguments.flag("offset");
  const bool demangles = arguments.flag("demangle");
  if (!pid || !arguments.is_good()) return std::nullopt;
  return UserFrameName{*pid, with_offset, demangles};
}

template <typename Frames, typename Name>
FirstStep stack_step(Frames frames, Name name, StackForm form) {
  using Step = Stack<Frames, Name>;
  return {Step{std::move(frames), std::move(name), std::move(form)}, Step::traits()};
}

// The step for a stack in the key or in a map, as the arguments say.
template <typename Name>
std::optional<FirstStep> build_stack(const Request& request, const config::Tree* map, Name name,
                                     StackForm form) {
  if (map != nullptr) {
    auto frames = frames_by_id(request, *map);
    if (!frames) return std::nullopt;
    return stack_step(*std::move(frames), std::move(name), std::move(form));
  }
  const auto frames = frames_in_key(request);
  if (!frames) return std::nullopt;
  return stack_step(*frames, std::move(name), std::move(form));
}

}  // namespace

std::optional<FirstStep> build_ksym(const Request& request) {
  const auto name = kernel_name(request);
  const auto numbers = require_integers(request);
  if (!name || !numbers) return std::nullopt;
  return over_field(*numbers, *name);
}

std::optional<LaterStep> build_ksym_of_text(const Request& request, const TextTraits& before) {
  const auto name = kernel_name(request);
  if (!name || !require_integer_text(request, before)) return std::nullopt;
  return over_text(before, *name);
}

std::optional<FirstStep> build_kstack(const Request& request) {
  Arguments arguments(request, {"map", "separator", "depth", "offset", "module", "names"});
  const KernelSymbolForm names = kernel_form(arguments);
  StackForm form = stack_form(arguments);
  if (names.as_ebpf_exporter) form.of_no_frames = {};
  const config::Tree* map = arguments.text("map", "the name of a map of type stack_trace");
  if (!arguments.is_good()) return std::nullopt;
  return build_stack(request, map, KernelFrameName{names}, std::move(form));
}

std::optional<FirstStep> build_usym(const Request& request) {
  Arguments arguments(request, {"pid", "offset", "demangle"});
  const auto name = user_name(request, arguments);
  const auto numbers = require_integers(request);
  if (!name || !numbers) return std::nullopt;
  if (numbers->is_array) {
    request.fail("'usym' needs one address; 'ustack' takes an array of them");
    return std::nullopt;
  }
  return FirstStep{UserSymbolName{numbers->source, *name}, UserSymbolName::traits()};
}

std::optional<FirstStep> build_ustack(const Request& request) {
  Arguments arguments(request, {"pid", "map", "separator", "depth", "offset", "demangle"});
  StackForm form = stack_form(arguments);
  const config::Tree* map = arguments.text("map", "the name of a map of type stack_trace");
  const auto name = user_name(request, arguments);
  if (!name || !arguments.is_good()) return std::nullopt;
  return build_stack(request, map, *name, std::move(form));
}

}  // namespace bpfmap::decode
