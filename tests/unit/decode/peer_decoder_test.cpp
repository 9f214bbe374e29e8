// SPDX-License-Identifier: Apache-2.0
// One row for each decoder of ebpf_exporter's format: bytes of a key, and the text that its file
// gets for them, as it is and as `convert` writes it.
#include <sys/syscall.h>

#include "config/load.h"
#include "config/write_yaml.h"
#include "decode/field_lookup.h"
#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

struct PeerRow {
  const char* decoders;  // the list, in YAML
  Bytes key;
  std::string text;
};

void PrintTo(const PeerRow& row, std::ostream* out) { *out << row.decoders << " " << row.text; }

Bytes number_of(long number) { return bytes_of(static_cast<std::uint32_t>(number)); }
Bytes in_word(std::uint32_t value) { return bytes_of(value); }

class PeerDecoders : public DecoderTest, public testing::WithParamInterface<PeerRow> {
 protected:
  config::Config parse(std::string yaml) {
    const auto source =
        std::make_shared<config::Source>(config::Source{"dir/c.yaml", std::move(yaml)});
    config::Diagnostics diagnostics(source);
    config::Config config = config::parse_config(
        source, [](const std::string&) { return std::nullopt; }, diagnostics);
    EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.render() << source->text;
    return config;
  }

  // The text of the only label of the only map; "(dropped)" where the series is.
  std::string text_of(const config::Config& config, const Bytes& key) {
    const config::LabelConfig& label = config.maps.at(0).labels->at(0);
    const Whole whole{"c", "key", static_cast<std::uint32_t>(key.size()), nullptr};
    const auto field = find_field(label.field, whole, diagnostics_);
    if (!field) return diagnostics_.render();
    const std::string written = text(*field, label.decode, key);
    return std::exchange(state_.dropped, false) ? "(dropped)" : written;
  }
};

TEST_P(PeerDecoders, WriteWhatTheirsDo) {
  const PeerRow& row = GetParam();
  block_devices_ = {{host::device_id(254, 0), "vda"}};
  interfaces_ = {{2, "eth0"}};
  const config::Config theirs = parse(
      "metrics:\n  counters:\n    - name: c\n      help: h\n      labels:\n"
      "        - { name: l, size: " +
      std::to_string(row.key.size()) + ", decoders: " + row.decoders + " }\n");
  EXPECT_EQ(text_of(theirs, row.key), row.text);
  EXPECT_EQ(text_of(parse(config::write_yaml(theirs, {})), row.key), row.text) << "converted";
  EXPECT_EQ(state_.errors, 0U);
}

constexpr const char* kErrno = "[ { name: uint }, { name: errno } ]";
constexpr const char* kSyscall = "[ { name: uint }, { name: syscall } ]";
constexpr const char* kDevice = "[ { name: majorminor } ]";
constexpr const char* kNumberOfDevice = "[ { name: uint }, { name: majorminor } ]";
constexpr const char* kName = "[ { name: dname } ]";
constexpr const char* kTextOfName = "[ { name: string }, { name: dname } ]";
constexpr const char* kPciVendor = "[ { name: uint }, { name: pci_vendor } ]";

INSTANTIATE_TEST_SUITE_P(
    Numbers, PeerDecoders,
    testing::Values(PeerRow{"[ { name: uint } ]", bytes({255}), "255"},
                    PeerRow{"[ { name: uint } ]", bytes_of(~std::uint64_t{0}),
                            "18446744073709551615"},
                    PeerRow{"[ { name: hex } ]", bytes({1, 2, 0xab}), "0102ab"},
                    PeerRow{"[ { name: ifname } ]", in_word(2), "eth0"},
                    PeerRow{"[ { name: ifname } ]", in_word(3), "unknown:3"},
                    PeerRow{"[ { name: ifname } ]", bytes_of(std::uint64_t{7} << 32 | 2), "eth0"},
                    PeerRow{kDevice, in_word(254 << 8), "vda"},
                    PeerRow{kNumberOfDevice, in_word(254 << 8), "vda"},
                    PeerRow{kDevice, bytes_of(std::uint64_t{1} << 40 | 254 << 8), "vda"},
                    PeerRow{kDevice, in_word(254 << 20), "unknown:0:65024"},
                    PeerRow{kDevice, in_word(0x001fa02c), "unknown:4000:300"}));

