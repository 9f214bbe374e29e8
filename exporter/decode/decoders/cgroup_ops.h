// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/text.h"
#include "host/cgroup_view.h"

namespace bpfmap::decode {

// What the host knows of a cgroup, whose id is the number.
struct CgroupText {
  // One text for all ids that are of no cgroup, so that no rubbish in a map makes
  // series without end.
  static constexpr std::string_view kUnknown = "unknown";

  enum class What : std::uint8_t {
    kFile,  // with the mount point
    kPath,
    kContainerId,
    kPodUid,
    kSystemdUnit,
    kContainerRuntime,
    kPod,
    kPodNamespace,
    kContainer,
  };
  What what = What::kFile;
  bool keeps_unknown = false;  // "unknown_cgroup_id:17" instead, as ebpf_exporter does
  std::shared_ptr<const std::string> hierarchy{};

  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    const host::CgroupView::Found found = state.host.cgroups().find(*hierarchy, number.bits);
    if (found.is_ambiguous) state.lossy = true;
    if (found.is_hidden && !keeps_unknown) return write_integer(out, number);
    if (found.cgroup == nullptr) return write_unknown(number, out);
    std::string_view text = text_of(*found.cgroup, state);
    if (text.size() > max_text()) {
      text = text.substr(0, max_text());
      state.lossy = true;
    }
    return Sink::write(out, text, state);
  }
  TextTraits traits(NumberRange range) const;

 private:
  std::string_view text_of(const host::Cgroup& cgroup, DecodeState& state) const;
  std::string_view pod_text(const host::CgroupOwner& owner, DecodeState& state) const;
  char* write_unknown(Number number, char* out) const;
  std::size_t max_text() const;
};

}  // namespace bpfmap::decode
