// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <filesystem>

#include "decode/cgroup_labels.h"
#include "support/temporary_directory.h"
#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kService = "/system.slice/ssh.service";
const std::string kContainerId(64, 'a');

// On folders that look like a hierarchy.
class CgroupDecoder : public DecoderTest {
 protected:
  CgroupDecoder() {
    fs::create_directories(mount_ + kService);
    fs::create_directories(mount_ + container_);
  }

  host::HostOptions options() {
    host::HostOptions options;
    options.cgroups.mountinfo = directory_.write(
        "mountinfo", "41 31 0:38 / " + mount_ + " rw - cgroup2 cgroup2 rw\n42 31 0:39 / " + mount_ +
                         "/system.slice rw - cgroup cgroup rw,memory\n");
    return options;
  }
  std::uint64_t id_of(const std::string& path) const {
    struct stat status {};
    EXPECT_EQ(::stat((mount_ + path).c_str(), &status), 0);
    return status.st_ino;
  }
  std::string label(const Chain& chain, std::uint64_t id, TypePtr type = u64()) {
    const std::optional<LabelDecoder> decoder = compile(field_of(std::move(type)), chain);
    if (!decoder) return diagnostics_.render();
    std::string out(decoder->max_bytes(), '\0');
    DecodeState state(names_);
    const Bytes key = bytes_of(id);
    out.resize(
        static_cast<std::size_t>(decoder->write(key.data(), out.data(), state) - out.data()));
    is_lossy_ = state.lossy;
    return out;
  }

  bpfmap::test::TemporaryDirectory directory_;
  const std::string mount_ = directory_ / "cgroup";
  const std::string container_ = "/docker/" + kContainerId;
  host::HostNames names_{std::make_shared<host::Host>(options())};
  bool is_lossy_ = false;
};

TEST_F(CgroupDecoder, WritesPathsAndWhatTheyTell) {
  const std::uint64_t service = id_of(kService);
  EXPECT_EQ(label({use("cgroup")}, service), mount_ + kService);
  EXPECT_FALSE(is_lossy_);
  EXPECT_EQ(label({use("cgroup", texts({{"path", "relative"}}))}, service), kService);
  EXPECT_EQ(label({use("cgroup", texts({{"path", "relative"}}))}, id_of("")), "/");
  EXPECT_EQ(label({use("systemd_unit")}, service), "ssh.service");
  EXPECT_EQ(label({use("container_id")}, service), "");
  EXPECT_EQ(label({use("pod")}, service), "") << "it is in no pod";
  const std::uint64_t container = id_of(container_);
  EXPECT_EQ(label({use("container_id")}, container), kContainerId);
  EXPECT_EQ(label({use("container_runtime")}, container), "docker");
  EXPECT_EQ(label({use("pod_uid")}, container), "");
  EXPECT_EQ(label({use("pod_namespace")}, container), "");
}

TEST_F(CgroupDecoder, FoldsUnknownIdsAndSaysThatTheyMayBeMany) {
  for (const char* name : {"cgroup", "container", "container_id", "container_runtime", "pod",
                           "pod_namespace", "pod_uid", "systemd_unit"}) {
    EXPECT_EQ(label({use(name)}, 0), "unknown") << name;
    EXPECT_TRUE(is_lossy_);
    EXPECT_EQ(label({use(name)}, ~std::uint64_t{0}), "unknown") << name;
  }
  EXPECT_EQ(label({use("cgroup", texts({{"keep_unknown", "true"}}))}, ~std::uint64_t{0}),
            "unknown_cgroup_id:18446744073709551615");
}

TEST_F(CgroupDecoder, ReadsBytesAndTexts) {
  const std::uint64_t service = id_of(kService);
  EXPECT_EQ(label({use("systemd_unit")}, service, array(u8(), 8)), "ssh.service");
  EXPECT_EQ(label({use("number"), use("systemd_unit")}, service), "ssh.service");
}

TEST_F(CgroupDecoder, LooksIntoTheHierarchyThatIsAskedFor) {
  EXPECT_EQ(label({use("cgroup", texts({{"hierarchy", "memory"}, {"path", "relative"}}))},
                  id_of(kService)),
            "/ssh.service");
  EXPECT_EQ(label({use("cgroup", texts({{"hierarchy", "blkio"}}))}, id_of(kService)), "unknown");
}

TEST_F(CgroupDecoder, OnlyPathsAreInjective) {
  EXPECT_TRUE(compile(field_of(u64()), {use("cgroup")})->is_injective());
  EXPECT_FALSE(compile(field_of(u64()), {use("container_id")})->is_injective());
  EXPECT_FALSE(compile(field_of(array(u64(), 2)), {use("cgroup")})->is_injective());
}

TEST_F(CgroupDecoder, SaysWhatItDoesNotTake) {
  const Field field = field_of(u64());
  EXPECT_EQ(error(field, {use("cgroup", texts({{"pth", "x"}}))}),
            "unknown argument 'pth' of 'cgroup' (did you mean 'path'?)");
  EXPECT_EQ(error(field, {use("cgroup", texts({{"path", "x"}}))}),
            "'path' is either 'mounted' or 'relative'");
  EXPECT_EQ(error(field, {use("cgroup", texts({{"keep_unknown", "1"}}))}),
            "'keep_unknown' is either true or false");
  EXPECT_EQ(error(field, {use("pod", scalar("x"))}),
            "'pod' takes 'hierarchy: NAME' and nothing else");
  EXPECT_THAT(error(field, {use("pod", texts({{"path", "relative"}}))}),
              HasSubstr("unknown argument 'path' of 'pod'"));
  EXPECT_THAT(error(field, {use("pod", texts({{"hierarchy", ""}}))}), HasSubstr("'name=systemd'"));
  EXPECT_THAT(error(field_of(f64()), {use("cgroup")}), HasSubstr("needs an integer"));
}

TEST(CgroupHierarchies, AreThoseThatLabelsAskFor) {
  config::Config config;
  config::MapConfig& map = config.maps.emplace_back();
  EXPECT_TRUE(cgroup_hierarchies(config).empty());
  map.labels.emplace();
  map.labels->emplace_back().decode = {use("hex")};
  EXPECT_TRUE(cgroup_hierarchies(config).empty());
  map.labels->emplace_back().decode = {use("number"), use("cgroup")};
  map.labels->emplace_back().decode = {use("pod", texts({{"hierarchy", "memory"}}))};
  EXPECT_EQ(cgroup_hierarchies(config), (std::set<std::string>{"memory", "unified"}));
}

}  // namespace
}  // namespace bpfmap::decode::test
