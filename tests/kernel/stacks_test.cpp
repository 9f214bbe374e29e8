// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <stdexcept>

#include "kernel/loaded_maps.h"
#include "support/bpf_requirements.h"
#include "support/test_objects.h"

// The function that tests have counted, under the name that it has here.
extern "C" {
[[gnu::noinline, gnu::used]] int bpfmap_test_counted_function(int x) {
  asm volatile("" : "+r"(x));
  return x + 1;
}
}

namespace bpfmap::test {
namespace {

using ::testing::HasSubstr;

// The kernel's symbols, read in another way than by the exporter: a map by address,
// of functions only.
class Kallsyms {
 public:
  Kallsyms() {
    std::ifstream file("/proc/kallsyms");
    for (std::string line; std::getline(file, line);) {
      const std::size_t type = line.find(' ') + 1;
      if (std::string("tTwW").find(line[type]) == std::string::npos) continue;
      const std::string name = line.substr(type + 2);
      // Beside programs, which may be hidden there.
      if (name.ends_with("[bpf]") && !name.starts_with("bpf_prog_")) continue;
      names_.emplace(std::stoull(line, nullptr, 16), name.substr(0, name.find('\t')));
    }
  }
  std::string at(std::uint64_t address) const {
    const auto behind = names_.upper_bound(address);
    if (behind == names_.begin()) return "[unknown]";
    const auto& [begin, name] = *std::prev(behind);
    return address - begin < kLongestFunction ? name : "[unknown]";
  }
  static bool are_hidden() {
    std::uint64_t first = 0;
    std::ifstream("/proc/kallsyms") >> std::hex >> first;
    return first == 0;
  }

 private:
  // Programs of BPF are far from all that has a name where theirs are hidden: with
  // net.core.bpf_jit_harden, or without net.core.bpf_jit_kallsyms.
  static constexpr std::uint64_t kLongestFunction = 1 << 16;
  std::map<std::uint64_t, std::string> names_;
};

std::string expected_stack(const Kallsyms& kallsyms, const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t address = 0;
    std::memcpy(&address, bytes + i * sizeof(address), sizeof(address));
    if (address == 0) break;
    text += (i > 0 ? ";" : "") + kallsyms.at(i > 0 ? address - 1 : address);
  }
  return text;
}

std::int32_t number_at(const Bytes& bytes, std::size_t offset) {
  std::int32_t number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof(number));
  return number;
}

class StacksTest : public BpfTest {
 protected:
  // Loads the object for this process, and lets it count some system calls and calls
  // of the function.
  static LoadedMaps count_own_stacks() {
    auto object = kernel::Object::open_file(test_object("stacks"));
    if (!object) throw std::runtime_error(object.error().message());
    const auto pid = static_cast<std::uint32_t>(::getpid());
    check(object->set_global("target", std::as_bytes(std::span(&pid, 1))));
    model::UprobeTarget probe;
    probe.binary = std::filesystem::read_symlink("/proc/self/exe");
    probe.symbol = "bpfmap_test_counted_function";
    const std::vector<kernel::ProgramRequest> requests = {{"count_calls", true, true, {probe}}};
    check(object->load(requests));
    check(object->attach(requests));
    for (int i = 0; i < 5; ++i) {
      ::syscall(SYS_getppid);
      bpfmap_test_counted_function(i);
    }
    return LoadedMaps("stacks", *std::move(object));
  }

  static void check(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().message());
  }
};

// The texts between `name="` and the next quote, of all samples.
std::set<std::string> label_values(const Samples& samples, const std::string& name) {
  std::set<std::string> values;
  for (const auto& [series, value] : samples) {
    const std::size_t begin = series.find(name + "=\"") + name.size() + 2;
    values.insert(series.substr(begin, series.find('"', begin) - begin));
  }
  return values;
}

TEST_F(StacksTest, KernelStacksByIdAreThoseThatBpftoolAndTheKernelTell) {
  if (Kallsyms::are_hidden()) GTEST_SKIP() << "needs CAP_SYSLOG";
  const LoadedMaps maps = count_own_stacks();
  const std::set<std::string> found = label_values(maps.samples(R"(
programs: { count_calls: { load: false } }
maps:
  - map: by_id
    labels: { kernel: { decode: { kstack: { map: stack_traces, separator: ";" } } } }
    metrics: [ { counter: stacks_total, help: Stacks. } ]
)"),
                                                   "kernel");
  // The process goes on meanwhile: stacks may have been added, and none can have gone.
  const Kallsyms kallsyms;
  std::map<std::int32_t, std::string> stacks;
  for (const DumpedRow& row : maps.dump("stack_traces")) {
    stacks[number_at(row.key, 0)] = expected_stack(kallsyms, row.values[0].data(), 32);
  }
  std::set<std::string> expected;
  for (const DumpedRow& row : maps.dump("by_id")) {
    const std::int32_t id = number_at(row.key, 4);
    if (id == -EFAULT) expected.insert("[EFAULT]");  // at the probe, which is not in the kernel
    const auto stack = stacks.find(id);
    if (stack != stacks.end()) expected.insert(stack->second);
  }
  ASSERT_FALSE(found.empty());
  for (const std::string& text : found) EXPECT_EQ(1u, expected.count(text)) << text;
  EXPECT_THAT(found, ::testing::Contains(HasSubstr("do_syscall_64;entry_SYSCALL_64")));
}

