// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <gmock/gmock.h>

#include <cerrno>

#include "base/unique_fd.h"
#include "bpf_test.h"
#include "kernel/map_sizes.h"
#include "support/eventually.h"

// Sizes that configurations give to maps, as the kernel makes them and refuses them.
namespace bpfmap::kernel {
namespace {

using test::eventually;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class SizedMaps : public test::BpfTest {};

// Everything that the object leaves open.
Object sized_object() {
  Object object = open_test_object("unsized");
  for (const MapSizesRequest& request :
       {MapSizesRequest{"counts", {{}, {}, 100}, {}}, MapSizesRequest{"stacks", {{}, 1016, 64}, {}},
        MapSizesRequest{"ring", {{}, {}, 4096}, {}}, MapSizesRequest{"outer", {}, {{}, {}, 2}}}) {
    const auto set = object.set_sizes(request);
    if (!set) throw std::runtime_error(set.error().message());
  }
  return object;
}

bpf_map_info info_of_map(const Object& object, const std::string& map) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  EXPECT_EQ(bpf_obj_get_info_by_fd(object.map_fd(map), &info, &size), 0) << map;
  return info;
}

TEST_F(SizedMaps, HaveTheirSizesInTheKernel) {
  Object object = sized_object();
  const auto loaded = object.load({});
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(info_of_map(object, "counts").max_entries, 100U);
  EXPECT_EQ(info_of_map(object, "stacks").value_size, 1016U);
  ASSERT_TRUE(object.attach({}));
  const std::uint32_t key = 0;
  std::uint64_t calls = 0;
  EXPECT_TRUE(eventually([&] {
    return bpf_map_lookup_elem(object.map_fd("counts"), &key, &calls) == 0 && calls > 0;
  }));
}

// The object is opened again where a program does not load.
TEST_F(SizedMaps, KeepThemWhenAProgramIsLeftOut) {
  Object object = open_test_object("optional");
  ASSERT_TRUE(object.set_sizes({"seen", {{}, {}, 3}, {}}));
  const std::vector<ProgramRequest> requests{{"bad_access", true, false, {}},
                                             {"bad_target", true, false, {}},
                                             {"bad_pointer", true, false, {}}};
  const auto loaded = object.load(requests);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(info_of_map(object, "seen").max_entries, 3U);
}

TEST_F(SizedMaps, ThatTheKernelRefusesAreNotBlamedOnTheirType) {
  Object object = sized_object();
  ASSERT_TRUE(object.set_sizes({"fixed", {{}, 40000, {}}, {}}));
  const auto loaded = object.load({});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message(),
              AllOf(HasSubstr("create map fixed (percpu_hash)"), Not(HasSubstr("may not know"))));
  Object unsized = open_test_object("unsized");
  const auto failed = unsized.load({});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(),
              AllOf(HasSubstr("makes maps of type"), HasSubstr("but not like this: key_size "),
                    HasSubstr("max_entries 0")));
}

// What is refused offline, the kernel refuses; what it takes is not refused.
struct Refused {
  bpf_map_type type;
  std::uint32_t key;
  std::uint32_t value;
  std::uint32_t entries;
  std::uint32_t flags = 0;
};

class RefusedSizes : public test::BpfTest, public ::testing::WithParamInterface<Refused> {};

TEST_P(RefusedSizes, AreThoseOfTheKernel) {
  const Refused& one = GetParam();
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  options.map_flags = one.flags;
  const UniqueFd map(bpf_map_create(one.type, "sizes", one.key, one.value, one.entries, &options));
  const int code = errno;
  EXPECT_FALSE(map);
  EXPECT_THAT(code, ::testing::AnyOf(EINVAL, E2BIG, ENOMEM));
  MapShape shape;
  shape.type = one.type;
  shape.key_size = one.key;
  shape.value_size = one.value;
  shape.max_entries = one.entries;
  shape.per_cpu = one.type == BPF_MAP_TYPE_PERCPU_HASH || one.type == BPF_MAP_TYPE_PERCPU_ARRAY;
  EXPECT_NE(why_not_creatable(shape), "");
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RefusedSizes,
    ::testing::Values(
        Refused{BPF_MAP_TYPE_HASH, 4, 4, 0}, Refused{BPF_MAP_TYPE_HASH, 0, 4, 1},
        Refused{BPF_MAP_TYPE_HASH, 4, 0, 1},
        Refused{BPF_MAP_TYPE_HASH, 4, 4, (1U << 27) + 1, BPF_F_NO_PREALLOC},
        Refused{BPF_MAP_TYPE_HASH, 4, 4 << 20, 1, BPF_F_NO_PREALLOC},
        Refused{BPF_MAP_TYPE_PERCPU_HASH, 4, 32776, 1, BPF_F_NO_PREALLOC},
        Refused{BPF_MAP_TYPE_ARRAY, 8, 4, 1}, Refused{BPF_MAP_TYPE_ARRAY, 4, 0, 1},
        Refused{BPF_MAP_TYPE_ARRAY, 4, 4, 0}, Refused{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 32776, 1},
        Refused{BPF_MAP_TYPE_STACK_TRACE, 4, 4, 1}, Refused{BPF_MAP_TYPE_STACK_TRACE, 8, 1016, 1},
        Refused{BPF_MAP_TYPE_LPM_TRIE, 4, 4, 1, BPF_F_NO_PREALLOC},
        Refused{BPF_MAP_TYPE_LPM_TRIE, 261, 4, 1, BPF_F_NO_PREALLOC},
        Refused{BPF_MAP_TYPE_LPM_TRIE, 8, 4, 0, BPF_F_NO_PREALLOC},
        Refused{BPF_MAP_TYPE_QUEUE, 4, 4, 1}, Refused{BPF_MAP_TYPE_QUEUE, 0, 4, 0},
        Refused{BPF_MAP_TYPE_RINGBUF, 0, 0, 0}, Refused{BPF_MAP_TYPE_RINGBUF, 0, 0, 12288},
        Refused{BPF_MAP_TYPE_RINGBUF, 4, 0, 4096}, Refused{BPF_MAP_TYPE_BLOOM_FILTER, 4, 4, 1},
        Refused{BPF_MAP_TYPE_PROG_ARRAY, 4, 8, 1}, Refused{BPF_MAP_TYPE_CPUMAP, 4, 4, 0}));

}  // namespace
}  // namespace bpfmap::kernel
