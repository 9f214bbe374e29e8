// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "kernel/object.h"
#include "support/temporary_directory.h"
#include "support/test_objects.h"

// Opening needs neither privilege nor a kernel that knows BPF.
namespace bpfmap::kernel {
namespace {

using test::test_object;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Object open(const std::string& name) {
  Result<Object> object = Object::open_file(test_object(name));
  if (!object) throw std::runtime_error(object.error().message());
  return std::move(*object);
}

std::vector<std::byte> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

const MapInfo& map_of(const Object& object, const std::string& name) {
  for (const MapInfo& map : object.maps()) {
    if (map.name == name) return map;
  }
  throw std::runtime_error("no map " + name);
}

std::string open_error(const std::string& path) {
  const Result<Object> object = Object::open_file(path);
  if (object) return "opened";
  EXPECT_EQ(object.error().kind, ErrorKind::kConfiguration);
  return object.error().message();
}

std::string open_error(const std::vector<std::byte>& bytes) {
  const Result<Object> object = Object::open_memory("x.bpf.o", bytes);
  return object ? "opened" : object.error().message();
}

TEST(OpenObject, ListsProgramsWithTypeAndSection) {
  const Object object = open("rejected");
  ASSERT_EQ(object.programs().size(), 2u);
  const ProgramInfo& xdp = object.programs()[0];
  EXPECT_EQ(xdp.name, "reads_past_end");
  EXPECT_EQ(xdp.section, "xdp");
  EXPECT_EQ(xdp.type, "xdp");
  EXPECT_FALSE(xdp.section_attaches);
  const ProgramInfo& raw = object.programs()[1];
  EXPECT_EQ(raw.section, "raw_tp/sys_enter");
  EXPECT_EQ(raw.type, "raw_tracepoint");
  EXPECT_TRUE(raw.section_attaches);
}

std::vector<std::string> map_names(const Object& object) {
  std::vector<std::string> names;
  for (const MapInfo& map : object.maps()) names.push_back(map.name);
  return names;
}

TEST(OpenObject, KnowsProgramsThatAreLoadedOnDemand) {
  const Object object = open("layouts");
  EXPECT_TRUE(object.programs().at(0).autoload);
  const ProgramInfo& on_demand = object.programs().at(1);
  EXPECT_EQ(on_demand.name, "on_demand");
  EXPECT_EQ(on_demand.section, "raw_tp/sys_exit");
  EXPECT_FALSE(on_demand.autoload);
}

TEST(OpenObject, ListsStructs) {
  EXPECT_THAT(open("events").struct_names(),
              AllOf(Contains("request"), Contains("kept_by_a_pointer"), Contains("nothing")));
}

// vmlinux.h brings hundreds that are called events, tasks and requests.
TEST(OpenObject, ListsStructsOfItsOwnOnly) {
  const Object object = open("event_structs");
  EXPECT_THAT(object.struct_names(), ElementsAre("started_event", "event"));
  EXPECT_THAT(object.struct_type("task_strct").error().message(),
              AllOf(HasSubstr("no struct 'task_strct' in the BTF of "),
                    Not(HasSubstr("task_struct")), HasSubstr("event: { size: N }")));
  EXPECT_TRUE(object.struct_type("task_struct")) << "by its name any can be had";
  EXPECT_THAT(open("event_structs_none").struct_names(), IsEmpty());
}

TEST(OpenObject, ListsMapsWithoutThoseOfLibbpf) {
  const auto is_plumbing = AnyOf(HasSubstr("."), StartsWith("__bpf_usdt"));
  const std::vector<std::string> with_globals = map_names(open("globals"));
  EXPECT_THAT(with_globals, Contains("seen"));
  EXPECT_THAT(with_globals, Not(Contains(is_plumbing)));
  const std::vector<std::string> with_usdt = map_names(open("attach_usdt"));
  EXPECT_THAT(with_usdt, Contains("hits"));
  EXPECT_THAT(with_usdt, Not(Contains(is_plumbing)));
}

TEST(OpenObject, KnowsTheShapesOfMaps) {
  const Object object = open("kinds");
  const MapInfo& hash = map_of(object, "hash");
  EXPECT_EQ(hash.shape.type, static_cast<std::uint32_t>(BPF_MAP_TYPE_HASH));
  EXPECT_EQ(hash.shape.key_size, 4u);
  EXPECT_EQ(hash.shape.value_size, 8u);
  EXPECT_EQ(hash.shape.max_entries, 4096u);
  EXPECT_FALSE(hash.shape.per_cpu);
  EXPECT_EQ(hash.shape.cpus, 1u);
  EXPECT_EQ(map_of(object, "mmapable").shape.flags, static_cast<std::uint32_t>(BPF_F_MMAPABLE));

  const auto cpus = static_cast<std::uint32_t>(sysconf(_SC_NPROCESSORS_CONF));
  for (const char* name : {"percpu_hash", "percpu_array", "lru_percpu_hash"}) {
    EXPECT_TRUE(map_of(object, name).shape.per_cpu) << name;
    EXPECT_GE(map_of(object, name).shape.cpus, cpus) << name;
  }
  const MapShape& small = map_of(object, "small_values").shape;
  EXPECT_EQ(small.value_size, 4u);
  EXPECT_EQ(small.cpu_stride(), 8u);
}

TEST(OpenObject, FindsSpinLocksAndMissingTypes) {
  const Object object = open("kinds");
  EXPECT_TRUE(map_of(object, "locked").shape.has_spin_lock);
  EXPECT_FALSE(map_of(object, "hash").shape.has_spin_lock);
  EXPECT_THAT(field_paths(map_of(object, "locked").value, "value"),
              ElementsAre("flags", "packets", "bytes"));
  EXPECT_EQ(map_of(object, "untyped").key, nullptr);
  EXPECT_EQ(map_of(object, "untyped").value, nullptr);
  EXPECT_EQ(map_of(object, "untyped").shape.value_size, 8u);
}

TEST(OpenObject, ReadsTheTypesOfKeysAndValues) {
  const Object object = open("types");
  EXPECT_EQ(map_of(object, "ints").key->name, "struct ints_key");
  EXPECT_EQ(map_of(object, "typedefs").key->name, "typedefs_key_t");
  EXPECT_EQ(map_of(object, "signed_number").value->kind, TypeKind::kSigned);
  EXPECT_EQ(map_of(object, "bool_number").value->kind, TypeKind::kBool);
  EXPECT_EQ(map_of(object, "double_number").value->kind, TypeKind::kFloat);
  for (const MapInfo& map : object.maps()) {
    ASSERT_NE(map.key, nullptr) << map.name;
    ASSERT_NE(map.value, nullptr) << map.name;
    EXPECT_EQ(map.key->size, map.shape.key_size) << map.name;
    EXPECT_EQ(map.value->size, map.shape.value_size) << map.name;
  }
}

std::vector<std::string> leaves(const TypePtr& type, const std::string& name) {
  std::vector<std::string> texts;
  for (const kernel::Field& field : leaf_fields(type, name)) {
    std::string text = field.path + "@" + std::to_string(field.offset);
    if (field.bit_size > 0) {
      text += "." + std::to_string(field.bit_offset) + ":" + std::to_string(field.bit_size);
    }
    texts.push_back(text);
  }
  return texts;
}

TEST(OpenObject, LaysFieldsOutAsTheCompilerDid) {
  const Object object = open("types");
  EXPECT_THAT(leaves(map_of(object, "ints").key, "key"),
              ElementsAre("u64@0", "s64@8", "u32@16", "s32@20", "u16@24", "s16@26", "u8@28",
                          "s8@29", "flag@30", "letter@31"));
  EXPECT_THAT(leaves(map_of(object, "padded").key, "key"),
              ElementsAre("first@0", "second@4", "third@8", "fourth@16", "last@24"));
  EXPECT_THAT(leaves(map_of(object, "packed").value, "value"),
              ElementsAre("first@0", "second@1", "third@9"));
  EXPECT_THAT(leaves(map_of(object, "bitfields").key, "key"),
              ElementsAre("plain@0", "first@1.0:1", "rest@1.1:7", "whole@2", "three@4.0:3",
                          "signed_five@4.3:5", "across@5.0:13", "flag@6.5:1", "filler@6.6:10",
                          "wide@8.0:40", "signed_wide@13.0:24"));
  EXPECT_THAT(leaves(map_of(object, "unions").key, "key"),
              ElementsAre("family@0", "(v4|v6)@4", "named@20"));
  EXPECT_THAT(leaves(map_of(object, "nested").key, "key"),
              ElementsAre("source.address@0", "source.port@4", "source.zone@6",
                          "destination.address@8", "destination.port@12", "destination.zone@14",
                          "anonymous_low@16", "anonymous_deep@20", "hops@24"));
}

TEST(OpenObject, TellsCharFromBytesAndEnumsApart) {
  const Object object = open("types");
  const TypePtr strings = map_of(object, "strings").key;
  EXPECT_TRUE(resolve_field(strings, "comm", "key")->type->is_text());
  EXPECT_FALSE(resolve_field(strings, "mac", "key")->type->is_text());
  EXPECT_FALSE(resolve_field(strings, "text", "key")->type->is_text());
  const TypePtr enums = map_of(object, "enums").key;
  EXPECT_TRUE(resolve_field(enums, "direction", "key")->type->is_signed);
  EXPECT_FALSE(resolve_field(enums, "color", "key")->type->is_signed);
  EXPECT_EQ(resolve_field(enums, "tiny", "key")->type->size, 1u);
  EXPECT_EQ(resolve_field(enums, "other_direction", "key")->type->name, "direction_t");
}

TEST(OpenObject, ListsGlobalsBySectionAndOffset) {
  const Object object = open("globals");
  const auto named = [](const char* name, const char* section) {
    return AllOf(Field(&GlobalInfo::name, name), Field(&GlobalInfo::section, section));
  };
  EXPECT_THAT(object.globals(), Contains(named("sample_rate", ".rodata")));
  EXPECT_THAT(object.globals(), Contains(named("threshold_ns", ".data")));
  EXPECT_THAT(object.globals(), Contains(named("total_runs", ".bss")));
  EXPECT_THAT(object.globals(), Not(Contains(Field(&GlobalInfo::name, "LICENSE"))));
  for (const GlobalInfo& global : object.globals()) EXPECT_GT(global.type->size, 0u) << global.name;
}

TEST(OpenObject, NeedsNoPrivilege) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr uid_t kUnprivileged = 65534;
    // The build directory may be closed to others: the bytes are read before privileges go.
    const std::vector<std::byte> bytes = read(test_object("globals"));
    if (geteuid() == 0 && (setgid(kUnprivileged) != 0 || setuid(kUnprivileged) != 0)) _exit(2);
    Result<Object> object = Object::open_memory("globals.bpf.o", bytes);
    const std::uint32_t rate = 100;
    const bool good = object && !object->maps().empty() &&
                      object->set_global("sample_rate", std::as_bytes(std::span(&rate, 1)));
    _exit(good ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(OpenObject, SaysWhatIsNoObject) {
  EXPECT_THAT(open_error("/nonexistent/a.bpf.o"),
              StartsWith("open object /nonexistent/a.bpf.o: No such file or directory (ENOENT)"));
  EXPECT_THAT(open_error("/"), HasSubstr("Is a directory (EISDIR)"));
  EXPECT_THAT(open_error("/dev/zero"), HasSubstr("it is a device, pipe or socket"));
  EXPECT_THAT(open_error("/proc/self/exe"), HasSubstr("not for BPF"));
  EXPECT_THAT(open_error(std::vector<std::byte>(200)), HasSubstr("not an ELF file"));
}

TEST(OpenObject, DoesNotWaitForTheWriterOfAPipe) {
  const test::TemporaryDirectory directory;
  const std::string pipe = directory / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(open_error(pipe), HasSubstr("it is a device, pipe or socket, expected a file"));
  const std::string empty = directory.write("empty", "");
  EXPECT_THAT(open_error(empty), HasSubstr("the file is empty"));
}

TEST(OpenObject, SaysHowToRewriteLegacyMaps) {
  const std::string message = open_error(test_object("legacy"));
  EXPECT_THAT(message, HasSubstr("legacy map definitions"));
  EXPECT_THAT(message, HasSubstr("struct bpf_map_def"));
  EXPECT_THAT(message, HasSubstr("hint: write each map as struct"));
  EXPECT_THAT(message, HasSubstr("SEC(\".maps\")"));
}

TEST(OpenObject, SaysThatBtfIsMissing) {
  const std::string message = open_error(test_object("nobtf"));
  EXPECT_THAT(message, HasSubstr("described by BTF, which is missing"));
  EXPECT_THAT(message, HasSubstr("compile with clang -g"));
}

TEST(OpenObject, SurvivesFilesThatAreCutShort) {
  const std::vector<std::byte> bytes = read(test_object("types"));
  ASSERT_GT(bytes.size(), 1000u);
  for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 61) {
    const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<long>(size));
    EXPECT_THAT(open_error(part), StartsWith("open object x.bpf.o: ")) << size;
  }
}

TEST(OpenObject, RefusesTheOtherByteOrder) {
  std::vector<std::byte> bytes = read(test_object("types"));
  bytes[5] = std::byte{2};
  EXPECT_THAT(open_error(bytes), HasSubstr("other byte order"));
}

TEST(OpenObject, PrintsNothingByItself) {
  ::testing::internal::CaptureStderr();
  open_error(test_object("legacy"));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(SetGlobal, RefusesWhatDoesNotFit) {
  Object object = open("globals");
  const std::vector<std::byte> bytes(3);
  const auto wrong_size = object.set_global("sample_rate", bytes);
  ASSERT_FALSE(wrong_size);
  EXPECT_THAT(wrong_size.error().message(), HasSubstr("3 bytes for __u32, which has 4"));
  const auto unknown = object.set_global("sample_rat", bytes);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(),
              HasSubstr("no such global variable (did you mean 'sample_rate'?)"));
}

TEST(UnloadedObject, HasNoDescriptors) {
  const Object object = open("kinds");
  EXPECT_EQ(object.map_fd("hash"), -1);
  EXPECT_EQ(object.program_runs("x"), std::nullopt);
}

}  // namespace
}  // namespace bpfmap::kernel
