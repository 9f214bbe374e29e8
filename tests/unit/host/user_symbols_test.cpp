// SPDX-License-Identifier: Apache-2.0
#include "host/user_symbols.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "support/temporary_directory.h"

// In the symbol table under the names that they have here.
extern "C" {
[[gnu::noinline, gnu::used]] int bpfmap_test_known_function(int x) { return x * 3 + 1; }
}

namespace bpfmap::host {
namespace {

constexpr const char* kMaps =
    "55d1c0000000-55d1c0001000 r--p 00000000 fd:01 1234                       /usr/bin/app\n"
    "55d1c0001000-55d1c0005000 r-xp 00001000 fd:01 1234                       /usr/bin/app\n"
    "7f0000000000-7f0000010000 r-xp 00000000 00:00 0 \n"
    "7f0000100000-7f0000110000 r-xp 00002000 fd:01 77      /tmp/with space.so (deleted)\n"
    "7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0                          [vdso]\n"
    "nonsense\n"
    "1-2 r-xp\n"
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]";

TEST(ProcessMaps, AreTheExecutableOnes) {
  const std::vector<Mapping> maps = parse_maps(kMaps);
  ASSERT_EQ(5u, maps.size());
  EXPECT_EQ(0x55d1c0001000u, maps[0].begin);
  EXPECT_EQ(0x55d1c0005000u, maps[0].end);
  EXPECT_EQ(0x1000u, maps[0].offset);
  EXPECT_EQ(1234u, maps[0].inode);
  EXPECT_EQ("/usr/bin/app", maps[0].path);
  EXPECT_FALSE(maps[0].is_deleted);
  EXPECT_EQ("", maps[1].path);
  EXPECT_EQ("/tmp/with space.so", maps[2].path);
  EXPECT_TRUE(maps[2].is_deleted);
  EXPECT_EQ("[vdso]", maps[3].path);
  EXPECT_EQ("[vsyscall]", maps[4].path);
}

TEST(ProcessMaps, StartTimesStandBehindNamesOfAnyKind) {
  EXPECT_EQ(4711u, parse_start_time("12 (a) b) (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "
                                    "4711 19 20"));
  EXPECT_FALSE(parse_start_time("12 (name S 1").has_value());
  EXPECT_FALSE(parse_start_time("12 (name) S 1").has_value());
  EXPECT_FALSE(parse_start_time("").has_value());
  EXPECT_TRUE(read_start_time("/proc/self").has_value());
}

TEST(ProcessMaps, BaseNames) {
  EXPECT_EQ("app", base_name("/usr/bin/app"));
  EXPECT_EQ("[vdso]", base_name("[vdso]"));
  EXPECT_EQ("", base_name(""));
}

std::uint32_t own_pid() { return static_cast<std::uint32_t>(::getpid()); }

std::uint64_t known_address() {
  return reinterpret_cast<std::uint64_t>(&bpfmap_test_known_function);
}

std::string symbol_in(UserSymbols& symbols, std::uint32_t pid, std::uint64_t address) {
  UserSymbol found;
  if (!symbols.find(pid, address, found)) return "(none)";
  if (found.name.empty()) return found.binary + " only";
  return std::string(found.name) + "+" + std::to_string(found.offset) + " of " + found.binary;
}

std::string own_binary() { return std::filesystem::read_symlink("/proc/self/exe").filename(); }

TEST(UserSymbols, FindFunctionsOfAnExecutableThatIsLoadedAnywhere) {
  UserSymbols symbols;
  EXPECT_EQ("bpfmap_test_known_function+2 of " + own_binary(),
            symbol_in(symbols, own_pid(), known_address() + 2));
}

// The dynamic linker knows by itself what lies where. No sanitizer has a function of that name.
TEST(UserSymbols, FindFunctionsOfLibraries) {
  void* function = ::dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
  ASSERT_NE(nullptr, function);
  UserSymbols symbols;
  const std::string found =
      symbol_in(symbols, own_pid(), reinterpret_cast<std::uint64_t>(function));
  EXPECT_TRUE(found.starts_with("gnu_get_libc_version+0 of libc")) << found;
}

TEST(UserSymbols, FindTheFunctionsOfTheKernelsOwnLibrary) {
  const auto maps = read_maps("/proc/self");
  ASSERT_TRUE(maps.has_value());
  const auto vdso = std::find_if(maps->begin(), maps->end(),
                                 [](const Mapping& one) { return one.path == "[vdso]"; });
  if (vdso == maps->end()) GTEST_SKIP() << "needs a vdso";
  UserSymbols symbols;
  bool has_time = false;
  for (std::uint64_t at = vdso->begin; at < vdso->end; at += 16) {
    UserSymbol found;
    ASSERT_TRUE(symbols.find(own_pid(), at, found));
    has_time = has_time || found.name.find("clock_gettime") != std::string_view::npos;
  }
  EXPECT_TRUE(has_time);
}

TEST(UserSymbols, SayNothingOfWhatDoesNotExist) {
  UserSymbols symbols;
  EXPECT_EQ("(none)", symbol_in(symbols, own_pid(), 0));
  EXPECT_EQ("(none)", symbol_in(symbols, own_pid(), ~std::uint64_t{0}));
  EXPECT_EQ("(none)", symbol_in(symbols, 0, known_address()));
  EXPECT_EQ("(none)", symbol_in(symbols, 0xfffffff0, known_address()));
  const auto maps = read_maps("/proc/self");
  ASSERT_TRUE(maps.has_value());
  const auto own = std::find_if(maps->begin(), maps->end(), [](const Mapping& one) {
    return one.begin <= known_address() && known_address() < one.end;
  });
  ASSERT_NE(own, maps->end());
  EXPECT_EQ("(none)", symbol_in(symbols, own_pid(), own->end)) << "behind the last of its code";
}

// A page of a file as if it were code, in the place of what is at `where` unless that is null;
// MAP_FAILED where that cannot be.
void* map_code(const std::string& path, std::uint64_t offset, void* where = nullptr) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return ::mmap(where, 4096, PROT_READ | PROT_EXEC,
                MAP_PRIVATE | (where == nullptr ? 0 : MAP_FIXED), fd.get(),
                static_cast<off_t>(offset));
}

