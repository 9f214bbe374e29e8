// SPDX-License-Identifier: Apache-2.0
// Maps that loaders share by their name (LIBBPF_PIN_BY_NAME).
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bpf_test.h"
#include "kernel/named_pins.h"
#include "kernel/pin_folder.h"
#include "kernel/pins/pinned_state.h"
#include "support/bpffs.h"
#include "support/eventually.h"

namespace bpfmap::kernel {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using ::testing::AllOf;
using ::testing::HasSubstr;

class NamedMaps : public test::BpfTest {
 protected:
  void SetUp() override {
    if (test::lacks(test::why_no_bpf())) return;
    test::lacks(bpffs_.problem());
  }

  std::string pin() const { return bpffs_ / "shared_hits"; }
  bool is_pinned() const { return fs::exists(pin()); }
  std::shared_ptr<NamedPins> pins() const { return std::make_shared<NamedPins>(bpffs_.path()); }

  static Result<Object> start(const std::string& name, const std::shared_ptr<NamedPins>& pins) {
    Object object = open_test_object(name);
    if (pins != nullptr) object.share_named_maps(pins);
    if (auto loaded = object.load({}); !loaded) return unexpected(loaded.error());
    if (auto attached = object.attach({}); !attached) return unexpected(attached.error());
    return object;
  }

  static Result<Object> start_and_commit(const std::string& name,
                                         const std::shared_ptr<NamedPins>& pins) {
    auto object = start(name, pins);
    if (!object) return object;
    Object* const one[] = {&*object};
    if (auto committed = Object::commit(one); !committed) return unexpected(committed.error());
    return object;
  }

  static std::uint32_t map_id(const Object& object) {
    return id_of_fd(object.map_fd("shared_hits"), "map_id");
  }

  test::BpfFolder bpffs_;
};

TEST_F(NamedMaps, AreKnownBeforeLoading) {
  const Object object = open_test_object("named");
  for (const MapInfo& map : object.maps()) {
    EXPECT_EQ(map.pinned_by_name, map.name == "shared_hits") << map.name;
  }
}

TEST_F(NamedMaps, AreTheObjectsOwnWhereNothingIsShared) {
  const bool was_there = fs::exists("/sys/fs/bpf/shared_hits");
  const auto object = start_and_commit("named", nullptr);
  ASSERT_TRUE(object) << object.error().message();
  EXPECT_TRUE(eventually([&] { return read_number(*object, "shared_hits") > 0; }));
  EXPECT_EQ(fs::exists("/sys/fs/bpf/shared_hits"), was_there);
}

TEST_F(NamedMaps, ArePinnedWhenAllHasStarted) {
  {
    const auto object = start("named", pins());
    ASSERT_TRUE(object) << object.error().message();
    EXPECT_FALSE(is_pinned());
  }
  EXPECT_FALSE(is_pinned()) << "a start that fails leaves nothing behind";
  const auto object = start_and_commit("named", pins());
  ASSERT_TRUE(object) << object.error().message();
  EXPECT_TRUE(is_pinned());
}

TEST_F(NamedMaps, AreTakenOverByTheNext) {
  std::uint32_t id = 0;
  {
    const auto first = start_and_commit("named", pins());
    ASSERT_TRUE(first) << first.error().message();
    id = map_id(*first);
    EXPECT_TRUE(eventually([&] { return read_number(*first, "shared_hits") > 0; }));
  }
  const auto next = start_and_commit("named", pins());
  ASSERT_TRUE(next) << next.error().message();
  EXPECT_EQ(map_id(*next), id);
  EXPECT_GT(read_number(*next, "shared_hits"), 0U);
}

TEST_F(NamedMaps, AreOneForAllObjectsOfAProcess) {
  const auto shared = pins();
  const auto one = start("named", shared);
  const auto other = start("named", shared);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(map_id(*one), map_id(*other));
  Object* const both[] = {const_cast<Object*>(&*one), const_cast<Object*>(&*other)};
  ASSERT_TRUE(Object::commit(both));
  EXPECT_TRUE(is_pinned());
}

TEST_F(NamedMaps, OfOtherParametersAreRefused) {
  const auto first = start_and_commit("named", pins());
  ASSERT_TRUE(first) << first.error().message();
  const auto wide = start("named_wide", pins());
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().kind, ErrorKind::kSystem);
  EXPECT_THAT(wide.error().message(),
              AllOf(HasSubstr(pin()),
                    HasSubstr("max_entries is 1 in the pinned map and 8 in the "
                              "object"),
                    HasSubstr("hint: "), HasSubstr("rm " + pin())));
}

TEST_F(NamedMaps, AreNotTakenForWhatIsNoMap) {
  const Object other = start_test_object("attach_raw_tp");
  const int program = bpf_prog_get_fd_by_id(status_of(other, "count_syscalls").id);
  bpffs_.pin(program, "shared_hits");
  close(program);
  const auto refused = start("named", pins());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), AllOf(HasSubstr(pin()), HasSubstr("it is no map")));
}

TEST_F(NamedMaps, ThatAnotherLoaderPinsMeanwhileFailTheCommit) {
  auto slow = start("named", pins());
  ASSERT_TRUE(slow);
  const auto fast = start_and_commit("named", pins());
  ASSERT_TRUE(fast);
  Object* const one[] = {&*slow};
  const auto committed = Object::commit(one);
  ASSERT_FALSE(committed);
  EXPECT_THAT(committed.error().message(), HasSubstr("another loader has pinned its own"));
  EXPECT_TRUE(is_pinned());
}

TEST_F(NamedMaps, NeedABpfFileSystem) {
  const auto refused = start("named", std::make_shared<NamedPins>("/proc"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(),
              AllOf(HasSubstr("/proc is no bpf file system"), HasSubstr("mount -t bpf")));
}

// The folder of `pin: true` has all the others.
TEST_F(NamedMaps, AreNotInTheFolderOfPins) {
  Object object = open_test_object("named");
  auto folder = PinFolder::open(bpffs_ / "pins", "named");
  ASSERT_TRUE(folder) << folder.error().message();
  object.pin_to(*folder, true);
  object.share_named_maps(pins());
  ASSERT_TRUE(object.load({}));
  ASSERT_TRUE(object.attach({}));
  Object* const one[] = {&object};
  ASSERT_TRUE(Object::commit(one));
  EXPECT_TRUE(is_pinned());
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator((*folder)->path())) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, ::testing::Contains(HasSubstr("own_hits")));
  EXPECT_THAT(names, ::testing::Not(::testing::Contains(HasSubstr("shared_hits"))));
  object.unpin();
}

TEST_F(NamedMaps, AreAtTheRootOfTheirFileSystem) {
  EXPECT_EQ(root_of_file_system("/sys/fs/bpf/bpfmap_exporter"), "/sys/fs/bpf");
  EXPECT_EQ(root_of_file_system(bpffs_ / "not/there/yet"), "/sys/fs/bpf");
  EXPECT_EQ(root_of_file_system("/sys/fs/bpf"), "/sys/fs/bpf");
}

}  // namespace
}  // namespace bpfmap::kernel
