// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bpfmap::host {

// What the path of a cgroup says about its maker (systemd, a container runtime), see
// docs/cgroups.md. Empty where it says nothing.
struct CgroupOwner {
  std::string container_id;       // of the innermost container
  std::string pod_uid;            // of the innermost Kubernetes pod, with dashes
  std::string systemd_unit;       // of this machine's systemd; a slice where there is no other unit
  std::string container_runtime;  // docker, containerd, cri-o, podman, lxc, systemd-nspawn
};

// `path` is that within the hierarchy: "/", "/system.slice/ssh.service", also as a cgroup namespace
// shows it: "/../cri-containerd-....scope". Pure; any thread.
CgroupOwner owner_of(std::string_view path);

// A cgroup as it was when it was found. Immutable.
struct Cgroup {
  std::uint64_t id = 0;         // what bpf_get_current_cgroup_id() returns
  std::string file;             // where it is mounted: "/sys/fs/cgroup/system.slice/ssh.service"
  std::size_t mount_bytes = 0;  // of `file`: the mount point
  CgroupOwner owner;

  // Within what is mounted: "/system.slice/ssh.service"; "/" for the topmost one.
  std::string_view path() const {
    const std::string_view whole = file;
    return whole.size() == mount_bytes ? std::string_view("/") : whole.substr(mount_bytes);
  }
};
using CgroupPtr = std::shared_ptr<const Cgroup>;

}  // namespace bpfmap::host
