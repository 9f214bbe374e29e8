// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach/binary_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <sstream>

namespace bpfmap::kernel {
namespace {

#if defined(__x86_64__)
constexpr const char* kLibraries = "/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu";
#elif defined(__aarch64__)
constexpr const char* kLibraries = "/lib/aarch64-linux-gnu:/usr/lib/aarch64-linux-gnu";
#else
constexpr const char* kLibraries = "/lib:/usr/lib";
#endif

std::string variable(const char* name) {
  // Nothing in this process changes its environment.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string() : value;
}

// The folders that libbpf looks into, in its order, separated by colons.
std::string folders_for(const std::string& binary) {
  if (binary.find(".so") == std::string::npos) return variable("PATH") + ":/usr/bin:/usr/sbin";
  return variable("LD_LIBRARY_PATH") + ":/usr/lib64:/usr/lib:" + kLibraries;
}

}  // namespace

std::string file_identity(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

std::string path_of_binary(const std::string& binary) {
  if (binary.find('/') != std::string::npos) return binary;
  std::istringstream folders(folders_for(binary));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    std::string path = folder + "/" + binary;
    if (!file_identity(path).empty()) return path;
  }
  return binary;
}

}  // namespace bpfmap::kernel