TEST_F(StacksTest, KernelStacksInKeysAreThoseThatBpftoolAndTheKernelTell) {
  if (Kallsyms::are_hidden()) GTEST_SKIP() << "needs CAP_SYSLOG";
  const LoadedMaps maps = count_own_stacks();
  const Samples samples = maps.samples(R"(
programs: { count_calls: { load: false } }
maps:
  - map: in_key
    labels: { stack: { field: frames, decode: { kstack: { separator: ";" } } } }
    metrics: [ { counter: stacks_total, help: Stacks. } ]
)");
  std::set<std::string> expected;
  const Kallsyms kallsyms;
  for (const DumpedRow& row : maps.dump("in_key")) {
    expected.insert(expected_stack(kallsyms, row.key.data(), 16));
  }
  const std::set<std::string> found = label_values(samples, "stack");
  EXPECT_FALSE(found.empty());
  for (const std::string& text : found) EXPECT_EQ(1u, expected.count(text)) << text;
  EXPECT_THAT(found, ::testing::Contains(HasSubstr("do_syscall_64;entry_SYSCALL_64")));
}

TEST_F(StacksTest, FunctionsOfProcessesHaveTheirNames) {
  const LoadedMaps maps = count_own_stacks();
  EXPECT_EQ((Samples{{"calls_total{function=\"bpfmap_test_counted_function\"}", "5"}}),
            maps.samples(R"(
programs: { count_calls: { load: false } }
maps:
  - map: calls
    labels: { function: { field: address, decode: { usym: { pid: pid_tgid } } } }
    metrics: [ { counter: calls_total, help: Calls. } ]
)"));
  EXPECT_EQ((Samples{{"calls_total{function=\"bpfmap_test_counted_function+0x0\"}", "5"}}),
            maps.samples(R"(
programs: { count_calls: { load: false } }
maps:
  - map: calls
    labels: { function: { field: address, decode: { usym: { pid: pid_tgid, offset: true } } } }
    metrics: [ { counter: calls_total, help: Calls. } ]
)"));
}

TEST_F(StacksTest, UserStacksByIdBeginWithTheFunction) {
  const LoadedMaps maps = count_own_stacks();
  const Samples samples = maps.samples(R"(
programs: { count_calls: { load: false } }
maps:
  - map: by_id
    labels: { user: { decode: { ustack: { map: stack_traces, pid: pid, depth: 1 } } } }
    metrics: [ { counter: stacks_total, help: Stacks. } ]
)");
  ASSERT_TRUE(samples.contains("stacks_total{user=\"bpfmap_test_counted_function\"}"))
      << ::testing::PrintToString(samples);
  EXPECT_EQ("5", samples.at("stacks_total{user=\"bpfmap_test_counted_function\"}"));
}

TEST_F(StacksTest, IdsOfNoStackSayWhy) {
  LoadedMaps maps("stacks");
  struct {
    std::uint32_t pid;
    std::int32_t kernel;
    std::int32_t user;
  } keys[] = {{1, -14, 0}, {2, -17, 0}, {3, 7, 0}, {4, -4000, 0}};
  const std::uint64_t one = 1;
  for (const auto& key : keys) maps.update("by_id", &key, &one);
  EXPECT_EQ((Samples{{"n{pid=\"1\",kernel=\"[EFAULT]\"}", "1"},
                     {"n{pid=\"2\",kernel=\"[EEXIST]\"}", "1"},
                     {"n{pid=\"3\",kernel=\"[unknown]\"}", "1"},
                     {"n{pid=\"4\",kernel=\"[no stack]\"}", "1"}}),
            maps.samples(R"(
programs: { count_calls: { load: false } }
maps:
  - map: by_id
    labels: { pid: , kernel: { decode: { kstack: { map: stack_traces } } } }
    metrics: [ { gauge: n, help: Stacks. } ]
)"));
}

}  // namespace
}  // namespace bpfmap::test
