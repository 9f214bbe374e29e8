// SPDX-License-Identifier: Apache-2.0
#include "kernel/foreign_maps.h"

#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "kernel/feed_test.h"
#include "support/eventually.h"
#include "support/said_without_rights.h"
#include "support/test_objects.h"

// Maps that are loaded and pinned by another program than the exporter: found, lost
// and found again.
namespace bpfmap::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

constexpr const char* kCounter = ", metrics: [ { counter: c_total } ]";

class ForeignMapsTest : public FeedTest {
 protected:
  // A hash map with one entry, 1: value.
  static UniqueFd counts(std::uint64_t value, const std::string& name = "counts") {
    UniqueFd fd = create_map(BPF_MAP_TYPE_HASH, name);
    set(fd.get(), 1, value);
    return fd;
  }
  std::unique_ptr<collect::ForeignFeed> pinned(const std::string& path,
                                               const std::string& more = "") {
    return feed("pinned: \"" + path + "\"" + more + kCounter);
  }
};

struct Enums {
  std::uint32_t color;
  std::int32_t direction;
  std::int32_t other_direction;
  std::uint8_t tiny;
  std::uint8_t tinies[3];
};

TEST_F(ForeignMapsTest, WithBtfKeysHaveFieldsAndEnumsNames) {
  if (cannot_run()) return;
  LoadedMaps maps("types");
  const std::map<std::uint32_t, std::string> colors{{0, "RED"}, {7, "GREEN"}, {5, "5"}};
  for (const auto& [color, name] : colors) {
    const Enums key{color, -1, 1, 255, {}};
    const std::uint64_t value = 100 + color;
    maps.update("enums", &key, &value);
  }
  folder_.pin(maps.fd("enums"), "enums");
  Samples expected;
  for (const DumpedRow& row : maps.dump("enums")) {
    Enums key{};
    std::uint64_t value = 0;
    std::memcpy(&key, row.key.data(), sizeof(key));
    std::memcpy(&value, row.values.at(0).data(), sizeof(value));
    expected["c_total{color=\"" + colors.at(key.color) + "\",direction=\"BACKWARD\"}"] =
        std::to_string(value);
  }
  EXPECT_EQ(expected.size(), 3U);
  const auto found = pinned(folder_ / "enums", ", labels: { color: , direction: }");
  EXPECT_EQ(samples(*found), expected);
}

TEST_F(ForeignMapsTest, WithoutBtfTheyAreNumbersOrBytes) {
  if (cannot_run()) return;
  LoadedMaps maps("kinds");
  const std::uint32_t key = 0x00020001;
  const std::uint64_t value = 77;
  maps.update("untyped", &key, &value);
  folder_.pin(maps.fd("untyped"), "untyped");
  EXPECT_THAT(samples(*pinned(folder_ / "untyped")),
              ElementsAre(Pair("c_total{key=\"131073\"}", "77")));
  EXPECT_THAT(samples(*pinned(folder_ / "untyped", ", labels: { high: { offset: 2, type: u16 } }")),
              ElementsAre(Pair("c_total{high=\"2\"}", "77")));
}

TEST_F(ForeignMapsTest, EveryKindHoldsWhatBpftoolReads) {
  if (cannot_run()) return;
  LoadedMaps maps("kinds");
  for (const std::string name : {"hash", "array", "lru_hash", "percpu_hash", "percpu_array"}) {
    const kernel::MapShape& shape = maps.info(name).shape;
    for (std::uint32_t key = 0; key < 5; ++key) {
      std::vector<Bytes> values;
      for (std::uint32_t cpu = 0; cpu < shape.cpus; ++cpu) {
        Bytes value(shape.value_size);
        value[0] = static_cast<std::uint8_t>(10 * key + cpu);
        values.push_back(value);
      }
      maps.update_cpus(name, &key, values);
    }
    folder_.pin(maps.fd(name), name);
    Samples expected;
    for (const DumpedRow& row : maps.dump(name)) {
      std::uint64_t sum = 0;
      for (const Bytes& bytes : row.values) {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data(), sizeof(value));
        sum += value;
      }
      expected["c_total{key=\"" + std::to_string(row.key[0]) + "\"}"] = std::to_string(sum);
    }
    EXPECT_GE(expected.size(), 5U);
    EXPECT_EQ(samples(*pinned(folder_ / name)), expected) << name;
  }
}

