// SPDX-License-Identifier: Apache-2.0
#include "kernel/pin_folder.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>

namespace bpfmap::kernel {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOnlyUs = S_IRWXU;
constexpr auto kKinds =
    std::to_array<std::string_view>({"map-", "link-", "entry-", "slot-", "manifest"});

Error pin_error(const std::string& path, int code, std::string detail = {}) {
  return Error{.kind = ErrorKind::kSystem,
               .operation = "pin to",
               .subject = path,
               .code = code,
               .detail = std::move(detail)};
}

// The folder itself or the nearest one above it that there is.
std::string existing_part(const std::string& path) {
  std::error_code ignored;
  fs::path part = fs::absolute(path);
  while (part.has_relative_path() && !fs::exists(part, ignored)) part = part.parent_path();
  return part.string();
}

Result<void> check_file_system(const std::string& base) {
  const std::string there = existing_part(base);
  struct statfs info {};
  if (statfs(there.c_str(), &info) != 0) return unexpected(pin_error(there, errno));
  if (static_cast<unsigned long>(info.f_type) == BPF_FS_MAGIC) return {};
  Error error = pin_error(base, 0, there + " is not in a bpf file system");
  error.hint = base.starts_with("/sys/fs/bpf") ? "mount one: mount -t bpf bpf /sys/fs/bpf"
                                               : "choose a folder below /sys/fs/bpf";
  return unexpected(std::move(error));
}

// A user that can write there can put anything in the place of the exporter's pins.
Result<void> check_owner(const std::string& path, int fd) {
  struct stat info {};
  if (fstat(fd, &info) != 0) return unexpected(pin_error(path, errno));
  if (info.st_uid != geteuid()) {
    return unexpected(
        pin_error(path, 0, "the folder belongs to user " + std::to_string(info.st_uid)));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  Error error = pin_error(path, 0, "others than its owner may write to the folder");
  // Others need that one.
  const bool is_shared = path == "/sys/fs/bpf" || path == "/sys/fs/bpf/";
  error.hint = is_shared ? "choose a folder below it, such as /sys/fs/bpf/bpfmap_exporter"
                         : "chmod 700 " + path;
  return unexpected(std::move(error));
}

Result<UniqueFd> open_folder(const std::string& path) {
  if (mkdir(path.c_str(), kOnlyUs) != 0 && errno != EEXIST) {
    return unexpected(pin_error(path, errno, "make the folder"));
  }
  UniqueFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) return unexpected(pin_error(path, errno, "open the folder"));
  if (auto good = check_owner(path, folder.get()); !good) return unexpected(good.error());
  return folder;
}

Result<void> make_base(const std::string& base) {
  const fs::path parent = fs::path(base).parent_path();
  std::error_code failed;
  fs::create_directories(parent, failed);
  if (failed) return unexpected(pin_error(parent.string(), failed.value(), "make the folder"));
  const auto opened = open_folder(base);
  return opened ? Result<void>() : unexpected(opened.error());
}

// Between opening and locking, the folder may have been removed by the exporter that had it.
bool is_still_there(const std::string& path, int fd) {
  struct stat named {};
  struct stat held {};
  return stat(path.c_str(), &named) == 0 && fstat(fd, &held) == 0 && named.st_ino == held.st_ino &&
         named.st_dev == held.st_dev;
}

// An exporter that only looks whether a folder is used (unused_pin_folders()) holds it
// for some microseconds.
int lock(int fd) {
  constexpr int kTries = 20;
  constexpr auto kPause = std::chrono::milliseconds(10);
  for (int i = 0; i < kTries; ++i) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
    if (errno != EWOULDBLOCK && errno != EINTR) return errno;
    std::this_thread::sleep_for(kPause);
  }
  return EWOULDBLOCK;
}

bool is_pin_name(std::string_view name) {
  return std::any_of(kKinds.begin(), kKinds.end(),
                     [&](std::string_view kind) { return name.starts_with(kind); });
}

std::vector<std::string> pins_in(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (is_pin_name(entry.path().filename().string())) paths.push_back(entry.path().string());
  }
  return paths;
}

// What pin_word() made it of.
std::string unpinned_word(std::string_view word) {
  const auto digit = [](char c) { return std::isdigit(c) != 0 ? c - '0' : c - 'a' + 10; };
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%' || i + 2 >= word.size()) {
      text += word[i];
    } else {
      text += static_cast<char>(digit(word[i + 1]) * 16 + digit(word[i + 2]));
      i += 2;
    }
  }
  return text;
}

}  // namespace

std::string pin_word(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string word;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 128 && std::isalnum(byte) != 0) || c == '_' || c == '-') {
      word += c;
    } else {
      word += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return word;
}

Result<std::shared_ptr<PinFolder>> PinFolder::open(const std::string& base,
                                                   const std::string& config) {
  if (auto good = check_file_system(base); !good) return unexpected(good.error());
  if (auto made = make_base(base); !made) return unexpected(made.error());
  const std::string path = base + "/" + pin_word(config);
  for (;;) {
    auto folder = open_folder(path);
    if (!folder) return unexpected(folder.error());
    if (const int code = lock(folder->get()); code != 0) {
      const bool held = code == EWOULDBLOCK;
      Error error = pin_error(path, held ? 0 : code, held ? "another exporter holds it" : "lock");
      if (held) error.hint = "stop the other one, or use another --bpffs.path";
      return unexpected(std::move(error));
    }
    if (is_still_there(path, folder->get())) {
      return std::shared_ptr<PinFolder>(new PinFolder(path, *std::move(folder)));
    }
  }
}

// What is there under the same name may be another one, of another exporter, once remove() is done.
PinFolder::~PinFolder() {
  if (is_still_there(path_, lock_.get())) rmdir(path_.c_str());
}

std::string PinFolder::file(std::string_view kind, std::string_view name, std::uint32_t id) const {
  return path_ + "/" + std::string(kind) + "-" + pin_word(name) + "-" + std::to_string(id);
}

Result<void> PinFolder::pin(int fd, const std::string& path) const {
  if (bpf_obj_pin(fd, path.c_str()) == 0 || errno == EEXIST) return {};  // the id is in its name
  return unexpected(pin_error(path, errno));
}

Result<void> PinFolder::prepare_manifest(int fd) const {
  const std::string next = next_manifest();
  drop_prepared_manifest();  // of an exporter that was killed
  // Not by pin(): what is there under this name is another one.
  if (bpf_obj_pin(fd, next.c_str()) == 0) return {};
  return unexpected(pin_error(next, errno));
}

Result<void> PinFolder::replace_manifest() const {
  if (std::rename(next_manifest().c_str(), manifest().c_str()) == 0) return {};
  return unexpected(pin_error(manifest(), errno));
}

void PinFolder::drop_prepared_manifest() const { unlink(next_manifest().c_str()); }

void PinFolder::sweep(const std::set<std::string>& wanted) const {
  for (const std::string& path : pins_in(path_)) {
    if (!wanted.contains(path)) unlink(path.c_str());
  }
}

void PinFolder::remove() const {
  // First what holds the rest: without it nothing is taken over.
  unlink(manifest().c_str());
  sweep({});
  rmdir(path_.c_str());
}

std::vector<std::string> unused_pin_folders(const std::string& base) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(base, ignored)) {
    const UniqueFd folder(::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || pins_in(entry.path().string()).empty()) continue;
    if (flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;
    names.push_back(unpinned_word(entry.path().filename().string()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace bpfmap::kernel
