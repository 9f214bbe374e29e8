// SPDX-License-Identifier: Apache-2.0
// Two pinned objects take the places of two others, and are killed or fail at every step of it.
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "bpf_test.h"
#include "kernel/pin_folder.h"
#include "kernel/pins/pin_manifest.h"
#include "support/bpffs.h"
#include "support/eventually.h"
#include "support/network_namespace.h"
#include "support/sanitizers.h"
#include "support/syscall_steps.h"

namespace bpfmap::kernel {
namespace {

namespace fs = std::filesystem;
using test::add_veth;
using test::eventually;
using test::in_network_namespace;
using test::run_in_steps;
using test::SyscallStep;

constexpr const char* kCalls = "calls";    // counted by programs of tracing, behind entries
constexpr const char* kFrames = "frames";  // and by one of XDP, whose link is updated
constexpr const char* kInterface = "in";

// What a folder of pins holds.
struct Folder {
  std::set<std::string> files;
  PinManifest manifest;
  bool operator==(const Folder&) const = default;
};

// What is there, whichever exporter has made it.
struct Picture {
  std::map<std::string, Folder> folders;
  std::set<std::uint32_t> programs;  // that run
  bool operator==(const Picture&) const = default;
};

void PrintTo(const Picture& picture, std::ostream* out) {
  for (const auto& [name, folder] : picture.folders) {
    *out << name << " of " << folder.manifest.object.substr(0, 8) << ":";
    for (const std::string& file : folder.files) *out << " " << file;
    *out << "\n";
  }
  for (const std::uint32_t id : picture.programs) *out << "program " << id << " ";
}

std::string name_of(std::string_view kind, const std::string& name, std::uint32_t id) {
  return std::string(kind) + "-" + pin_word(name) + "-" + std::to_string(id);
}

// The names of the files that a manifest speaks of, and its own.
std::set<std::string> files_of(const PinManifest& manifest) {
  std::set<std::string> files{"manifest"};
  for (const auto& map : manifest.maps) files.insert(name_of("map", map.name, map.id));
  for (const auto& link : manifest.links) files.insert(name_of("link", link.program, link.id));
  for (const auto& entry : manifest.entries) {
    files.insert(name_of("entry", entry.program, entry.program_id));
    files.insert(name_of("slot", entry.program, entry.slot_id));
  }
  return files;
}

class Commit : public test::BpfTest {
 protected:
  void SetUp() override {
    if (test::lacks(test::why_no_bpf()) || test::lacks(test::mount_tracefs()) ||
        test::lacks(bpffs_.problem()) || test::lacks(test::why_no_syscall_steps())) {
      return;
    }
  }

  // Runs `body` in a namespace where the interface is.
  static void with_interface(const std::function<void()>& body) {
    in_network_namespace([&] {
      add_veth("out", kInterface);
      body();
    });
  }

  static std::vector<ProgramRequest> requests_of(const std::string& config) {
    if (config == kFrames) return {xdp_request(kInterface)};
    return {};
  }

  // Both objects, attached and not committed; the first is tests/objects/NAME.bpf.c. `before` runs
  // in this process; null where there are pins at most.
  std::vector<Object> attach_all(const std::string& name, const std::vector<Object>* before) {
    std::vector<Object> objects;
    for (const char* config : {kCalls, kFrames}) {
      const Object* old = before == nullptr ? nullptr : &before->at(objects.size());
      objects.push_back(attach_one(config, config == kFrames ? "attach_xdp" : name, old));
    }
    return objects;
  }

  Object attach_one(const std::string& config, const std::string& name, const Object* before) {
    Object object = open_test_object(name);
    if (config == kCalls) {
      const std::uint64_t number = SYS_getppid;
      EXPECT_TRUE(object.set_global("watched", std::as_bytes(std::span(&watched_, 1))));
      EXPECT_TRUE(object.set_global("number", std::as_bytes(std::span(&number, 1))));
    }
    auto folder = before == nullptr ? PinFolder::open(base(), config)
                                    : Result<std::shared_ptr<PinFolder>>(before->pins());
    EXPECT_TRUE(folder) << folder.error().message();
    if (folder) object.pin_to(*folder, true);
    const std::vector<ProgramRequest> requests = requests_of(config);
    const auto loaded = object.load(requests);
    EXPECT_TRUE(loaded) << loaded.error().message();
    const auto attached = object.attach(requests, before);
    EXPECT_TRUE(attached) << attached.error().message();
    return object;
  }

  static Result<void> commit(std::vector<Object>& objects) {
    std::vector<Object*> all;
    all.reserve(objects.size());
    for (Object& object : objects) all.push_back(&object);
    return Object::commit(all);
  }

  std::vector<Object> start_all(const std::string& name,
                                const std::vector<Object>* before = nullptr) {
    std::vector<Object> objects = attach_all(name, before);
    const auto committed = commit(objects);
    EXPECT_TRUE(committed) << committed.error().message();
    return objects;
  }

