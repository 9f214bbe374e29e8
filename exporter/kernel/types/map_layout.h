// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bpf/libbpf.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace bpfmap::kernel {

// The name of a map, that of its section for variables: ".bss". libbpf calls those after the
// object's file, which may be renamed.
std::string lasting_name(const bpf_map* map);

// Whether the contents of a map mean something to an object that is loaded later: not those of
// maps that belong to the code (constants, tables of programs, libbpf's own) or to a process
// (perf event arrays).
bool outlives_its_object(const bpf_map* map);

// Everything that has to be the same for an object to go on with the contents of a map that
// another one has filled, in words of the form NAME=VALUE: its sizes, the names and places of what
// is in key and value, and the values that its variables begin with. Before loading. The error is
// that of broken BTF.
Result<std::string> map_layout(const bpf_object* object, const bpf_map* map);

// How one layout differs from another: "value=16 instead of value=8". Empty where it does not.
std::string layout_difference(std::string_view now, std::string_view before);

}  // namespace bpfmap::kernel
