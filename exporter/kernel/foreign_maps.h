// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "kernel/inventory/map_users.h"
#include "kernel/object_info.h"

// Maps that another process has loaded: found by their pins in bpffs, by name, or by id.
namespace bpfmap::kernel {

struct PinnedMaps {
  std::string path;  // or a glob(7); "*" does not match a leading dot
};
struct LoadedMapsByName {
  // The kernel keeps 15 characters; a longer name is compared as far. Or a pattern: no name
  // has its signs.
  std::string name;
  // Only those that a program of this name uses, or that a process holds (see map_users.h); one of
  // the two at most. Where both are empty: all of that name.
  std::string program = {};
  std::string owner = {};
};
struct LoadedMapById {
  std::uint32_t id = 0;
};
using ForeignMapQuery = std::variant<PinnedMaps, LoadedMapsByName, LoadedMapById>;

// A map that was found, open until this goes: nothing is kept open between walks, since an open
// descriptor keeps a map alive that its owner has given up.
struct ForeignMap {
  // Of a pin its file name (the path where folders match a glob, too), or the id.
  std::string label;
  UniqueFd fd;
  std::uint32_t id = 0;
  std::shared_ptr<const MapInfo> info;  // with BTF, where the map was created with it
  std::shared_ptr<const std::vector<GlobalInfo>> variables;  // in a map that is a section of them
};

// What an error says of maps that may appear later.
inline constexpr const char* kLookedForAgain = "it is looked for again at every walk";

// Finds them, time and again. Remembers what the kernel said about those that were there before (an
// id is not given to another map while the system runs). One thread at a time.
class ForeignMaps {
 public:
  explicit ForeignMaps(ForeignMapQuery query, bool writable = false)
      : query_(std::move(query)), writable_(writable) {}

  // What matches now, pins in the order of their paths, others of their ids; at least one. Nothing
  // that matches is an error (ENOENT), as are maps of maps that hold none, and a pin of something
  // else than a map; a glob passes the latter by as long as a map matches as well. Maps that vanish
  // meanwhile are left out.
  Result<std::vector<ForeignMap>> open();

  // "/sys/fs/bpf/x*", "id 7": for messages.
  std::string subject() const;

 private:
  // Whether it is a map; otherwise other_pin_ says what it is.
  Result<bool> open_pinned(const std::string& path, const std::string& label,
                           std::vector<ForeignMap>& maps);
  Result<void> open_all_pinned(const std::string& pattern, std::vector<ForeignMap>& maps);
  Result<void> open_by_name(const std::string& name, std::vector<ForeignMap>& maps);
  // Whether it is a map that matches `name` (any, where that is empty).
  Result<bool> open_id(std::uint32_t id, const std::string& name, std::vector<ForeignMap>& maps);
  // Leaves those that the user of the query uses.
  Result<void> choose_by_user(const LoadedMapsByName& query, std::vector<ForeignMap>& maps);
  // What is known of a map.
  struct Known {
    std::shared_ptr<const MapInfo> info;
    std::shared_ptr<const std::vector<GlobalInfo>> variables;
  };
  Result<Known> describe(int fd, std::uint32_t* id);
  Error error(int code, std::string detail) const;

  ForeignMapQuery query_;
  bool writable_;
  std::map<std::uint32_t, Known> known_;  // of the last open()
  std::map<std::uint32_t, Known> seen_;   // of this one
  std::string other_pin_;
  std::set<std::uint32_t> others_;  // ids of maps with another name
  // Which programs or processes use a map is looked up where other maps of the name are there than
  // before: it costs a look at all programs, or at all processes.
  MapUsers users_;
  std::set<std::uint32_t> asked_about_;
  std::set<std::uint32_t> used_;  // of those
};

}  // namespace bpfmap::kernel
