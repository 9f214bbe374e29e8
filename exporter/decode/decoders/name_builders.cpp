// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>

#include "decode/decoders/arguments.h"
#include "decode/decoders/builders.h"
#include "decode/decoders/ebpf_exporter_names.h"
#include "decode/decoders/field_shape.h"
#include "decode/decoders/host_ops.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/number_steps.h"
#include "decode/decoders/system_names.h"

// The decoders of numbers whose texts depend on an argument:
//   errno, syscall, pci_*: { names: system | ebpf_exporter }
//   majorminor: { encoding: kernel | user }
namespace bpfmap::decode {
namespace {

std::optional<Named> syscall_op(const Request& request) {
  const auto as_ebpf_exporter = parse_names(request);
  if (!as_ebpf_exporter) return std::nullopt;
  return Named{*as_ebpf_exporter ? ebpf_exporter_syscall_names() : syscall_names()};
}

host::PciIds::Kind pci_kind(std::string_view decoder) {
  using Kind = host::PciIds::Kind;
  if (decoder == "pci_class") return Kind::kClass;
  if (decoder == "pci_subclass") return Kind::kSubclass;
  return decoder == "pci_device" ? Kind::kDevice : Kind::kVendor;
}

std::optional<PciName> pci_op(const Request& request) {
  const auto as_ebpf_exporter = parse_names(request);
  if (!as_ebpf_exporter) return std::nullopt;
  return PciName{pci_kind(request.name), *as_ebpf_exporter};
}

// The kernel's own type, of four bytes: that of user space has the same name and eight.
bool is_kernel_device(const kernel::Field& field) {
  const std::optional<FieldNumbers> numbers = numbers_of(field);
  if (!numbers || numbers->scalar->size != sizeof(std::uint32_t)) return false;
  return numbers->scalar->name == "dev_t" || numbers->scalar->name == "__kernel_dev_t";
}

std::optional<BlockDeviceName> majorminor_op(const Request& request) {
  constexpr auto kEncodings = std::to_array<std::string_view>({"kernel", "user"});
  if (request.arguments.is_null()) {
    if (is_kernel_device(request.field)) return BlockDeviceName{DeviceEncoding::kKernel};
    request.fail(
        "'majorminor' cannot tell how the number is put together: write 'majorminor: {encoding: "
        "kernel}' for a dev_t of the kernel (major << 20 | minor), 'majorminor: {encoding: user}' "
        "for one of user space (bits 8 to 19 are the major number)");
    return std::nullopt;
  }
  const auto encoding = parse_choice(request, "encoding", kEncodings, 0);
  if (!encoding) return std::nullopt;
  return BlockDeviceName{*encoding == 0 ? DeviceEncoding::kKernel : DeviceEncoding::kUser};
}

}  // namespace

std::optional<bool> parse_names(const Request& request) {
  const auto choice = parse_choice(request, "names", kNameSources, 0);
  if (!choice) return std::nullopt;
  return *choice == kEbpfExporterNames;
}

std::optional<FirstStep> build_errno(const Request& request) {
  const auto as_ebpf_exporter = parse_names(request);
  if (!as_ebpf_exporter) return std::nullopt;
  if (*as_ebpf_exporter)
    return over_integers(request, std::optional(Named{ebpf_exporter_errno_names()}));
  return over_integers(request, std::optional(ErrnoName{errno_names()}));
}
std::optional<LaterStep> build_errno_text(const Request& request, const TextTraits& before) {
  const auto as_ebpf_exporter = parse_names(request);
  if (!as_ebpf_exporter) return std::nullopt;
  if (*as_ebpf_exporter) {
    return over_integer_text(request, before, std::optional(Named{ebpf_exporter_errno_names()}));
  }
  return over_integer_text(request, before, std::optional(ErrnoName{errno_names()}));
}

std::optional<FirstStep> build_majorminor(const Request& request) {
  return over_integers(request, majorminor_op(request));
}
std::optional<LaterStep> build_majorminor_text(const Request& request, const TextTraits& before) {
  return over_integer_text(request, before, majorminor_op(request));
}

std::optional<FirstStep> build_pci(const Request& request) {
  return over_integers(request, pci_op(request));
}
std::optional<LaterStep> build_pci_text(const Request& request, const TextTraits& before) {
  return over_integer_text(request, before, pci_op(request));
}

std::optional<FirstStep> build_syscall(const Request& request) {
  return over_integers(request, syscall_op(request));
}
std::optional<LaterStep> build_syscall_text(const Request& request, const TextTraits& before) {
  return over_integer_text(request, before, syscall_op(request));
}

}  // namespace bpfmap::decode
