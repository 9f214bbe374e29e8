// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/cgroup_ops.h"

#include <algorithm>

#include "host/pod_names.h"

namespace bpfmap::decode {
namespace {

constexpr std::string_view kUnknownId = "unknown_cgroup_id:";

}  // namespace

std::size_t CgroupText::max_text() const {
  constexpr std::size_t kMaxPath = 1024;  // that of a container in a container has about 400
  constexpr std::size_t kMaxName = 255;   // NAME_MAX
  return what == What::kFile || what == What::kPath ? kMaxPath : kMaxName;
}

std::string_view CgroupText::text_of(const host::Cgroup& cgroup, DecodeState& state) const {
  switch (what) {
    case What::kFile: return cgroup.file;
    case What::kPath: return cgroup.path();
    case What::kContainerId: return cgroup.owner.container_id;
    case What::kPodUid: return cgroup.owner.pod_uid;
    case What::kSystemdUnit: return cgroup.owner.systemd_unit;
    case What::kContainerRuntime: return cgroup.owner.container_runtime;
    case What::kPod:
    case What::kPodNamespace:
    case What::kContainer: return pod_text(cgroup.owner, state);
  }
  return {};
}

// Empty for what is in no pod, and for the container of what belongs to a pod as a whole.
std::string_view CgroupText::pod_text(const host::CgroupOwner& owner, DecodeState& state) const {
  if (owner.pod_uid.empty() && owner.container_id.empty()) return {};
  const host::PodSnapshot& pods = state.host.pods();
  const host::PodName* name = pods.find_container(owner.container_id);
  if (name == nullptr) name = pods.find_pod(owner.pod_uid);
  // A container outside of Kubernetes has no pod, rather than one that is not known.
  if (name == nullptr) return owner.pod_uid.empty() ? std::string_view() : kUnknown;
  switch (what) {
    case What::kPod: return name->pod;
    case What::kPodNamespace: return name->pod_namespace;
    default: return name->container;
  }
}

char* CgroupText::write_unknown(Number number, char* out) const {
  if (!keeps_unknown) return copy_text(out, kUnknown);
  out = copy_text(out, kUnknownId);
  return write_integer(out, number);
}

TextTraits CgroupText::traits(NumberRange) const {
  TextTraits traits;
  traits.max_bytes = std::max(max_text(), kUnknownId.size() + exposition::kMaxIntegerChars);
  traits.room = traits.max_bytes;
  traits.is_injective = what == What::kFile || what == What::kPath;
  traits.form = traits.is_injective ? TextTraits::Form::kOther : TextTraits::Form::kMixed;
  return traits;
}

}  // namespace bpfmap::decode
