// SPDX-License-Identifier: Apache-2.0
#include "base/suggest.h"
#include "decode/decoders/builders.h"
#include "decode/decoders/cgroup_ops.h"
#include "decode/decoders/field_shape.h"
#include "decode/decoders/number_steps.h"
#include "host/cgroup_mounts.h"

namespace bpfmap::decode {
namespace {

// The arguments of all decoders of cgroups; `cgroup` has more.
class CgroupArguments {
 public:
  CgroupArguments(const Request& request, CgroupText& op) : request_(request), op_(op) {}

  bool parse() {
    const config::Tree& arguments = request_.arguments;
    if (arguments.is_null()) return true;
    if (!arguments.is_mapping()) {
      request_.fail_at(arguments.at, in_quotes(request_.name) + " takes " + choices());
      return false;
    }
    for (const auto& [key, value] : arguments.pairs) {
      if (!parse_one(key, value)) return false;
    }
    return true;
  }

 private:
  bool is_path() const { return op_.what == CgroupText::What::kFile; }

  std::string choices() const {
    return is_path() ? "'hierarchy: NAME', 'path: mounted', 'path: relative', 'keep_unknown: true' "
                       "and nothing else"
                     : "'hierarchy: NAME' and nothing else";
  }

  bool parse_one(const config::Located<std::string>& key, const config::Tree& value) {
    if (key.value == "hierarchy") return parse_hierarchy(value);
    if (is_path_ && key.value == "path") return parse_path(value);
    if (is_path_ && key.value == "keep_unknown") return parse_keep_unknown(value);
    std::vector<std::string> keys = {"hierarchy"};
    if (is_path_) keys.insert(keys.end(), {"keep_unknown", "path"});
    request_.fail_at(key.at, "unknown argument " + in_quotes(key.value) + " of " +
                                 in_quotes(request_.name) + suggestion(key.value, keys));
    return false;
  }

  bool parse_hierarchy(const config::Tree& value) {
    if (value.is_scalar() && !value.scalar.empty()) {
      op_.hierarchy = std::make_shared<const std::string>(value.scalar);
      return true;
    }
    request_.fail_at(value.at,
                     "'hierarchy' is 'unified' or one of cgroup v1, such as 'memory' or "
                     "'name=systemd'");
    return false;
  }

  bool parse_path(const config::Tree& value) {
    if (value.is_scalar() && (value.scalar == "mounted" || value.scalar == "relative")) {
      op_.what = value.scalar == "mounted" ? CgroupText::What::kFile : CgroupText::What::kPath;
      return true;
    }
    request_.fail_at(value.at, "'path' is either 'mounted' or 'relative'");
    return false;
  }

  bool parse_keep_unknown(const config::Tree& value) {
    if (value.is_scalar() && (value.scalar == "true" || value.scalar == "false")) {
      op_.keeps_unknown = value.scalar == "true";
      return true;
    }
    request_.fail_at(value.at, "'keep_unknown' is either true or false");
    return false;
  }

  const Request& request_;
  CgroupText& op_;
  const bool is_path_ = is_path();
};

CgroupText::What what_of(std::string_view decoder) {
  using What = CgroupText::What;
  if (decoder == "container") return What::kContainer;
  if (decoder == "container_id") return What::kContainerId;
  if (decoder == "container_runtime") return What::kContainerRuntime;
  if (decoder == "pod") return What::kPod;
  if (decoder == "pod_namespace") return What::kPodNamespace;
  if (decoder == "pod_uid") return What::kPodUid;
  if (decoder == "systemd_unit") return What::kSystemdUnit;
  return What::kFile;
}

std::optional<CgroupText> make_cgroup_text(const Request& request) {
  static const auto unified = std::make_shared<const std::string>(host::kUnifiedHierarchy);
  CgroupText op{what_of(request.name), false, unified};
  if (!CgroupArguments(request, op).parse()) return std::nullopt;
  return op;
}

// An id may also come as 8 bytes in the order of the machine.
kernel::Field as_id(const kernel::Field& field) {
  constexpr std::uint32_t kIdBytes = 8;
  if (!is_byte_array(*field.type) || field.type->size != kIdBytes) return field;
  kernel::Type id;
  id.kind = kernel::TypeKind::kUnsigned;
  id.size = kIdBytes;
  id.name = "__u64";
  kernel::Field number = field;
  number.type = std::make_shared<const kernel::Type>(std::move(id));
  return number;
}

}  // namespace

std::optional<FirstStep> build_cgroup(const Request& request) {
  const std::optional<CgroupText> op = make_cgroup_text(request);
  if (!op) return std::nullopt;
  const kernel::Field field = as_id(request.field);
  const std::optional<FieldNumbers> numbers =
      require_integers({field, request.name, request.at, request.arguments, request.diagnostics});
  if (!numbers) return std::nullopt;
  return over_field(*numbers, *op);
}

std::optional<LaterStep> build_cgroup_later(const Request& request, const TextTraits& before) {
  const std::optional<CgroupText> op = make_cgroup_text(request);
  if (!op || !require_integer_text(request, before)) return std::nullopt;
  return over_text(before, *op);
}

}  // namespace bpfmap::decode