// A copy of this program, which goes with its folder.
class CopiedBinary {
 public:
  explicit CopiedBinary(const std::string& name)
      : path_(::testing::TempDir() + name + "." + std::to_string(::getpid())) {
    std::filesystem::copy_file("/proc/self/exe", path_);
  }
  ~CopiedBinary() { remove(); }
  void remove() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Where the known function is in the file.
std::uint64_t known_offset() {
  UserSymbols symbols;
  UserSymbol found;
  EXPECT_TRUE(symbols.find(own_pid(), known_address(), found));
  return found.binary_offset;
}

// Where the mapping itself cannot be opened, there may be another file under its name by now.
TEST(UserSymbols, AFileInThePlaceOfAMappedOneIsAnother) {
  constexpr std::uint64_t kBegin = 0x400000;
  const std::uint64_t offset = known_offset();
  const test::TemporaryDirectory proc;
  std::filesystem::create_directories(proc / "7/root");
  std::filesystem::copy_file("/proc/self/exe", proc / "7/root/binary");
  struct stat status {};
  ASSERT_EQ(::stat((proc / "7/root/binary").c_str(), &status), 0);
  std::ofstream(proc / "7/stat") << "7 (binary) S 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0\n";
  const auto symbol_of = [&](ino_t inode) {
    const auto end = kBegin + static_cast<std::uint64_t>(status.st_size);
    std::ofstream(proc / "7/maps") << std::hex << kBegin << '-' << end << " r-xp 00000000 08:01 "
                                   << std::dec << inode << " /binary\n";
    UserSymbols symbols(proc.path());
    return symbol_in(symbols, 7, kBegin + offset);
  };
  EXPECT_EQ(symbol_of(status.st_ino), "bpfmap_test_known_function+0 of binary");
  EXPECT_EQ(symbol_of(status.st_ino + 1), "binary only");
}

TEST(UserSymbols, FilesThatWereDeletedHaveTheirSymbolsStill) {
  const std::uint64_t offset = known_offset();
  CopiedBinary copy("deleted");
  void* code = map_code(copy.path(), offset & ~std::uint64_t{4095});
  if (code == MAP_FAILED) GTEST_SKIP() << "needs a folder for temporary files without noexec";
  copy.remove();
  std::ofstream(copy.path()) << "another file";  // under the same name
  UserSymbols symbols;
  const std::string found =
      symbol_in(symbols, own_pid(), reinterpret_cast<std::uint64_t>(code) + (offset & 4095));
  ::munmap(code, 4096);
  if (::geteuid() != 0) GTEST_SKIP() << "needs CAP_CHECKPOINT_RESTORE";
  EXPECT_EQ("bpfmap_test_known_function+0 of " + std::string(base_name(copy.path())), found);
}

// In a mount namespace of its own a child sees a file that no other process sees.
TEST(UserSymbols, FilesAreThoseThatTheProcessSees) {
  const std::uint64_t offset = known_offset();
  int ends[2];
  ASSERT_EQ(0, ::pipe(ends));
  const std::string folder = ::testing::TempDir() + "hidden." + std::to_string(::getpid());
  std::filesystem::create_directory(folder);
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::uint64_t at = 0;
    if (::unshare(CLONE_NEWNS) == 0 &&
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        ::mount("tmpfs", folder.c_str(), "tmpfs", 0, nullptr) == 0) {
      std::filesystem::copy_file("/proc/self/exe", folder + "/app");
      void* code = map_code(folder + "/app", offset & ~std::uint64_t{4095});
      if (code != MAP_FAILED) at = reinterpret_cast<std::uint64_t>(code) + (offset & 4095);
    }
    static_cast<void>(::write(ends[1], &at, sizeof(at)));
    while (true) ::pause();
  }
  std::uint64_t at = 0;
  pollfd answer{ends[0], POLLIN, 0};
  EXPECT_EQ(1, ::poll(&answer, 1, 60'000)) << "the child says nothing";
  if (answer.revents != 0) {
    EXPECT_EQ(static_cast<ssize_t>(sizeof(at)), ::read(ends[0], &at, sizeof(at)));
  }
  UserSymbols symbols;
  const std::string found = symbol_in(symbols, static_cast<std::uint32_t>(pid), at);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  std::filesystem::remove(folder);
  if (at == 0) GTEST_SKIP() << "needs CAP_SYS_ADMIN for a mount namespace";
  EXPECT_EQ("bpfmap_test_known_function+0 of app", found);
}

TEST(UserSymbols, OfStrippedFilesTheBinaryIsKnown) {
  // A file that is no ELF file, mapped as if it were code.
  const std::string path = ::testing::TempDir() + "no_elf." + std::to_string(::getpid());
  std::ofstream(path) << std::string(8192, 'x');
  void* code = map_code(path, 4096);
  const auto at = reinterpret_cast<std::uint64_t>(code);
  std::filesystem::remove(path);
  if (code == MAP_FAILED) GTEST_SKIP() << "needs a folder for temporary files without noexec";
  UserSymbols symbols;
  UserSymbol found;
  EXPECT_TRUE(symbols.find(own_pid(), at + 1, found));
  EXPECT_EQ("", found.name);
  EXPECT_EQ("no_elf." + std::to_string(::getpid()), found.binary);
  EXPECT_EQ(4097u, found.binary_offset);
  ::munmap(code, 4096);
}

// A process that waits to be ended, and has what this one has where this one has it.
class WaitingChild {
 public:
  WaitingChild() : pid_(::fork()) {
    if (pid_ != 0) return;
    while (true) ::pause();
  }
  ~WaitingChild() { end(); }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  std::uint32_t pid() const { return static_cast<std::uint32_t>(pid_); }

 private:
  pid_t pid_;
};

TEST(UserSymbols, WhatIsKnownOfAProcessOutlivesIt) {
  test::FakeClock clock;
  UserSymbols symbols(clock);
  WaitingChild child;
  const std::uint32_t pid = child.pid();
  const std::string expected = "bpfmap_test_known_function+0 of " + own_binary();
  EXPECT_EQ(expected, symbol_in(symbols, pid, known_address()));
  child.end();
  clock.advance(UserSymbols::kMapsAge * 2);
  EXPECT_EQ(expected, symbol_in(symbols, pid, known_address()));
  UserSymbols others;
  EXPECT_EQ("(none)", symbol_in(others, pid, known_address()));
}

// A child that waits, and has a pid that was another one's; a negative number where it cannot.
pid_t fork_as(pid_t wanted) {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<std::uint64_t>(&wanted);
  arguments.set_tid_size = 1;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof(arguments)));
  if (pid != 0) return pid;
  while (true) ::pause();
}