  // Another process does the same, and dies before a step of commit(). Whether it did.
  bool start_all_in_child(const std::string& name, int killed_at) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::vector<Object> objects = attach_all(name, nullptr);
      Result<void> committed;
      run_in_steps([&] { committed = commit(objects); },
                   [killed_at](const SyscallStep& step) {
                     if (step.number == killed_at) ::kill(::getpid(), SIGKILL);
                     return 0;
                   });
      ::_exit(committed && !HasFailure() ? 0 : 1);
    }
    int status = 0;
    EXPECT_TRUE(eventually([&] { return ::waitpid(child, &status, WNOHANG) != 0; }));
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return true;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << name;
    return false;
  }

  std::string base() const { return bpffs_ / "pins"; }
  UniqueFd open(const std::string& config, const std::string& file) const {
    return UniqueFd(bpf_obj_get((base() + "/" + config + "/" + file).c_str()));
  }

  PinManifest manifest_of(const std::string& config) const {
    const UniqueFd fd = open(config, "manifest");
    bpf_map_info info{};
    std::uint32_t size = sizeof(info);
    EXPECT_EQ(bpf_obj_get_info_by_fd(fd.get(), &info, &size), 0);
    std::string text(info.value_size, '\0');
    const std::uint32_t only = 0;
    EXPECT_EQ(bpf_map_lookup_elem(fd.get(), &only, text.data()), 0);
    const auto manifest = parse_manifest(text);
    EXPECT_TRUE(manifest) << text;
    return manifest.value_or(PinManifest());
  }

  Picture look() const {
    Picture picture;
    for (const char* config : {kCalls, kFrames}) {
      Folder& folder = picture.folders[config];
      for (const auto& entry : fs::directory_iterator(base() + "/" + config)) {
        folder.files.insert(entry.path().filename().string());
      }
      folder.manifest = manifest_of(config);
      for (const auto& entry : folder.manifest.entries) {
        const UniqueFd slot = open(config, name_of("slot", entry.program, entry.slot_id));
        const std::uint32_t only = 0;
        std::uint32_t program = 0;
        EXPECT_EQ(bpf_map_lookup_elem(slot.get(), &only, &program), 0) << entry.program;
        picture.programs.insert(program);
      }
    }
    picture.programs.insert(xdp_on(kInterface));
    return picture;
  }

  // What a manifest names is there, and what is there it names.
  static void expect_whole(const Picture& picture, bool and_nothing_else) {
    for (const auto& [config, folder] : picture.folders) {
      const std::set<std::string> named = files_of(folder.manifest);
      EXPECT_THAT(folder.files, ::testing::IsSupersetOf(named)) << config;
      EXPECT_TRUE(!and_nothing_else || folder.files == named)
          << config << ": " << ::testing::PrintToString(folder.files);
    }
  }

  // A load whose size the test knows: every call and every frame counts once with each program.
  void make_load() {
    for (int i = 0; i < 20; ++i) static_cast<void>(::getppid());
    calls_ += 20;
    test::send_frames("out", 3);
    frames_ += 3;
  }

  std::uint64_t pinned_number(const PinManifest& manifest, const std::string& config,
                              const std::string& map, std::uint32_t key) const {
    std::uint64_t number = 0;
    for (const auto& one : manifest.maps) {
      if (one.name != map) continue;
      const UniqueFd fd = open(config, name_of("map", map, one.id));
      EXPECT_EQ(bpf_map_lookup_elem(fd.get(), &key, &number), 0) << map;
    }
    return number;
  }

  // In the maps that the next exporter would take over.
  void expect_exact_counts() const {
    const PinManifest calls = manifest_of(kCalls);
    for (std::uint32_t program = 0; program < 3; ++program) {
      EXPECT_EQ(pinned_number(calls, kCalls, "calls", program), calls_) << program;
    }
    const PinManifest frames = manifest_of(kFrames);
    const auto counted = [&] { return pinned_number(frames, kFrames, "hits", 0); };
    EXPECT_TRUE(eventually([&] { return counted() >= frames_; }));
    EXPECT_EQ(counted(), frames_);
  }

  void fail_at_every_step(bool with_restarts);

  test::BpfFolder bpffs_;
  const std::uint32_t watched_ = static_cast<std::uint32_t>(::getpid());
  std::uint64_t calls_ = 0;
  std::uint64_t frames_ = 0;
};

// Objects that take turns: of other code, with one map more and one less.
std::string turn(int number) { return number % 2 == 1 ? "restart_second" : "restart"; }

constexpr int kMostSteps = 200;

// Either the manifest is that of before, with all that it names, or it is the new one, and then
// nothing runs of what ran before.
void expect_old_or_new(const Picture& now, const Picture& before) {
  for (const auto& [config, folder] : now.folders) {
    const Folder& old = before.folders.at(config);
    if (folder.manifest == old.manifest) continue;
    EXPECT_NE(folder.manifest.object, old.manifest.object) << "neither the one nor the other";
    for (const std::uint32_t program : before.programs) {
      EXPECT_FALSE(now.programs.contains(program)) << "the manifest came before the programs";
    }
  }
}

