// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/tc_filter.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <utility>

#include "kernel/libbpf/log.h"

namespace bpfmap::kernel {
namespace {

bpf_tc_hook make_hook(int interface_index, bpf_tc_attach_point point) {
  bpf_tc_hook hook{};
  hook.sz = sizeof(hook);
  hook.ifindex = interface_index;
  hook.attach_point = point;
  return hook;
}

bpf_tc_attach_point direction(bool ingress) { return ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS; }

// Both directions together stand for the qdisc itself.
bpf_tc_hook whole_qdisc(int interface_index) {
  return make_hook(interface_index,
                   static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS));
}

// Between the look and the removal another process may add a filter, which would be lost with
// the qdisc: the kernel has no "remove if empty". A qdisc that others use at that moment already
// is never touched.
void remove_qdisc_if_unused(int interface_index) {
  const auto used = has_tc_filters(interface_index);
  if (!used || *used) return;
  bpf_tc_hook hook = whole_qdisc(interface_index);
  bpf_tc_hook_destroy(&hook);
}

}  // namespace

tl::expected<TcFilter, int> TcFilter::create(const Place& place, int program_fd) {
  bpf_tc_hook hook = make_hook(place.interface_index, direction(place.ingress));
  const int created = bpf_tc_hook_create(&hook);
  if (created != 0 && created != -EEXIST) return unexpected(created);
  bpf_tc_opts options{};
  options.sz = sizeof(options);
  options.prog_fd = program_fd;
  options.priority = place.priority;
  if (const int failed = bpf_tc_attach(&hook, &options); failed != 0) {
    if (created == 0) remove_qdisc_if_unused(place.interface_index);
    return unexpected(failed);
  }
  TcFilter filter;
  filter.place_ = place;
  filter.place_.priority = options.priority;
  filter.handle_ = options.handle;
  filter.program_id_ = options.prog_id;
  filter.created_qdisc_ = created == 0;
  return filter;
}

TcFilter::TcFilter(TcFilter&& other) noexcept
    : place_(std::exchange(other.place_, {})),
      handle_(other.handle_),
      program_id_(other.program_id_),
      created_qdisc_(other.created_qdisc_) {}

TcFilter& TcFilter::operator=(TcFilter&& other) noexcept {
  if (this == &other) return *this;
  remove();
  place_ = std::exchange(other.place_, {});
  handle_ = other.handle_;
  program_id_ = other.program_id_;
  created_qdisc_ = other.created_qdisc_;
  return *this;
}

bool TcFilter::is_there() const {
  const LibbpfLog log;
  bpf_tc_hook hook = make_hook(place_.interface_index, direction(place_.ingress));
  bpf_tc_opts options{};
  options.sz = sizeof(options);
  options.handle = handle_;
  options.priority = place_.priority;
  const int failed = bpf_tc_query(&hook, &options);
  if (failed == 0) return program_id_ == 0 || options.prog_id == program_id_;
  return failed != -ENOENT && failed != -EINVAL && failed != -ENODEV;
}

// Nothing is left to be done about a failure here: mostly the interface is gone, and the filter
// with it. What took its place meanwhile belongs to another process.
void TcFilter::remove() {
  if (place_.interface_index == 0) return;
  bpf_tc_hook hook = make_hook(place_.interface_index, direction(place_.ingress));
  bpf_tc_opts options{};
  options.sz = sizeof(options);
  options.handle = handle_;
  options.priority = place_.priority;
  if (is_there()) bpf_tc_detach(&hook, &options);
  if (created_qdisc_) remove_qdisc_if_unused(place_.interface_index);
  place_ = {};
}

}  // namespace bpfmap::kernel