TEST_F(ForeignMapsTest, GlobsInFileNamesAndInFolders) {
  if (cannot_run()) return;
  const UniqueFd one = counts(10);
  const UniqueFd two = counts(20);
  folder_.pin(one.get(), "first/hits_a");
  folder_.pin(two.get(), "second/hits_a");
  folder_.pin(two.get(), "first/hits_b");
  folder_.pin(two.get(), "first/other");
  EXPECT_THAT(samples(*pinned(folder_ / "first/hits_*")),
              ElementsAre(Pair("c_total{key=\"1\",map=\"hits_a\"}", "10"),
                          Pair("c_total{key=\"1\",map=\"hits_b\"}", "20")));
  EXPECT_THAT(
      samples(*pinned(folder_ / "*/hits_a")),
      ElementsAre(Pair("c_total{key=\"1\",map=\"" + (folder_ / "first/hits_a") + "\"}", "10"),
                  Pair("c_total{key=\"1\",map=\"" + (folder_ / "second/hits_a") + "\"}", "20")));
  EXPECT_THAT(samples(*pinned(folder_ / "first/hits_*", ", map_label: false")),
              ElementsAre(Pair("c_total{key=\"1\"}", "30")));
  // A folder that matches is no map, and does not hide one.
  EXPECT_THAT(page(*pinned(folder_ / "*")), HasSubstr("(ENOENT)"));
  folder_.pin(one.get(), "map");
  EXPECT_THAT(samples(*pinned(folder_ / "*")),
              ElementsAre(Pair("c_total{key=\"1\",map=\"map\"}", "10")));
}

TEST_F(ForeignMapsTest, ByNameAddedUpOrToldApart) {
  if (cannot_run()) return;
  // A name of its own, since others load maps as well.
  const std::string name = "fm" + std::to_string(::getpid());
  const auto sum = feed("loaded: { name: " + name + " }, map_label: false" + kCounter);
  EXPECT_THAT(page(*sum), HasSubstr("open map '" + name + "': No such file or directory (ENOENT)"));
  UniqueFd one = counts(10, name);
  EXPECT_THAT(samples(*sum), ElementsAre(Pair("c_total{key=\"1\"}", "10")));
  const UniqueFd two = counts(20, name);
  EXPECT_THAT(samples(*sum), ElementsAre(Pair("c_total{key=\"1\"}", "30")));
  const auto apart = feed("loaded: { name: " + name + " }, map_label: id, labels: {}" + kCounter);
  EXPECT_THAT(samples(*apart),
              ElementsAre(Pair("c_total{id=\"" + std::to_string(id_of(one.get())) + "\"}", "10"),
                          Pair("c_total{id=\"" + std::to_string(id_of(two.get())) + "\"}", "20")));
  one.reset();
  EXPECT_TRUE(eventually([&] { return samples(*sum) == Samples{{"c_total{key=\"1\"}", "20"}}; }));
}

// Two maps that have nothing in common but their name would make a sum that looks right.
TEST_F(ForeignMapsTest, SeveralOfANameAreRefusedWhereTheFileDoesNotSayWhat) {
  if (cannot_run()) return;
  const std::string name = "fa" + std::to_string(::getpid());
  const auto one_map = feed("loaded: { name: " + name + " }" + kCounter);
  const UniqueFd one = counts(10, name);
  EXPECT_THAT(samples(*one_map), ElementsAre(Pair("c_total{key=\"1\"}", "10")));
  UniqueFd two = counts(20, name);
  EXPECT_THAT(page(*one_map),
              AllOf(HasSubstr("read maps '" + name + "': 2 maps have that name (ids " +
                              std::to_string(id_of(one.get())) + ", " +
                              std::to_string(id_of(two.get())) + ")"),
                    HasSubstr("hint: 'program' or 'owner' beside 'name' choose by what uses them; "
                              "'map_label: NAME' tells them apart, 'map_label: false' adds them")));
  two.reset();
  EXPECT_TRUE(eventually(
      [&] { return page(*one_map).find("c_total{key=\"1\"} 10") != std::string::npos; }));
}

TEST_F(ForeignMapsTest, ByTheProcessThatHoldsThem) {
  if (cannot_run()) return;
  const std::string name = "fo" + std::to_string(::getpid());
  const UniqueFd ours = counts(10, name);
  const std::string by_pid = "loaded: { name: " + name + ", owner: ";
  EXPECT_THAT(samples(*feed(by_pid + std::to_string(::getpid()) + " }" + kCounter)),
              ElementsAre(Pair("c_total{key=\"1\"}", "10")));
  EXPECT_THAT(
      page(*feed(by_pid + "no_process_is_called_so }" + kCounter)),
      HasSubstr("open map '" + name +
                "': No such file or directory (ENOENT): the map of that name is not held by "
                "process 'no_process_is_called_so'"));
}

