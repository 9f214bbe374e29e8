// SPDX-License-Identifier: Apache-2.0
#include "starter/origins.h"

namespace bpfmap::starter {
namespace {

using kernel::Meaning;
using kernel::NumberOrigin;

constexpr std::int64_t kHalf = 32;  // a logarithm of the upper half of a number has as much added

std::optional<SlotScale> logarithmic(const NumberOrigin& slot) {
  SlotScale scale;
  scale.unit = unit_of_origin(slot);
  switch (slot.added % kHalf) {
    case 0:
      scale.yaml = "scale: log2";
      scale.why = "log2: programs look for the highest bit of a number";
      break;
    case 1:
      scale.yaml = "scale: bcc_hist";
      scale.why = "bcc_hist: programs look for the highest bit of a number and add one";
      break;
    default: return std::nullopt;
  }
  if (slot.divided > 1 && !scale.unit) {
    scale.why += ", which they have divided by " + std::to_string(slot.divided);
    if (slot.divided == 1024) scale.unit = Unit{"1KiB", ""};
  }
  return scale;
}

std::optional<SlotScale> linear(const NumberOrigin& slot, std::uint32_t element) {
  const std::uint64_t width = slot.divided * element;
  if (slot.divided > UINT32_MAX || width % slot.multiplied != 0) return std::nullopt;
  const std::uint64_t step = width / slot.multiplied;
  SlotScale scale;
  const NumberOrigin whole{slot.meaning, slot.shape, 1, 1, 0};
  scale.unit = unit_of_origin(whole);
  scale.is_index = step == 1;
  scale.yaml = step == 1 ? "scale: linear" : "scale: linear_floor, step: " + std::to_string(step);
  scale.why = step == 1 ? "linear: programs count in the slot of a number itself"
                        : "linear_floor: programs divide a number by " + std::to_string(step);
  return scale;
}

}  // namespace

std::optional<Unit> unit_of_origin(const NumberOrigin& origin) {
  const bool is_whole = origin.is_plain() ? origin.multiplied == 1 : origin.is_logarithm();
  if (origin.meaning != Meaning::kElapsed || !is_whole) return std::nullopt;
  switch (origin.divided) {
    case 1: return Unit{"1ns", "seconds"};
    case 1'000: return Unit{"1us", "seconds"};
    case 1'000'000: return Unit{"1ms", "seconds"};
    case 1'000'000'000: return Unit{"1s", "seconds"};
    default: return std::nullopt;
  }
}

std::optional<Unit> unit_by_code(const kernel::MemoryUse& use, std::uint32_t offset) {
  if (const auto added = use.added.find(offset); added != use.added.end()) {
    return unit_of_origin(added->second);
  }
  const auto put = use.values.find(offset);
  return put == use.values.end() ? std::nullopt : unit_of_origin(put->second.origin);
}

std::optional<SlotScale> scale_of_slots(const NumberOrigin& slot, std::uint32_t element) {
  if (slot.is_logarithm() && slot.multiplied == element) return logarithmic(slot);
  if (slot.is_plain() && slot.multiplied != 0) return linear(slot, element);
  return std::nullopt;
}

std::string name_of_meaning(Meaning meaning) {
  switch (meaning) {
    case Meaning::kProcess: return "pid";
    case Meaning::kThread: return "tid";
    case Meaning::kProcessAndThread: return "pid_tgid";
    case Meaning::kUser: return "uid";
    case Meaning::kCpu: return "cpu";
    case Meaning::kCgroup: return "cgroup";
    case Meaning::kKernelStack: return "kernel_stack";
    case Meaning::kUserStack: return "user_stack";
    case Meaning::kSystemCall: return "syscall";
    case Meaning::kCommand: return "comm";
    default: return {};
  }
}

const kernel::MemoryPart* part_at(const kernel::MemoryParts& parts, std::uint32_t offset,
                                  std::uint32_t size) {
  const auto part = parts.find(offset);
  return part == parts.end() || part->second.size != size ? nullptr : &part->second;
}

}  // namespace bpfmap::starter