// Two processes have one pid after the other, and at one address different files. That of the
// second one is seen at the next check, and not only when mappings are read again anyhow.
TEST(UserSymbols, AReusedPidIsAnotherProcess) {
  const std::uint64_t offset = known_offset();
  const std::uint64_t page = offset & ~std::uint64_t{4095};
  CopiedBinary first_file("first");
  CopiedBinary second_file("second");
  void* code = map_code(first_file.path(), page);
  if (code == MAP_FAILED) GTEST_SKIP() << "needs a folder for temporary files without noexec";
  const std::uint64_t at = reinterpret_cast<std::uint64_t>(code) + (offset - page);
  test::FakeClock clock;
  UserSymbols symbols(clock);
  auto first = std::make_unique<WaitingChild>();
  const std::uint32_t pid = first->pid();
  EXPECT_EQ("bpfmap_test_known_function+0 of " + std::string(base_name(first_file.path())),
            symbol_in(symbols, pid, at));
  // The kernel counts in ticks when a process was started.
  const auto start_of = [](std::uint32_t process) {
    return read_start_time("/proc/" + std::to_string(process));
  };
  const auto started = start_of(pid);
  EXPECT_TRUE(test::eventually([&] {
    const WaitingChild later;
    return start_of(later.pid()) != started;
  }));
  first.reset();
  map_code(second_file.path(), page, code);
  const pid_t second = fork_as(static_cast<pid_t>(pid));
  ::munmap(code, 4096);
  if (second < 0) GTEST_SKIP() << "needs CAP_CHECKPOINT_RESTORE, and the pid to be free still";
  ASSERT_LT(UserSymbols::kCheckAge, UserSymbols::kMapsAge);
  clock.advance(UserSymbols::kCheckAge);
  EXPECT_EQ("bpfmap_test_known_function+0 of " + std::string(base_name(second_file.path())),
            symbol_in(symbols, pid, at));
  ::kill(second, SIGKILL);
  ::waitpid(second, nullptr, 0);
}