TEST_F(ForeignMapsTest, ByANameThatTheKernelHasCut) {
  if (cannot_run()) return;
  const std::string name = "cut_" + std::to_string(::getpid()) + "_0123456789";
  const UniqueFd fd = counts(10, name.substr(0, 15));
  EXPECT_THAT(samples(*feed("loaded: { name: " + name + " }" + kCounter)),
              ElementsAre(Pair("c_total{key=\"1\"}", "10")));
}

TEST_F(ForeignMapsTest, ByIdUntilItIsGone) {
  if (cannot_run()) return;
  UniqueFd fd = counts(10);
  const std::string id = std::to_string(id_of(fd.get()));
  const auto by_id = feed("loaded: { id: " + id + " }" + kCounter);
  EXPECT_THAT(samples(*by_id), ElementsAre(Pair("c_total{key=\"1\"}", "10")));
  // Nothing is kept open, hence the map goes with its owner.
  fd.reset();
  EXPECT_TRUE(
      eventually([&] { return page(*by_id).find("open map with id " + id) != std::string::npos; }));
}

TEST_F(ForeignMapsTest, AppearIsReplacedVanishesAndComesBack) {
  if (cannot_run()) return;
  const auto found = pinned(folder_ / "m");
  EXPECT_THAT(page(*found), HasSubstr("No such file or directory (ENOENT)"));
  UniqueFd first = counts(10);
  folder_.pin(first.get(), "m");
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{key=\"1\"}", "10")));
  const UniqueFd second = counts(20);
  folder_.pin(second.get(), "m");
  first.reset();
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{key=\"1\"}", "20")));
  folder_.unpin("m");
  EXPECT_THAT(page(*found), HasSubstr("(ENOENT)"));
  folder_.pin(second.get(), "m");
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{key=\"1\"}", "20")));
}

TEST_F(ForeignMapsTest, OneOfAnotherLayoutInItsPlaceIsCompiledAnew) {
  if (cannot_run()) return;
  const auto found = pinned(folder_ / "m");
  const UniqueFd wide = counts(10);
  folder_.pin(wide.get(), "m");
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{key=\"1\"}", "10")));
  const UniqueFd narrow = create_map(BPF_MAP_TYPE_HASH, "narrow", 2, 4);
  const std::uint16_t key = 9;
  const std::uint32_t value = 90;
  ASSERT_EQ(::bpf_map_update_elem(narrow.get(), &key, &value, 0), 0);
  folder_.pin(narrow.get(), "m");
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{key=\"9\"}", "90")));
  const UniqueFd odd = create_map(BPF_MAP_TYPE_HASH, "odd", 4, 12);
  folder_.pin(odd.get(), "m");
  EXPECT_THAT(page(*found), AllOf(HasSubstr("it does not fit the configuration"),
                                  HasSubstr("test.yaml:1:"), HasSubstr("error: ")));
  folder_.pin(wide.get(), "m");
  EXPECT_THAT(samples(*found), ElementsAre(Pair("c_total{key=\"1\"}", "10")));
}

TEST_F(ForeignMapsTest, TotalsOutliveAReplacement) {
  if (cannot_run()) return;
  const auto total = pinned(folder_ / "m", ", mode: accumulate");
  const UniqueFd first = counts(10);
  folder_.pin(first.get(), "m");
  EXPECT_THAT(samples(*total), ElementsAre(Pair("c_total{key=\"1\"}", "10")));
  const UniqueFd second = counts(3);
  folder_.pin(second.get(), "m");
  EXPECT_THAT(samples(*total), ElementsAre(Pair("c_total{key=\"1\"}", "13")));
}

TEST_F(ForeignMapsTest, DrainedMapsAreEmptyAfterwards) {
  if (cannot_run()) return;
  const auto total = pinned(folder_ / "m", ", mode: drain");
  const UniqueFd map = counts(10);
  folder_.pin(map.get(), "m");
  EXPECT_THAT(samples(*total), ElementsAre(Pair("c_total{key=\"1\"}", "10")));
  std::uint32_t key = 0;
  EXPECT_EQ(::bpf_map_get_next_key(map.get(), nullptr, &key), -ENOENT);
  set(map.get(), 1, 5);
  EXPECT_THAT(samples(*total), ElementsAre(Pair("c_total{key=\"1\"}", "15")));
}

