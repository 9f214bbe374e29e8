// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpfmap::kernel {

// Which pins of a folder belong together, and what they are: each by the id that the kernel gave
// it, which it never gives again before a reboot (and no pin outlives one).
struct PinManifest {
  struct Map {
    std::string name;
    std::uint32_t id = 0;
    std::string layout;  // see map_layout.h
    bool operator==(const Map&) const = default;
  };
  struct Entry {
    std::string program;
    std::uint32_t program_id = 0;
    std::uint32_t slot_id = 0;
    std::string signature;
    bool operator==(const Entry&) const = default;
  };
  struct Link {
    std::string program;
    std::string place;
    std::uint32_t id = 0;
    bool operator==(const Link&) const = default;
  };
  std::string object;  // the SHA-256 of its file
  std::vector<Map> maps;
  std::vector<Entry> entries;
  std::vector<Link> links;
  bool operator==(const PinManifest&) const = default;
};

// Lines of words. Nothing where the text is not one that format_manifest() makes.
std::string format_manifest(const PinManifest& manifest);
std::optional<PinManifest> parse_manifest(std::string_view text);

}  // namespace bpfmap::kernel