TEST(UserSymbols, SeeLibrariesThatWereLoadedLater) {
  test::FakeClock clock;
  UserSymbols symbols(clock);
  EXPECT_NE("(none)", symbol_in(symbols, own_pid(), known_address()));
  void* code = map_code("/proc/self/exe", 0);
  ASSERT_NE(MAP_FAILED, code);
  const auto at = reinterpret_cast<std::uint64_t>(code);
  EXPECT_EQ("(none)", symbol_in(symbols, own_pid(), at)) << "asked again too early";
  clock.advance(UserSymbols::kCheckAge);
  EXPECT_EQ(own_binary() + " only", symbol_in(symbols, own_pid(), at));
  ::munmap(code, 4096);
}

TEST(UserSymbols, CountWhatIsReadAndWhatIsRemembered) {
  UserSymbols symbols;
  for (int i = 0; i < 10; ++i) symbol_in(symbols, own_pid(), known_address());
  const std::vector<CacheStatistics> all = symbols.statistics();
  ASSERT_EQ(2u, all.size());
  EXPECT_EQ("processes", all[0].cache);
  EXPECT_EQ(1u, all[0].entries);
  EXPECT_EQ(1u, all[0].misses);
  EXPECT_EQ(9u, all[0].hits);
  EXPECT_EQ("binaries", all[1].cache);
  EXPECT_EQ(1u, all[1].entries);
  EXPECT_EQ(1u, all[1].misses);
  EXPECT_EQ(9u, all[1].hits);
}

TEST(UserSymbols, ManyThreadsMayAskAtATime) {
  UserSymbols symbols;
  const std::string expected = "bpfmap_test_known_function+0 of " + own_binary();
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (std::uint32_t i = 0; i < 200; ++i) {
        if (symbol_in(symbols, own_pid(), known_address()) != expected) ++wrong;
        symbol_in(symbols, 0x7fff0000 + i, known_address());  // no process
        symbols.statistics();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
}

TEST(ElfSymbols, RefuseWhatIsNoElfFile) {
  std::string text = "#!/bin/sh\n";
  EXPECT_FALSE(ElfSymbols::read(std::span<char>(text)).has_value());
  EXPECT_FALSE(ElfSymbols::read(std::span<char>(text.data(), 0)).has_value());
}

// Whatever is damaged, it is neither read beyond its end nor forever.
TEST(ElfSymbols, SurviveDamagedFiles) {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::string image(1 << 16, '\0');
  file.read(image.data(), static_cast<std::streamsize>(image.size()));
  for (std::size_t size = 0; size < 512; ++size) {
    std::vector<char> exact(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(size));
    ElfSymbols::read(std::span<char>(exact));
  }
  for (std::size_t at = 16; at < 64; ++at) {
    std::vector<char> damaged(image.begin(), image.end());
    damaged[at] = static_cast<char>(~damaged[at]);
    ElfSymbols::read(std::span<char>(damaged));
  }
}

}  // namespace
}  // namespace bpfmap::host
