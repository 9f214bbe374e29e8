// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>

#include <optional>
#include <string>
#include <string_view>

// The types of programs whose sections libbpf does not know.
#include "model/attach_target.h"

namespace bpfmap::kernel {

struct ProgramType {
  bpf_prog_type type = BPF_PROG_TYPE_UNSPEC;
  bpf_attach_type attach_type{};
};

// Of a section, or of what it begins with: what libbpf knows as "classifier" was written as
// "classifier/ingress" for years, and "xdp/eth0" is ebpf_exporter's.
std::optional<ProgramType> type_of_section(std::string_view section);

// Of the programs that can be attached to a target; null where it fits several types and does
// not say which.
std::optional<ProgramType> type_of_target(const model::AttachTarget& target);

// libbpf's name: "xdp"; kUntyped for BPF_PROG_TYPE_UNSPEC.
std::string name_of_type(bpf_prog_type type);

// Why a cgroup target's `type` is none; empty where it is one, or is left out.
std::string why_not_cgroup_type(const std::string& type);

}  // namespace bpfmap::kernel
