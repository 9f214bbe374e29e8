// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_interfaces.h"

#include <utility>
#include <vector>

namespace bpfmap::kernel {

Result<Attachments> attach_to_interfaces(
    const LoadedProgram& program, std::span<const std::string> patterns,
    const std::function<std::string(const Interface&)>& place_of,
    const std::function<Result<Attachment::Handle>(const Interface&)>& attach) {
  const Result<std::vector<Interface>> all = list_interfaces();
  if (!all) return unexpected(all.error());
  const Result<std::vector<Interface>> interfaces = select_interfaces(patterns, *all);
  if (!interfaces) return unexpected(for_program(interfaces.error(), program));
  Attachments attachments;
  for (const Interface& interface : *interfaces) {
    std::string place = place_of(interface);
    if (AttachmentPtr there = program.existing(place)) {
      attachments.add(std::move(there));
      continue;
    }
    Result<Attachment::Handle> handle = attach(interface);
    if (!handle) return unexpected(std::move(handle.error()));
    attachments.add(std::move(place), std::move(*handle));
  }
  return attachments;
}

}  // namespace bpfmap::kernel
