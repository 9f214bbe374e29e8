// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "host/cgroups/cgroup.h"

namespace bpfmap::host {
namespace {

const std::string kId = "3f4c8b1e9a7d6052c1b3e4f5a6978801122334455667788990aabbccddeeff00";
const std::string kOther = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
const std::string kUid = "8f3c1d5e-72ab-4c9d-9e01-2b7f6a5d4c3b";
const std::string kSliceUid = "8f3c1d5e_72ab_4c9d_9e01_2b7f6a5d4c3b";
const std::string kHash = "0123456789abcdef0123456789abcdef";

struct OwnerCase {
  std::string path;
  std::string container;
  std::string runtime;
  std::string pod;
  std::string unit;
};

// "docker-ID.scope" with the pieces that make up a path.
const std::string kPodSlice = "kubepods-burstable-pod" + kSliceUid + ".slice";
const std::string kSlices = "/kubepods.slice/kubepods-burstable.slice/" + kPodSlice;

const OwnerCase kOwners[] = {
    {"/", "", "", "", ""},
    {"/init.scope", "", "", "", "init.scope"},
    {"/system.slice", "", "", "", "system.slice"},
    {"/system.slice/ssh.service", "", "", "", "ssh.service"},
    {"/system.slice/system-getty.slice/getty@tty1.service", "", "", "", "getty@tty1.service"},
    {"/system.slice/_cpu.service", "", "", "", "cpu.service"},
    {"/system.slice/dbus.socket", "", "", "", "dbus.socket"},
    {"/user.slice/user-1000.slice/session-3.scope", "", "", "", "session-3.scope"},
    {"/user.slice/user-1000.slice/user@1000.service/app.slice/firefox.service", "", "", "",
     "user@1000.service"},
    // Docker
    {"/docker/" + kId, kId, "docker", "", ""},
    {"/system.slice/docker-" + kId + ".scope", kId, "docker", "", "docker-" + kId + ".scope"},
    {"/system.slice/docker-" + kId + ".scope/init", kId, "docker", "", "docker-" + kId + ".scope"},
    {"/docker/" + kId + "/docker/" + kOther, kOther, "docker", "", ""},
    {"/docker/" + kId + "/system.slice/nginx.service", kId, "docker", "", ""},
    {"/ecs/0123abcd/" + kId, kId, "", "", ""},
    {"/actions_job/" + kId, kId, "", "", ""},
    {"system.slice:docker:" + kId, kId, "docker", "", ""},
    // containerd
    {"/k8s.io/" + kId, kId, "containerd", "", ""},
    {"/default/" + kId, kId, "containerd", "", ""},
    {"/user.slice/nerdctl-" + kId + ".scope", kId, "containerd", "", "nerdctl-" + kId + ".scope"},
    // Podman
    {"/machine.slice/libpod-" + kId + ".scope", kId, "podman", "", "libpod-" + kId + ".scope"},
    {"/machine.slice/libpod-" + kId + ".scope/container", kId, "podman", "",
     "libpod-" + kId + ".scope"},
    {"/machine.slice/libpod-conmon-" + kId + ".scope", "", "", "",
     "libpod-conmon-" + kId + ".scope"},
    {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope", kId,
     "podman", "", "user@1000.service"},
    {"/libpod_parent/libpod-" + kId, kId, "podman", "", ""},
    {"/system.slice/web.service/libpod-payload-" + kId, kId, "podman", "", "web.service"},
    // LXC, systemd-nspawn
    {"/lxc.payload.web", "web", "lxc", "", ""},
    {"/lxc/web", "web", "lxc", "", ""},
    {"/lxc.monitor.web", "", "", "", ""},
    {"/machine.slice/machine-web.scope", "web", "systemd-nspawn", "", "machine-web.scope"},
    {"/machine.slice/systemd-nspawn@web.service/payload", "web", "systemd-nspawn", "",
     "systemd-nspawn@web.service"},
    // Kubernetes by systemd
    {"/kubepods.slice", "", "", "", "kubepods.slice"},
    {kSlices, "", "", kUid, kPodSlice},
    {kSlices + "/cri-containerd-" + kId + ".scope", kId, "containerd", kUid,
     "cri-containerd-" + kId + ".scope"},
    {kSlices + "/crio-" + kId + ".scope", kId, "cri-o", kUid, "crio-" + kId + ".scope"},
    {kSlices + "/crio-" + kId + ".scope/container", kId, "cri-o", kUid, "crio-" + kId + ".scope"},
    {kSlices + "/crio-conmon-" + kId + ".scope", "", "", kUid, "crio-conmon-" + kId + ".scope"},
    {kSlices + "/docker-" + kId + ".scope", kId, "docker", kUid, "docker-" + kId + ".scope"},
    {"/kubepods.slice/kubepods-pod" + kSliceUid + ".slice/cri-containerd-" + kId + ".scope", kId,
     "containerd", kUid, "cri-containerd-" + kId + ".scope"},
    {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + kHash + ".slice/crio-" +
         kId + ".scope",
     kId, "cri-o", kHash, "crio-" + kId + ".scope"},
    // ... by folders
    {"/kubepods/burstable/pod" + kUid, "", "", kUid, ""},
    {"/kubepods/burstable/pod" + kUid + "/" + kId, kId, "", kUid, ""},
    {"/kubepods/pod" + kUid + "/" + kId, kId, "", kUid, ""},
    {"/kubepods/besteffort/pod" + kHash + "/crio-" + kId, kId, "cri-o", kHash, ""},
    {"/" + kPodSlice + ":cri-containerd:" + kId, kId, "containerd", kUid, ""},
    {"/system.slice/containerd.service/" + kPodSlice + ":cri-containerd:" + kId, kId, "containerd",
     kUid, "containerd.service"},
    // ... in a container, and a container in a pod
    {"/docker/" + kOther + "/kubelet/kubepods/burstable/pod" + kUid + "/" + kId, kId, "", kUid, ""},
    {"/docker/" + kOther +
         "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
         "kubelet-kubepods-besteffort-pod" +
         kSliceUid + ".slice",
     "", "", kUid, ""},
    {"/kubepods/pod" + kUid + "/" + kId + "/docker/" + kOther, kOther, "docker", kUid, ""},
    // ... as a cgroup namespace shows it
    {"/../cri-containerd-" + kId + ".scope", kId, "containerd", "",
     "cri-containerd-" + kId + ".scope"},
    {"/../../" + kPodSlice + "/crio-" + kId + ".scope", kId, "cri-o", kUid,
     "crio-" + kId + ".scope"},
    // What only looks like one
    {"/docker", "", "", "", ""},
    {"/docker/" + kId.substr(1), "", "", "", ""},
    {"/pod-of-whales", "", "", "", ""},
    {"/podman", "", "", "", ""},
    {"/system.slice/my-pod" + kSliceUid + ".slice", "", "", "", "my-pod" + kSliceUid + ".slice"},
    {"/docker-" + kId + "x.scope", "", "", "", "docker-" + kId + "x.scope"},
    {"/a:b:", "", "", "", ""},
    {"/::" + kId, kId, "", "", ""},
    {"/:" + kId, "", "", "", ""},
    {"/.slice/.service", "", "", "", ""},
};

TEST(CgroupOwner, IsReadOffPathsOfManyMakers) {
  for (const OwnerCase& one : kOwners) {
    const CgroupOwner owner = owner_of(one.path);
    EXPECT_EQ(owner.container_id, one.container) << one.path;
    EXPECT_EQ(owner.container_runtime, one.runtime) << one.path;
    EXPECT_EQ(owner.pod_uid, one.pod) << one.path;
    EXPECT_EQ(owner.systemd_unit, one.unit) << one.path;
  }
}

}  // namespace
}  // namespace bpfmap::host