TEST_F(ForeignMapsTest, PinsOfProgramsAndLinksAreNoMaps) {
  if (cannot_run()) return;
  auto object = kernel::Object::open_file(test_object("attach_raw_tp"));
  ASSERT_TRUE(object);
  ASSERT_TRUE(object->load({}));
  const UniqueFd program(::bpf_prog_get_fd_by_id(object->program_statuses().at(0).id));
  const UniqueFd link(::bpf_raw_tracepoint_open("sys_enter", program.get()));
  ASSERT_TRUE(link);
  folder_.pin(program.get(), "a_prog");
  folder_.pin(link.get(), "b_link");
  EXPECT_THAT(page(*pinned(folder_ / "a_prog")), HasSubstr("/a_prog is a prog and no map"));
  EXPECT_THAT(page(*pinned(folder_ / "b_link")), HasSubstr("/b_link is a link and no map"));
  EXPECT_THAT(page(*pinned(folder_ / "?_*")), HasSubstr("and no map"));
  // Beside a map they are passed by: objects are pinned with all they have.
  const UniqueFd map = counts(10);
  folder_.pin(map.get(), "c_map");
  EXPECT_THAT(samples(*pinned(folder_ / "?_*")),
              ElementsAre(Pair("c_total{key=\"1\",map=\"c_map\"}", "10")));
}

TEST_F(ForeignMapsTest, OfDifferentShapesAreRefused) {
  if (cannot_run()) return;
  const UniqueFd wide = counts(10);
  const UniqueFd narrow = create_map(BPF_MAP_TYPE_HASH, "narrow", 4, 4);
  folder_.pin(wide.get(), "m1");
  folder_.pin(narrow.get(), "m2");
  EXPECT_THAT(page(*pinned(folder_ / "m*")),
              AllOf(HasSubstr("the maps with ids " + std::to_string(id_of(wide.get())) + " and " +
                              std::to_string(id_of(narrow.get()))),
                    HasSubstr("differ in value size (8 and 4 bytes)"),
                    HasSubstr("hint: use a pattern that matches maps of one kind only")));
}

// What open() says to a user without any right.
std::string said_to_a_user(const kernel::ForeignMapQuery& query) {
  return test::said_without_rights([&] {
    const auto opened = kernel::ForeignMaps(query).open();
    return opened ? "opened" : opened.error().message();
  });
}

TEST_F(ForeignMapsTest, TheUnprivilegedAreToldWhatTheyLack) {
  if (cannot_run()) return;
  const UniqueFd map = counts(10);
  folder_.pin(map.get(), "m");
  const auto is_refused = AllOf(::testing::ContainsRegex("\\((EPERM|EACCES)\\)"),
                                HasSubstr("hint: opening a pin needs CAP_BPF"));
  EXPECT_THAT(said_to_a_user(kernel::PinnedMaps{folder_ / "m"}), is_refused);
  EXPECT_THAT(said_to_a_user(kernel::PinnedMaps{folder_ / "*"}), is_refused);
  const auto needs_admin = AllOf(HasSubstr("(EPERM)"),
                                 HasSubstr("hint: finding maps by name or id needs CAP_SYS_ADMIN"));
  EXPECT_THAT(said_to_a_user(kernel::LoadedMapsByName{"counts"}), needs_admin);
  EXPECT_THAT(said_to_a_user(kernel::LoadedMapById{id_of(map.get())}), needs_admin);
}

TEST_F(ForeignMapsTest, WalksLeaveNothingOpen) {
  if (cannot_run()) return;
  const UniqueFd map = counts(10);
  folder_.pin(map.get(), "m1");
  folder_.pin(map.get(), "m2");
  const auto one = pinned(folder_ / "m1");
  const auto several = pinned(folder_ / "m*");
  const auto by_id = feed("loaded: { id: " + std::to_string(id_of(map.get())) + " }" + kCounter);
  const auto missing = pinned(folder_ / "none");
  const std::size_t before = open_descriptors();
  for (int walk = 0; walk < 1000; ++walk) {
    EXPECT_EQ(samples(*one).size(), 1U);
    EXPECT_EQ(samples(*several).size(), 2U);
    EXPECT_EQ(samples(*by_id).size(), 1U);
    page(*missing);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace bpfmap::test
