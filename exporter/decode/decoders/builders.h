// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "decode/decoders/field_shape.h"
#include "decode/decoders/request.h"
#include "decode/decoders/step.h"

// What decoders are built of, and the builders of those that are more than a line in registry.cpp.
namespace bpfmap::decode {

// The only argument of a decoder, which is one of these words: its index, or that of `otherwise`
// where there is no argument. Reports what is wrong.
std::optional<std::size_t> parse_choice(const Request& request, std::string_view argument,
                                        std::span<const std::string_view> words,
                                        std::size_t otherwise);

// The argument `names: system | ebpf_exporter` of a decoder that takes no other: whether its texts
// are to be those of ebpf_exporter. Nothing where it is wrong, which is reported.
std::optional<bool> parse_names(const Request& request);

// The decoders that are more than a line (decode/decoders/registry.h).
std::optional<FirstStep> build_hex(const Request& request);
std::optional<FirstStep> build_string(const Request& request);
std::optional<FirstStep> build_enum(const Request& request);
std::optional<FirstStep> build_ipv4(const Request& request);
std::optional<FirstStep> build_ipv6(const Request& request);
std::optional<FirstStep> build_ksym(const Request& request);
std::optional<LaterStep> build_ksym_of_text(const Request& request, const TextTraits& before);
std::optional<FirstStep> build_kstack(const Request& request);
std::optional<FirstStep> build_usym(const Request& request);
std::optional<FirstStep> build_ustack(const Request& request);
std::optional<FirstStep> build_dname(const Request& request);
std::optional<FirstStep> build_duration(const Request& request);
std::optional<FirstStep> build_ethertype(const Request& request);
std::optional<FirstStep> build_inet_ip(const Request& request);
std::optional<FirstStep> build_errno(const Request& request);
std::optional<FirstStep> build_mac(const Request& request);
std::optional<FirstStep> build_majorminor(const Request& request);
std::optional<FirstStep> build_namespace(const Request& request);
std::optional<FirstStep> build_pci(const Request& request);
std::optional<FirstStep> build_port(const Request& request);
std::optional<FirstStep> build_prefix(const Request& request);
std::optional<FirstStep> build_syscall(const Request& request);
std::optional<FirstStep> build_uint(const Request& request);
std::optional<FirstStep> build_uuid(const Request& request);
std::optional<LaterStep> build_dname_text(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_duration_text(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_errno_text(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_majorminor_text(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_map(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_namespace_text(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_pci_text(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_regexp(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_syscall_text(const Request& request, const TextTraits& before);
// Of all decoders of cgroup ids.
std::optional<FirstStep> build_cgroup(const Request& request);
std::optional<LaterStep> build_cgroup_later(const Request& request, const TextTraits& before);
std::optional<LaterStep> build_unnamed(const Request& request, const TextTraits& before);

// What a field is by its type; nothing where it is no address. Those that may be of either family
// are a guess, which is said.
std::optional<FirstStep> address_step(const Request& request);
// Of integers of 128 bits; nothing for other fields.
std::optional<FirstStep> wide_step(const kernel::Field& field, bool in_hex = false);

Named make_ethertype();
FirstStep enum_step(const FieldNumbers& numbers);
FirstStep hex_step(const FieldNumbers& numbers);

}  // namespace bpfmap::decode