INSTANTIATE_TEST_SUITE_P(
    Names, PeerDecoders,
    testing::Values(
        PeerRow{kErrno, in_word(2), "ENOENT"}, PeerRow{kErrno, in_word(95), "ENOTSUP"},
        PeerRow{kErrno, in_word(0), "unknown:0"}, PeerRow{kErrno, in_word(512), "unknown:512"},
        PeerRow{kErrno, in_word(517), "unknown:517"}, PeerRow{kErrno, in_word(524), "unknown:524"},
        PeerRow{kErrno, bytes_of(std::int32_t{-2}), "unknown:4294967294"},
        PeerRow{kSyscall, number_of(SYS_futex), "futex_time64"},
        PeerRow{kSyscall, number_of(SYS_clock_nanosleep), "clock_nanosleep_time64"},
        PeerRow{kSyscall, number_of(SYS_nanosleep), "nanosleep_time64"},
        PeerRow{kSyscall, number_of(SYS_ppoll), "ppoll_time64"},
        PeerRow{kSyscall, number_of(SYS_pread64), "pread"},
        PeerRow{kSyscall, number_of(SYS_pwrite64), "pwrite"},
        PeerRow{kSyscall, number_of(SYS_sendfile), "sendfile64"},
        PeerRow{kSyscall, number_of(SYS_pivot_root), "pivotroot"},
        PeerRow{kSyscall, number_of(SYS_exit_group), "exit"},
        PeerRow{kSyscall, number_of(SYS_exit), "exit"},
        PeerRow{kSyscall, number_of(SYS_lgetxattr), "getxattr"},
        PeerRow{kSyscall, number_of(SYS_clock_gettime), "clock_gettime64"},
        PeerRow{kSyscall, number_of(SYS_openat), "openat"},
        PeerRow{kSyscall, in_word(457), "statmount"}, PeerRow{kSyscall, in_word(458), "listmount"},
        PeerRow{kSyscall, in_word(459), "lsm_get_self_attr"},
        PeerRow{kSyscall, in_word(460), "lsm_set_self_attr"},
        PeerRow{kSyscall, in_word(461), "lsm_list_modules"},
        PeerRow{kSyscall, in_word(462), "unknown_syscall:462"},
        PeerRow{"[ { name: uint }, { name: static_map, static_map: { 1: a } } ]", in_word(1), "a"},
        PeerRow{"[ { name: uint }, { name: static_map, static_map: { 1: a } } ]", in_word(2),
                "unknown:2"}));

#ifdef __x86_64__
INSTANTIATE_TEST_SUITE_P(OldNames, PeerDecoders,
                         testing::Values(PeerRow{kSyscall, number_of(SYS_poll), "poll_time64"},
                                         PeerRow{kSyscall, number_of(SYS_lchown), "chown"}));
#endif

INSTANTIATE_TEST_SUITE_P(
    Texts, PeerDecoders,
    testing::Values(
        PeerRow{"[ { name: string } ]", text_bytes("bash", 16), "bash"},
        PeerRow{"[ { name: inet_ip } ]", bytes({192, 0, 2, 7}), "192.0.2.7"},
        PeerRow{kName, text_bytes(std::string("\x03www\x02xy\0", 8), 12), "www.xy"},
        PeerRow{kName, text_bytes("", 4), "."},
        PeerRow{kName,
                text_bytes("\x03"
                           "a.b\x01\\",
                           8),
                "a.b.\\\\"},
        PeerRow{kName, text_bytes("?abc", 4), "?abc"},
        PeerRow{kName,
                text_bytes(std::string("\x01"
                                       "a\0\x01"
                                       "b",
                                       5),
                           5),
                "a..b"},
        PeerRow{kTextOfName, text_bytes(std::string("\x03www\x02xy\0z", 9), 12), "www.xy"},
        PeerRow{kTextOfName, text_bytes("\x07www", 12), "\x07www"},
        PeerRow{"[ { name: string }, { name: regexp, regexps: ['cpu[0-9]+'] } ]",
                text_bytes("mycpu12go", 16), "cpu12"},
        PeerRow{"[ { name: string }, { name: regexp, regexps: ['(a)(b)', '^c(.*)d$'] } ]",
                text_bytes("cabd", 16), "ab"},
        PeerRow{"[ { name: string }, { name: regexp, regexps: ['(a)(b)'] } ]", text_bytes("ab", 16),
                "(dropped)"}));

// Of files whose numbers have no names anywhere; peer_pci has those that have.
INSTANTIATE_TEST_SUITE_P(
    Pci, PeerDecoders,
    testing::Values(PeerRow{kPciVendor, in_word(0), "unknown pci vendor: 0x00"},
                    PeerRow{kPciVendor, in_word(0xfffff), "unknown pci vendor: 0xfffff"},
                    PeerRow{"[ { name: uint }, { name: pci_device } ]", in_word(0x1237),
                            "unknown pci device: 0x1237"},
                    PeerRow{"[ { name: uint }, { name: pci_device } ]", in_word(0x12),
                            "unknown pci device: 0x0012"},
                    PeerRow{"[ { name: uint }, { name: pci_class } ]", in_word(0x3900),
                            "unknown pci class: 0x3900"},
                    PeerRow{"[ { name: uint }, { name: pci_subclass } ]", in_word(0xffff),
                            "unknown pci subclass: 0xff (class 0xff)"},
                    PeerRow{"[ { name: uint }, { name: pci_subclass } ]", in_word(0x3900),
                            "unknown pci class: 0x39"}));

}  // namespace
}  // namespace bpfmap::decode::test
