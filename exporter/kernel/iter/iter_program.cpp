// SPDX-License-Identifier: Apache-2.0
#include "kernel/iter/iter_program.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "kernel/iter/iter_objects.h"
#include "kernel/libbpf/hints.h"
#include "kernel/libbpf/load_failure.h"
#include "kernel/libbpf/log.h"
#include "kernel/types/btf_layout.h"

namespace bpfmap::kernel {
namespace {

using Request = IterProgram::Request;

bool is_older_than(const SystemState& state, const std::string& since) {
  int major = 0;
  int minor = 0;
  return std::sscanf(since.c_str(), "%d.%d", &major, &minor) == 2 && state.older_than(major, minor);
}

unexpected<Error> refusal(const Request& request, RefusedOperation operation, int code,
                          const LibbpfLog& log) {
  const SystemState state = read_system_state();
  const LoadFailure failure = explain_load_failure(log.warnings());
  Error error{.kind = ErrorKind::kSystem,
              .operation = "read map",
              .subject = "'" + request.map + "'",
              .code = code};
  if (!libbpf_error_in_words(code).empty()) error.code = 0;
  error.detail =
      operation == RefusedOperation::kAttach ? "attach its iterator" : "load its iterator";
  if (is_older_than(state, request.since)) {
    error.hint =
        "this kernel is older than Linux " + request.since + ", which brought the iterator";
  } else {
    if (!failure.detail.empty()) error.detail += ": " + failure.detail;
    error.hint = hint_for({operation, code, "tracing", "iter", failure.verifier}, state);
  }
  return unexpected(std::move(error));
}

// The map behind a data section: ".rodata" of an object whose maps are named "iter_map.rodata".
bpf_map* section_map(const bpf_object* object, std::string_view section) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (bpf_map__is_internal(map) && std::string_view(bpf_map__name(map)).ends_with(section)) {
      return map;
    }
  }
  return nullptr;
}

// 0 or a negative errno.
int set_constants(const bpf_object* object, const Request& request) {
  if (request.constants.empty()) return 0;
  bpf_map* map = section_map(object, ".rodata");
  if (map == nullptr) return -ENOENT;
  std::size_t size = 0;
  const void* initial = bpf_map__initial_value(map, &size);
  std::vector<std::byte> content(size);
  if (initial != nullptr) std::memcpy(content.data(), initial, size);
  BtfLayout layout(bpf_object__btf(object));
  const auto variables = layout.variables(bpf_map__btf_value_type_id(map));
  if (!variables) return -EINVAL;
  for (const auto& constant : request.constants) {
    const auto& value = constant.second;
    const auto variable = std::find_if(variables->begin(), variables->end(),
                                       [&](const auto& one) { return one.name == constant.first; });
    if (variable == variables->end() || variable->offset + sizeof(value) > size) return -ENOENT;
    std::memcpy(content.data() + variable->offset, &value, sizeof(value));
  }
  return bpf_map__set_initial_value(map, content.data(), content.size());
}

}  // namespace

Result<IterProgram> IterProgram::open(const Request& request) {
  const LibbpfLog log;
  const auto bytes = embedded_object(request.object);
  bpf_object_open_opts options{};
  options.sz = sizeof(options);
  const std::string name(request.object);
  options.object_name = name.c_str();
  ObjectPtr object(bpf_object__open_mem(bytes.data(), bytes.size(), &options));
  int error = object ? set_constants(object.get(), request) : -errno;
  if (error == 0 && request.storage_fd >= 0) {
    error = bpf_map__reuse_fd(bpf_object__find_map_by_name(object.get(), "storage"),
                              request.storage_fd);
  }
  if (error == 0) error = bpf_object__load(object.get());
  if (error != 0) return refusal(request, RefusedOperation::kLoadProgram, -error, log);

  bpf_iter_link_info target = request.target;
  bpf_iter_attach_opts attach{};
  attach.sz = sizeof(attach);
  if (request.has_target) {
    attach.link_info = &target;
    attach.link_info_len = sizeof(target);
  }
  const bpf_program* program = bpf_object__next_program(object.get(), nullptr);
  LinkPtr link(bpf_program__attach_iter(program, &attach));
  if (!link) return refusal(request, RefusedOperation::kAttach, errno, log);
  return IterProgram(request.map, std::move(object), std::move(link));
}

Result<UniqueFd> IterProgram::start() const {
  UniqueFd walk(bpf_iter_create(bpf_link__fd(link_.get())));
  if (walk) return walk;
  return unexpected(Error{.kind = ErrorKind::kSystem,
                          .operation = "read map",
                          .subject = "'" + map_ + "'",
                          .code = errno,
                          .detail = "start its iterator"});
}

int IterProgram::data_fd() const {
  const bpf_map* map = section_map(object_.get(), ".data");
  return map == nullptr ? -1 : bpf_map__fd(map);
}

}  // namespace bpfmap::kernel
