// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/object.h"

namespace bpfmap::kernel {

// Whether libbpf attaches a program of this section by itself: "tp_btf/sched_switch" does, "xdp"
// does not.
bool libbpf_attaches(std::string_view section);

// The target that a section names, where libbpf does not attach by it: two conventions of
// ebpf_exporter that it does not know, SEC("xdp/INTERFACE") and
// SEC("perf_event/type=T,config=C,frequency=F"); and probes in binaries,
// SEC("uprobe/BINARY:FUNCTION") and SEC("usdt/BINARY:PROVIDER:NAME") with their kin, of which it
// refuses the names that Go gives functions, and does not follow the binary. Null for every other
// section.
std::optional<AttachTarget> target_in_section(std::string_view section);

// "xdp", "tc", ...: the target's name in a configuration.
std::string_view target_kind(const AttachTarget& target);

// Whether programs of libbpf's type `type` can be attached to such a target.
bool target_fits(const AttachTarget& target, std::string_view type);

// What a program of this type and section lacks to be attached, and what to write to give it.
std::string how_to_attach(std::string_view type, std::string_view section);

}  // namespace bpfmap::kernel
