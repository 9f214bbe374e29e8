// SPDX-License-Identifier: Apache-2.0
#include "support/bpffs.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace bpfmap::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMountPoint = "/sys/fs/bpf";
constexpr long kBpfFsMagic = 0xcafe4a11;

bool is_bpffs() {
  struct statfs info {};
  return ::statfs(kMountPoint, &info) == 0 && info.f_type == kBpfFsMagic;
}

}  // namespace

BpfFolder::BpfFolder() {
  // Another test may be faster, which is as good.
  if (!is_bpffs() && ::mount("bpf", kMountPoint, "bpf", 0, nullptr) != 0 && !is_bpffs()) {
    problem_ = std::string("no bpf file system can be mounted: ") + strerrordesc_np(errno);
    return;
  }
  // No dots: bpffs refuses names that have one.
  std::string name = std::string(kMountPoint) + "/bpfmap_test_XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) {
    problem_ = std::string("no folder can be made in /sys/fs/bpf: ") + strerrordesc_np(errno);
    return;
  }
  path_ = name;
  fs::permissions(path_, fs::perms(0755));
}

BpfFolder::~BpfFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

std::string BpfFolder::operator/(std::string_view name) const {
  return path_ + "/" + std::string(name);
}

std::string BpfFolder::pin(int fd, std::string_view name) const {
  const std::string path = *this / name;
  fs::create_directories(fs::path(path).parent_path());
  ::unlink(path.c_str());
  bpf_attr attributes;  // {} would clear the first member of the union only
  std::memset(&attributes, 0, sizeof(attributes));
  attributes.pathname = reinterpret_cast<std::uintptr_t>(path.c_str());
  attributes.bpf_fd = static_cast<std::uint32_t>(fd);
  EXPECT_EQ(::syscall(SYS_bpf, BPF_OBJ_PIN, &attributes, sizeof(attributes)), 0)
      << path << ": " << errno;
  return path;
}

void BpfFolder::unpin(std::string_view name) const {
  EXPECT_EQ(::unlink((*this / name).c_str()), 0) << (*this / name);
}

BpfMount::BpfMount() {
  if (::mount("bpf", path().c_str(), "bpf", 0, nullptr) == 0) return;
  problem_ = std::string("no bpf file system can be mounted: ") + strerrordesc_np(errno);
}

// What still uses it, a child that ends, must not keep the folder.
BpfMount::~BpfMount() {
  if (problem_.empty()) ::umount2(path().c_str(), MNT_DETACH);
}

}  // namespace bpfmap::test
