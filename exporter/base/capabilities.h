// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bpfmap {

// Capabilities of Linux (capabilities(7)), by their numbers.
class CapabilitySet {
 public:
  CapabilitySet() = default;
  explicit CapabilitySet(std::uint64_t bits) : bits_(bits) {}

  void add(int number) { bits_ |= std::uint64_t{1} << static_cast<unsigned>(number); }
  bool has(int number) const { return (bits_ >> static_cast<unsigned>(number) & 1) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint64_t bits() const { return bits_; }
  CapabilitySet both(CapabilitySet other) const { return CapabilitySet(bits_ & other.bits_); }

 private:
  std::uint64_t bits_ = 0;
};

// Newer than the headers of some systems.
inline constexpr int kCapPerfmon = 38;
inline constexpr int kCapBpf = 39;
inline constexpr int kCapCheckpointRestore = 40;

inline constexpr int kMostCapabilities = 64;  // that the kernel's interface has room for

// "cap_bpf"; nothing for a number that has no name (in the libcap that this runs with).
std::optional<std::string> capability_name(int number);
// "cap_bpf", "CAP_BPF" or "bpf"; nothing for an unknown name.
std::optional<int> capability_number(std::string_view name);
// "cap_bpf,cap_perfmon"; "none" where there are none. Those without a name by number.
std::string capability_names(CapabilitySet set);

// What the calling thread is permitted.
Result<CapabilitySet> permitted_capabilities();

// Gives up all other capabilities, for good: of the calling thread, and of threads and processes
// that it starts from now on. Other threads keep theirs.
Result<void> keep_capabilities(CapabilitySet kept);

// For threads that read files and do little else: keeps CAP_DAC_READ_SEARCH and `others`, as far as
// they are there.
void keep_capabilities_to_read(CapabilitySet others = {});

}  // namespace bpfmap
