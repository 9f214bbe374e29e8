// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "model/attach_target.h"

namespace bpfmap::kernel {

// Whether libbpf attaches a program of this section by itself: "tp_btf/sched_switch" does,
// "xdp" does not.
bool libbpf_attaches(std::string_view section);

// The target that a section names, where libbpf does not attach by it: two conventions of
// ebpf_exporter that it does not know, SEC("xdp/INTERFACE") and
// SEC("perf_event/type=T,config=C,frequency=F"); and probes in binaries,
// SEC("uprobe/BINARY:FUNCTION") and SEC("usdt/BINARY:PROVIDER:NAME") with their kin, of which
// it refuses the names that Go gives functions, and does not follow the binary. Null for
// every other section.
std::optional<model::AttachTarget> target_in_section(std::string_view section);

// Whether a section of tc names the way out: "tc/egress", "classifier/egress".
bool says_egress(std::string_view section);

// "xdp", "tc", ...: the target's name in a configuration.
std::string_view target_kind(const model::AttachTarget& target);

// Whether programs of libbpf's type `type` can be attached to such a target. One that is kUntyped
// can where the target says the type.
bool target_fits(const model::AttachTarget& target, std::string_view type);

// Why not, as a sentence; empty where it fits.
std::string why_target_does_not_fit(const model::AttachTarget& target, std::string_view type);

// The type of a program through its targets, each of which fits what came before it. One thread
// at a time.
class TypeOfTargets {
 public:
  explicit TypeOfTargets(std::string own) : name_(std::move(own)) {}

  const std::string& name() const { return name_; }
  // False where the target asks for another attach type than one before it.
  bool take(const model::AttachTarget& target);

 private:
  std::string name_;
  std::string cgroup_type_;
};
inline constexpr const char* kSeveralTypes =
    "its targets in cgroups are of several types, and a program has one";

// What is said of a program that is kUntyped: what gives it a type.
inline constexpr const char* kHowToType =
    "its section says nothing of its type, which is that of what it is attached to: write attach: "
    "{ xdp: ... }, { tc: ... }, { cgroup: { path: ..., type: ... } }, { perf_event: ... }, "
    "{ uprobe: ... } or { usdt: ... }";

// What a program of this type and section lacks to be attached, and what to write to give it.
std::string how_to_attach(std::string_view type, std::string_view section);

}  // namespace bpfmap::kernel