TEST_F(Commit, KilledAtAnyStepLeavesTheOldStateOrTheNewOne) {
  if (test::has_thread_sanitizer()) GTEST_SKIP() << "its children have threads";
  with_interface([&] {
    start_all("restart");
    make_load();
    int step = 1;
    for (bool was_killed = true; was_killed && step < kMostSteps; ++step) {
      SCOPED_TRACE("killed before step " + std::to_string(step));
      const Picture before = look();
      was_killed = start_all_in_child(turn(step), step);
      const Picture after = look();
      expect_whole(after, /*and_nothing_else=*/!was_killed);
      expect_old_or_new(after, before);
      make_load();
      expect_exact_counts();
      start_all(turn(step));  // and the next one takes over, whatever it was
      expect_whole(look(), /*and_nothing_else=*/true);
      make_load();
      expect_exact_counts();
      if (HasFailure()) return;
    }
    EXPECT_GT(step, 15) << "these were not all steps";
    EXPECT_LT(step, kMostSteps);
  });
}

// The next objects are made by the process that has those before them, or by one that finds only
// what they have pinned.
void Commit::fail_at_every_step(bool with_restarts) {
  std::vector<Object> old = start_all("restart");
  int failures = 0;
  std::string refused = "?";
  for (int at = 1; !refused.empty() && at < kMostSteps; ++at) {
    if (with_restarts) old.clear();
    std::vector<Object> next = attach_all(turn(at), with_restarts ? nullptr : &old);
    const Picture before = look();
    Result<void> committed;
    refused.clear();
    run_in_steps([&] { committed = commit(next); },
                 [&](const SyscallStep& step) {
                   if (step.number != at) return 0;
                   refused = step.call;
                   return EIO;
                 });
    SCOPED_TRACE("step " + std::to_string(at) + ": " + refused);
    make_load();
    if (committed) {
      // What cannot be removed is removed by the next one.
      EXPECT_TRUE(refused.empty() || refused.starts_with("unlink")) << "a failure is ignored";
      old = std::move(next);
    } else {
      ++failures;
      EXPECT_EQ(look(), before);
      next.clear();
      EXPECT_EQ(look(), before);
      if (with_restarts) old = start_all(turn(at));
    }
    expect_whole(look(), /*and_nothing_else=*/refused.empty());
    make_load();
    expect_exact_counts();
    if (HasFailure()) return;
  }
  EXPECT_GT(failures, 10) << "these were not all steps";
  EXPECT_TRUE(refused.empty());
}

TEST_F(Commit, ThatFailsAtAnyStepChangesNothing) {
  with_interface([&] { fail_at_every_step(/*with_restarts=*/false); });
}

TEST_F(Commit, ThatFailsAtAnyStepAfterARestartChangesNothing) {
  with_interface([&] { fail_at_every_step(/*with_restarts=*/true); });
}

bool map_exists(std::uint32_t id) { return static_cast<bool>(UniqueFd(bpf_map_get_fd_by_id(id))); }

TEST_F(Commit, LeavesNothingOfTheStateBefore) {
  with_interface([&] {
    std::vector<Object> old = start_all("restart_second");
    const Picture before = look();
    std::vector<Object> next = start_all("restart", &old);
    const Picture after = look();
    expect_whole(after, /*and_nothing_else=*/true);
    old.clear();
    for (const std::uint32_t program : before.programs) EXPECT_TRUE(program_goes_away(program));
    for (const auto& map : before.folders.at(kCalls).manifest.maps) {
      const bool is_taken_over =
          after.folders.at(kCalls).files.contains(name_of("map", map.name, map.id));
      EXPECT_TRUE(eventually([&] { return map_exists(map.id) == is_taken_over; })) << map.name;
      // Constants belong to the code, and that map to the other object.
      EXPECT_EQ(is_taken_over, map.name != ".rodata" && map.name != "second") << map.name;
    }
  });
}

// A user that may write there can put anything in the place of a pin.
TEST_F(Commit, TakesNoFolderThatOthersMayWriteTo) {
  ASSERT_TRUE(PinFolder::open(base(), kCalls));
  fs::create_directory(base() + "/" + kCalls);
  for (const std::string& folder : {base(), base() + "/" + kCalls}) {
    for (const unsigned mode : {0770U, 0720U, 0702U, 0777U}) {
      fs::permissions(folder, fs::perms(mode));
      const auto opened = PinFolder::open(base(), kCalls);
      ASSERT_FALSE(opened) << folder << " " << std::oct << mode;
      EXPECT_THAT(opened.error().message(),
                  ::testing::HasSubstr("others than its owner may write"));
    }
    fs::permissions(folder, fs::perms(0755));
    EXPECT_TRUE(PinFolder::open(base(), kCalls)) << "others may look";
    fs::create_directories(base() + "/" + kCalls);
  }
}

}  // namespace
}  // namespace bpfmap::kernel
