// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include "host/cgroups/cgroup.h"

namespace bpfmap::host {
namespace {

constexpr std::size_t kContainerIdChars = 64;

bool is_hexadecimal(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_container_id(std::string_view text) {
  return text.size() == kContainerIdChars && is_hexadecimal(text);
}

// Takes `affix` off; false, and nothing changes, where it is not there.
bool take_prefix(std::string_view& text, std::string_view affix) {
  if (!text.starts_with(affix)) return false;
  text.remove_prefix(affix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view affix) {
  if (!text.ends_with(affix)) return false;
  text.remove_suffix(affix.size());
  return true;
}

struct Prefix {
  std::string_view text;
  std::string_view runtime;
};
// Before the id, in names of scopes and in those of the driver cgroupfs. crio-conmon- and
// libpod-conmon- are monitors of containers, which stay outside of them.
constexpr std::array kPrefixes = {
    Prefix{"docker-", "docker"},         Prefix{"cri-containerd-", "containerd"},
    Prefix{"nerdctl-", "containerd"},    Prefix{"crio-", "cri-o"},
    Prefix{"libpod-payload-", "podman"}, Prefix{"libpod-", "podman"},
};
// Between colons, where runc makes plain folders of what was meant for systemd:
// SLICE:cri-containerd:ID.
constexpr std::array kColonPrefixes = {
    Prefix{"docker", "docker"},      Prefix{"cri-containerd", "containerd"},
    Prefix{"nerdctl", "containerd"}, Prefix{"crio", "cri-o"},
    Prefix{"libpod", "podman"},
};
// Folders of containers whose own folder is their id and nothing else.
constexpr std::array kFolders = {
    Prefix{"docker", "docker"},
    Prefix{"k8s.io", "containerd"},
    Prefix{"default", "containerd"},
    Prefix{"moby", "docker"},
};

template <typename Table>
std::string_view runtime_in(const Table& table, std::string_view text) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [text](const Prefix& one) { return one.text == text; });
  return found == table.end() ? std::string_view() : found->runtime;
}

struct Container {
  std::string_view id;
  std::string_view runtime;
};

std::optional<Container> prefixed_container(std::string_view name) {
  take_suffix(name, ".scope");
  for (const Prefix& prefix : kPrefixes) {
    std::string_view id = name;
    if (take_prefix(id, prefix.text) && is_container_id(id)) return Container{id, prefix.runtime};
  }
  return std::nullopt;
}

std::optional<Container> colon_container(std::string_view name) {
  const std::size_t last = name.rfind(':');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const std::size_t first = name.rfind(':', last - 1);
  if (first == std::string_view::npos || !is_container_id(name.substr(last + 1))) {
    return std::nullopt;
  }
  return Container{name.substr(last + 1),
                   runtime_in(kColonPrefixes, name.substr(first + 1, last - first - 1))};
}

// Of lxc and systemd-nspawn, whose containers have names.
std::optional<Container> named_container(std::string_view name, std::string_view parent) {
  std::string_view id = name;
  if (take_prefix(id, "lxc.payload.") && !id.empty()) return Container{id, "lxc"};
  if (parent == "lxc") return Container{name, "lxc"};
  if (take_prefix(id, "machine-") && take_suffix(id, ".scope")) {
    return Container{id, "systemd-nspawn"};
  }
  id = name;
  if (take_prefix(id, "systemd-nspawn@") && take_suffix(id, ".service")) {
    return Container{id, "systemd-nspawn"};
  }
  return std::nullopt;
}

std::optional<Container> container_of(std::string_view name, std::string_view parent) {
  if (is_container_id(name)) return Container{name, runtime_in(kFolders, parent)};
  if (auto found = prefixed_container(name)) return found;
  if (auto found = colon_container(name)) return found;
  return named_container(name, parent);
}

// A UUID, with underscores in names of slices, or the hash of a static pod's configuration.
bool is_pod_uid(std::string_view text) {
  if (text.size() == 32) return is_hexadecimal(text);
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_separator = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_separator ? text[i] != '-' && text[i] != '_' : !is_hexadecimal(text.substr(i, 1))) {
      return false;
    }
  }
  return true;
}

std::string pod_uid_of(std::string_view name) {
  name = name.substr(0, name.find(':'));
  if (take_suffix(name, ".slice")) {
    const std::size_t at = name.rfind("-pod");
    if (at == std::string_view::npos || name.find("kubepods") == std::string_view::npos) return {};
    name.remove_prefix(at + 1);
  }
  if (!take_prefix(name, "pod") || !is_pod_uid(name)) return {};
  std::string uid(name);
  std::replace(uid.begin(), uid.end(), '_', '-');
  return uid;
}

bool is_unit(std::string_view name) {
  constexpr std::array<std::string_view, 5> kSuffixes = {".service", ".scope", ".socket", ".mount",
                                                         ".swap"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [name](std::string_view suffix) {
    return name.size() > suffix.size() && name.ends_with(suffix);
  });
}

// systemd puts an underscore before names that the kernel's files could have, too.
std::string_view unescaped(std::string_view unit) {
  return unit.starts_with('_') ? unit.substr(1) : unit;
}

// Walks down a path.
class OwnerFinder {
 public:
  void enter(std::string_view name) {
    if (name.empty() || name == "..") return;
    find_unit(name);
    if (std::string uid = pod_uid_of(name); !uid.empty()) {
      owner_.pod_uid = std::move(uid);
      set_container({});  // the node's, if Kubernetes itself runs in a container
    }
    if (const auto container = container_of(name, parent_)) set_container(*container);
    parent_ = name;
  }
  CgroupOwner take() { return std::move(owner_); }

 private:
  // The first one below the slices; what is further down was made by what runs in it.
  void find_unit(std::string_view name) {
    if (!in_slices_) return;
    in_slices_ = name.size() > 6 && name.ends_with(".slice");
    if (in_slices_ || is_unit(name)) owner_.systemd_unit = unescaped(name);
  }
  void set_container(const Container& container) {
    owner_.container_id = container.id;
    owner_.container_runtime = container.runtime;
  }

  CgroupOwner owner_;
  std::string_view parent_;
  bool in_slices_ = true;
};

}  // namespace

CgroupOwner owner_of(std::string_view path) {
  OwnerFinder finder;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    finder.enter(name);
    path.remove_prefix(std::min(name.size() + 1, path.size()));
  }
  return finder.take();
}

}  // namespace bpfmap::host
