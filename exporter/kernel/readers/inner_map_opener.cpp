// SPDX-License-Identifier: Apache-2.0
#include "kernel/readers/inner_map_opener.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <cerrno>
#include <string>

#include "kernel/types/loaded_shape.h"

namespace bpfmap::kernel {
namespace {

class KernelInnerMaps final : public InnerMapOpener {
 public:
  Result<Inner> open(std::uint32_t id) override {
    Inner inner{UniqueFd(bpf_map_get_fd_by_id(id)), {}};
    if (!inner.fd) return refused(id);
    bpf_map_info info{};
    if (const int code = read_map_info(inner.fd.get(), info); code != 0) {
      errno = code;
      return refused(id);
    }
    inner.shape = shape_of(info);
    return inner;
  }

 private:
  static unexpected<Error> refused(std::uint32_t id) {
    const int code = errno;
    return unexpected(Error{.kind = ErrorKind::kSystem,
                            .operation = "open inner map",
                            .subject = "with id " + std::to_string(id),
                            .code = code,
                            .hint = code == EPERM ? "opening maps by id needs CAP_SYS_ADMIN" : ""});
  }
};

}  // namespace

InnerMapOpener& kernel_inner_maps() {
  static KernelInnerMaps instance;
  return instance;
}

}  // namespace bpfmap::kernel
