// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace bpfmap::kernel {

// Places of programs that come, go and are replaced while the programs are attached, by what
// tells of it.
struct PlaceKinds {
  bool interfaces = false;
  bool cpus = false;
  bool paths = false;  // binaries, cgroups and network namespaces

  bool any() const { return interfaces || cpus || paths; }
  bool overlaps(const PlaceKinds& other) const {
    return (interfaces && other.interfaces) || (cpus && other.cpus) || (paths && other.paths);
  }
  void add(const PlaceKinds& other) {
    interfaces = interfaces || other.interfaces;
    cpus = cpus || other.cpus;
    paths = paths || other.paths;
  }
  bool operator==(const PlaceKinds&) const = default;
};
inline constexpr PlaceKinds kAllPlaces{true, true, true};

// What to watch so that no change of the places of programs is missed.
struct FollowedPlaces {
  PlaceKinds kinds;
  // Of binaries and network namespaces, and of folders in which cgroups come and go.
  std::vector<std::string> paths;
};

}  // namespace bpfmap::kernel
