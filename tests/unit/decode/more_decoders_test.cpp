// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <limits>
#include <map>
#include <random>

#include "kernel/layout.h"
#include "unit/decode/decoder_fixture.h"

// Decoders of addresses, names, times and texts that have no test file of their own.
namespace bpfmap::decode::test {
namespace {

using ::testing::HasSubstr;

// `{ offset: 0, size: N, type: bytes }`.
TypePtr raw(std::uint32_t size) {
  kernel::Type type = *array(make_type(TypeKind::kUnsigned, 1, "u8"), size);
  type.is_raw = true;
  return std::make_shared<const kernel::Type>(std::move(type));
}

class RawBytes : public DecoderTest {};

TEST_F(RawBytes, AreNumbersOfThisMachineToDecodersOfNumbers) {
  EXPECT_EQ("258", text(raw(2), {use("uint")}, bytes_of(std::uint16_t{258})));
  EXPECT_EQ("4294967295", text(raw(4), {use("uint")}, bytes_of(std::int32_t{-1})));
  EXPECT_EQ("18446744073709551615", text(raw(8), {use("uint")}, bytes_of(~std::uint64_t{0})));
  EXPECT_EQ("7", text(raw(1), {use("uint")}, bytes({7})));
  EXPECT_EQ("ENOENT", text(raw(4), {use("errno")}, bytes_of(std::uint32_t{2})));
  EXPECT_EQ("0:17", text(raw(4), {use("majorminor", texts({{"encoding", "kernel"}}))},
                         bytes_of(std::uint32_t{17})));
  EXPECT_EQ("01000000", text(raw(4), {use("hex")}, bytes({1, 0, 0, 0}))) << "bytes are bytes";
  EXPECT_EQ("abc", text(raw(4), {use("string")}, text_bytes("abc", 4)));
}

TEST_F(RawBytes, MakeChainsAsOthersWriteThem) {
  interfaces_ = {{2, "eth0"}};
  EXPECT_EQ("EPERM", text(raw(8), {use("uint"), use("errno")}, bytes_of(std::uint64_t{1})));
  EXPECT_EQ("eth0", text(raw(4), {use("uint"), use("ifname")}, bytes_of(std::uint32_t{2})));
  const auto table =
      use("static_map", mapping({{"table", texts({{"1", "read"}, {"x", "never"}})}}));
  EXPECT_EQ("read", text(raw(1), {use("uint"), table}, bytes({1})));
  EXPECT_EQ("unknown:2", text(raw(1), {use("uint"), table}, bytes({2})));
}

TEST_F(RawBytes, UintReadsSignedFieldsAsUnsigned) {
  EXPECT_EQ("65534", text(s16(), {use("uint")}, bytes_of(std::int16_t{-2})));
  EXPECT_EQ("513", text(array(u8(), 2), {use("uint")}, bytes_of(std::uint16_t{513})));
  EXPECT_THAT(error(raw(3), {use("uint")}), HasSubstr("'uint' needs an integer, or 1, 2, 4 or 8"));
  EXPECT_THAT(error(f64(), {use("uint")}), HasSubstr("'uint' needs an integer"));
}

class StaticMapDecoder : public DecoderTest {};

TEST_F(StaticMapDecoder, NamesItselfInErrors) {
  EXPECT_THAT(error(u32(), {use("static_map")}), HasSubstr("'static_map' needs a table"));
}

class RegexpDecoder : public DecoderTest {
 protected:
  // "(dropped)" where the series is.
  std::string apply(const config::Tree& patterns, const std::string& input) {
    const auto decoder =
        compile(field_of(array(character(), 16)), {use("string"), use("regexp", patterns)});
    if (!decoder) return diagnostics_.render();
    state_.dropped = false;
    std::string out(decoder->max_bytes(), '\0');
    const char* end = decoder->write(text_bytes(input, 16).data(), out.data(), state_);
    if (state_.dropped) return "(dropped)";
    return {out.data(), static_cast<std::size_t>(end - out.data())};
  }
  static config::Tree list(const std::vector<std::string>& patterns) {
    config::Tree tree;
    tree.kind = config::Tree::Kind::kSequence;
    tree.at = {8, 8};
    for (const std::string& pattern : patterns) tree.items.push_back(scalar(pattern));
    return tree;
  }
};

TEST_F(RegexpDecoder, KeepsWhatMatchesAndDropsTheRest) {
  EXPECT_EQ("nginx", apply(scalar("^ngi"), "nginx"));
  EXPECT_EQ("(dropped)", apply(scalar("^ngi"), "systemd"));
  EXPECT_EQ("nginx", apply(scalar("gin"), "nginx")) << "found anywhere, as ebpf_exporter does";
  EXPECT_EQ("(dropped)", apply(scalar("."), ""));
}

TEST_F(RegexpDecoder, TakesTheFirstGroupOfTheFirstPatternThatMatches) {
  EXPECT_EQ("7", apply(scalar("^cpu([0-9]+)/"), "cpu7/x"));
  EXPECT_EQ("b", apply(list({"^a(.)", "^(b)"}), "bcd"));
  EXPECT_EQ("x", apply(list({"^a(.)", "x$"}), "x"));
  EXPECT_EQ("(dropped)", apply(list({"^a(.)", "^(b)"}), "cd"));
  EXPECT_EQ("\\\"", apply(scalar("a(.*)b"), "a\"b")) << "escaped after it was cut";
}

TEST_F(RegexpDecoder, KeepsTheMatchWhereItIsToldTo) {
  const auto keeping = [](const std::vector<std::string>& patterns, const char* kept) {
    return mapping({{"patterns", list(patterns)}, {"keep", scalar(kept)}});
  };
  EXPECT_EQ("cpu12", apply(keeping({"cpu[0-9]+"}, "match"), "mycpu12go"));
  EXPECT_EQ("mycpu12go", apply(keeping({"cpu[0-9]+"}, "text"), "mycpu12go"));
  EXPECT_EQ("12", apply(keeping({"cpu([0-9]+)"}, "match"), "mycpu12go"));
  EXPECT_EQ("", apply(keeping({"cpu(a)?"}, "match"), "cpu")) << "a group that takes no part";
  EXPECT_EQ("", apply(keeping({"x*"}, "match"), "abc")) << "an empty match is one";
  EXPECT_EQ("abc", apply(mapping({{"patterns", scalar("^a")}}), "abc"));
}

TEST_F(RegexpDecoder, PassesOverSeveralGroupsWhereItKeepsTheMatch) {
  const auto keeping = [](const std::vector<std::string>& patterns) {
    return mapping({{"patterns", list(patterns)}, {"keep", scalar("match")}});
  };
  EXPECT_EQ("(dropped)", apply(keeping({"(a)(b)"}), "ab"));
  EXPECT_EQ("ab", apply(keeping({"(a)(b)", "ab"}), "ab"));
  EXPECT_EQ("a", apply(list({"(a)(b)"}), "ab"));
  ASSERT_EQ(1U, diagnostics_.all().size()) << "both stand at one place" << diagnostics_.render();
  EXPECT_EQ(config::Severity::kWarning, diagnostics_.all().front().severity);
  EXPECT_THAT(diagnostics_.all().front().message, HasSubstr("'(a)(b)' has more than one group"));
}

TEST_F(RegexpDecoder, TakesBytesThatAreNoTextForReplacementCharacters) {
  EXPECT_EQ(
      "a\xEF\xBF\xBD"
      "b",
      apply(scalar("^a.b$"),
            "a\xff"
            "b"));
  EXPECT_EQ("\xEF\xBF\xBD", apply(scalar("^a(.)"),
                                  "a\xff"
                                  "b"));
  EXPECT_EQ("b", apply(mapping({{"patterns", scalar("b$")}, {"keep", scalar("match")}}),
                       "\xff\xfe"
                       "b"));
  EXPECT_TRUE(state_.lossy);
}

TEST_F(RegexpDecoder, HasRoomForTextsThatGrow) {
  const Chain chain = {
      use("string"), use("regexp", scalar(".")),
      use("map", mapping({{"table", texts({{"x", "y"}})}, {"keep_unknown", scalar("true")}}))};
  const std::string bad(16, '\xff');
  const std::string written = text(array(character(), 16), chain, text_bytes(bad, 16));
  EXPECT_EQ(16U * 3, written.size());
}

TEST_F(RegexpDecoder, StopsTheChainWhereItDrops) {
  const auto decoder = compile(field_of(array(character(), 8)),
                               {use("string"), use("regexp", scalar("^[0-9]+$")), use("errno")});
  ASSERT_TRUE(decoder) << diagnostics_.render();
  std::string out(decoder->max_bytes(), '\0');
  decoder->write(text_bytes("text", 8).data(), out.data(), state_);
  EXPECT_TRUE(state_.dropped);
  EXPECT_EQ(0u, state_.errors);
}

TEST_F(RegexpDecoder, IsInjectiveUnlessItCuts) {
  const auto injective = [this](const char* pattern) {
    return compile(field_of(u32()), {use("number"), use("regexp", scalar(pattern))})
        ->is_injective();
  };
  EXPECT_TRUE(injective("^1"));
  EXPECT_FALSE(injective("^(1)"));
}

TEST_F(RegexpDecoder, RefusesWhatIsNoPattern) {
  const Field field = field_of(array(character(), 8));
  EXPECT_THAT(error(field, {use("regexp", scalar("(a"))}),
              HasSubstr("invalid regular expression '(a': missing )"));
  EXPECT_EQ((config::Position{9, 9}), failure(field, {use("regexp", scalar("(a"))}).at);
  EXPECT_THAT(error(field, {use("regexp")}), HasSubstr("needs a regular expression"));
  EXPECT_THAT(error(field, {use("regexp", list({}))}), HasSubstr("needs a regular expression"));
  EXPECT_THAT(error(field, {use("regexp", texts({{"keep", "match"}}))}),
              HasSubstr("needs 'patterns'"));
  EXPECT_THAT(error(field, {use("regexp", texts({{"patterns", "a"}, {"keep", "all"}}))}),
              HasSubstr("'keep' is 'text' or 'match'"));
  EXPECT_THAT(error(field, {use("regexp", texts({{"pattern", "a"}}))}),
              HasSubstr("unknown argument 'pattern' of 'regexp' (did you mean 'patterns'?)"));
}

class DnameDecoder : public DecoderTest {
 protected:
  std::string dname(const std::string& wire, std::uint32_t size = 32) {
    return text(array(u8(), size), {use("dname")}, text_bytes(wire, size));
  }
};

TEST_F(DnameDecoder, WritesDottedText) {
  EXPECT_EQ("google.com", dname("\x06google\x03"
                                "com"));
  EXPECT_EQ(".", dname("")) << "the root";
  EXPECT_EQ("a", dname("\x01"
                       "a",
                       2))
      << "without the empty label at the end";
  EXPECT_EQ("google.com", text(array(character(), 32), {use("string"), use("dname")},
                               text_bytes("\x06google\x03"
                                          "com",
                                          32)));
  EXPECT_EQ(0u, state_.errors);
  EXPECT_FALSE(state_.lossy);
}

TEST_F(DnameDecoder, EscapesWhatIsNotAName) {
  EXPECT_EQ("a\\\\.b", dname("\x03"
                             "a.b"))
      << "the dot is of the label; doubled for the exposition";
  EXPECT_EQ("\\\\255\\\\009", dname("\x02\xff\t"));
}

TEST_F(DnameDecoder, CountsWhatIsMalformedAndShowsItsBytes) {
  EXPECT_EQ("0561ff", dname("\x05"
                            "a\xff",
                            3))
      << "runs over the end";
  EXPECT_EQ("c00c", dname("\xc0\x0c", 2)) << "a pointer";
  EXPECT_EQ(2u, state_.errors);
  EXPECT_TRUE(state_.lossy);
  EXPECT_EQ("ab", text(array(character(), 4), {use("string"), use("dname")}, text_bytes("ab", 4)));
  EXPECT_EQ(3u, state_.errors);
}

TEST_F(DnameDecoder, BytesBehindTheNameAreNoticed) {
  EXPECT_EQ("a", dname(std::string("\x01"
                                   "a\0z",
                                   4),
                       8));
  EXPECT_TRUE(state_.lossy);
}

// run() watches that nothing is written beyond the promised room, and the sanitizers that nothing
// is read beyond the field. Different names must not look the same.
TEST_F(DnameDecoder, SurvivesAnyBytes) {
  std::mt19937 random(17);
  for (const std::uint32_t size : {1u, 2u, 16u, 255u, 256u, 400u}) {
    const auto decoder = compile(field_of(array(u8(), size)), {use("dname")});
    ASSERT_TRUE(decoder);
    EXPECT_TRUE(decoder->is_injective());
    std::map<std::string, Bytes> exact;
    for (int round = 0; round < 3000; ++round) {
      Bytes wire(size);
      const unsigned largest = round % 3 == 0 ? 255 : round % 3 == 1 ? 4 : 63;
      for (std::byte& byte : wire) byte = static_cast<std::byte>(random() % (largest + 1));
      state_.lossy = false;
      const std::string text = run(*decoder, wire);
      if (state_.lossy) continue;
      const auto [known, is_new] = exact.emplace(text, wire);
      EXPECT_TRUE(is_new || known->second == wire) << text;
    }
  }
}

class AddressDecoders : public DecoderTest {};

TEST_F(AddressDecoders, InetIpTakesBothVersions) {
  EXPECT_EQ("192.0.2.1", text(raw(4), {use("inet_ip")}, bytes({192, 0, 2, 1})));
  Bytes v6(16);
  v6[0] = std::byte{0x20};
  v6[1] = std::byte{0x01};
  v6[15] = std::byte{1};
  EXPECT_EQ("2001::1", text(raw(16), {use("inet_ip")}, v6));
  const Bytes mapped = bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1});
  EXPECT_EQ("192.0.2.1", text(raw(16), {use("inet_ip")}, mapped));
  EXPECT_THAT(error(raw(5), {use("inet_ip")}), HasSubstr("needs 4 or 16 bytes"));
}

TEST_F(AddressDecoders, PortsAreInNetworkOrder) {
  EXPECT_EQ("443", text(u16(), {use("port")}, bytes({1, 0xbb})));
  EXPECT_EQ("443", text(raw(2), {use("port")}, bytes({1, 0xbb})));
  EXPECT_EQ("443", text(big_endian(2), {use("port")}, bytes({1, 0xbb})));
  const auto host = use("port", texts({{"order", "host"}}));
  EXPECT_EQ("443", text(u16(), {host}, bytes_of(std::uint16_t{443})));
  EXPECT_EQ("443", text(u32(), {host}, bytes_of(std::uint32_t{443})));
  EXPECT_THAT(error(u32(), {use("port")}), HasSubstr("'order: host'"));
  EXPECT_THAT(error(big_endian(2), {host}), HasSubstr("contradicts"));
  EXPECT_THAT(error(u16(), {use("port", scalar("x"))}), HasSubstr("'port' takes 'order: network'"));
}

TEST_F(AddressDecoders, EtherTypes) {
  EXPECT_EQ("ipv6", text(u16(), {use("ethertype")}, bytes({0x86, 0xdd})));
  EXPECT_EQ("0x1234", text(u16(), {use("ethertype")}, bytes({0x12, 0x34})));
  EXPECT_EQ("arp", text(u16(), {use("ethertype", texts({{"order", "host"}}))},
                        bytes_of(std::uint16_t{0x0806})));
}

TEST_F(AddressDecoders, MacsAndUuids) {
  EXPECT_EQ("02:fc:00:00:00:01", text(array(u8(), 6), {use("mac")}, bytes({2, 0xfc, 0, 0, 0, 1})));
  EXPECT_THAT(error(u32(), {use("mac")}), HasSubstr("'mac' needs 6 bytes"));
  Bytes id(16);
  for (int i = 0; i < 16; ++i) id[static_cast<std::size_t>(i)] = static_cast<std::byte>(i);
  EXPECT_EQ("00010203-0405-0607-0809-0a0b0c0d0e0f", text(array(u8(), 16), {use("uuid")}, id));
  EXPECT_THAT(error(u32(), {use("uuid")}), HasSubstr("'uuid' needs 16 bytes"));
}

TEST_F(AddressDecoders, Ipv6WithAZone) {
  interfaces_ = {{2, "eth0"}};
  Bytes local = bytes({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  const auto with_zone = [&](std::uint32_t zone) {
    Bytes whole = local;
    const Bytes index = bytes_of(zone);
    whole.insert(whole.end(), index.begin(), index.end());
    return text(raw(20), {use("ipv6", texts({{"zone", "true"}}))}, whole);
  };
  EXPECT_EQ("fe80::1%eth0", with_zone(2));
  EXPECT_EQ("fe80::1%9", with_zone(9));
  EXPECT_EQ("fe80::1", with_zone(0));
  EXPECT_EQ("fe80::1", text(raw(16), {use("ipv6")}, local));
  EXPECT_THAT(error(raw(16), {use("ipv6", texts({{"zone", "x"}}))}), HasSubstr("'zone: true'"));
}

class NumberNames : public DecoderTest {
 protected:
  std::string name(const char* decoder, std::uint32_t number) {
    return text(u32(), {use(decoder)}, bytes_of(number));
  }
};

TEST_F(NumberNames, OfTables) {
  EXPECT_EQ("tcp", name("ipproto", 6));
  EXPECT_EQ("udp", name("ipproto", 17));
  EXPECT_EQ("77", name("ipproto", 77));
  EXPECT_EQ("AF_UNIX", name("family", 1));
  EXPECT_EQ("AF_INET6", name("family", 10));
  EXPECT_EQ("AF_MCTP", name("family", 45));
  EXPECT_EQ("46", name("family", 46));
  EXPECT_EQ("ESTABLISHED", name("tcp_state", 1));
  EXPECT_EQ("LISTEN", name("tcp_state", 10));
  EXPECT_EQ("0", name("tcp_state", 0));
  EXPECT_EQ("CAP_CHOWN", name("capability", 0));
  EXPECT_EQ("CAP_SYS_ADMIN", name("capability", 21));
  EXPECT_EQ("CAP_CHECKPOINT_RESTORE", name("capability", 40));
  EXPECT_EQ("41", name("capability", 41));
}

TEST_F(NumberNames, FileModes) {
  EXPECT_EQ("drwxr-xr-x", name("filemode", S_IFDIR | 0755));
  EXPECT_EQ("-rwsr-Sr-T", name("filemode", S_IFREG | 07744));
  EXPECT_EQ("drwxrwxrwt", name("filemode", S_IFDIR | 01777));
  EXPECT_FALSE(state_.lossy);
  EXPECT_EQ("?---------", name("filemode", 0));
  EXPECT_TRUE(state_.lossy);
}

TEST_F(NumberNames, Durations) {
  const auto duration = [this](std::int64_t number, const char* unit) {
    return text(s64(), {use("duration", texts({{"unit", unit}}))}, bytes_of(number));
  };
  EXPECT_EQ("1.5ms", duration(1'500'000, "ns"));
  EXPECT_EQ("0s", duration(0, "ns"));
  EXPECT_EQ("999ns", duration(999, "ns"));
  EXPECT_EQ("1us", duration(1000, "ns"));
  EXPECT_EQ("1.000000001s", duration(1'000'000'001, "ns"));
  EXPECT_EQ("-2.5s", duration(-2500, "ms"));
  EXPECT_EQ("90s", duration(90, "s"));
  EXPECT_EQ("-9223372036.854775808s", duration(std::numeric_limits<std::int64_t>::min(), "ns"));
  EXPECT_EQ("17ns", text(u64(), {use("number"), use("duration")}, bytes_of(std::uint64_t{17})));
  EXPECT_THAT(error(u32(), {use("duration", texts({{"unit", "h"}}))}),
              HasSubstr("'unit' is 'ns', 'us', 'ms' or 's'"));
  EXPECT_THAT(error(u32(), {use("duration", texts({{"units", "s"}}))}),
              HasSubstr("'duration' takes 'unit' and nothing else, not 'units'"));
}

TEST_F(NumberNames, OfTheHost) {
  EXPECT_EQ("root", name("uid", 0));
  EXPECT_EQ("4000000000", name("uid", 4'000'000'000));
  EXPECT_EQ("root", name("gid", 0));
  EXPECT_EQ("4000000000", name("irq", 4'000'000'000));
  EXPECT_EQ("unknown:4000000000", name("numa", 4'000'000'000));
  const auto own = static_cast<std::uint32_t>(::getpid());
  EXPECT_EQ("decoders_test", name("pid", own));
  EXPECT_EQ("4294967295", name("pid", ~0u));
  EXPECT_EQ("host", name("namespace", 0xeffffffc)) << "PROC_PID_INIT_INO";
  EXPECT_EQ("5", name("namespace", 5));
  EXPECT_EQ("net:[5]",
            text(u32(), {use("namespace", texts({{"kind", "net"}}))}, bytes_of(std::uint32_t{5})));
  EXPECT_THAT(error(u32(), {use("namespace", texts({{"kind", "nett"}}))}), HasSubstr("'kind' is"));
  EXPECT_EQ("0xfffff", name("pci_vendor", 0xfffff));
}

TEST_F(NumberNames, SayWhetherTheyAreInjective) {
  const auto injective = [this](const char* decoder) {
    return compile(field_of(u32()), {use(decoder)})->is_injective();
  };
  for (const char* yes : {"ipproto", "family", "tcp_state", "capability", "filemode", "duration",
                          "uid", "gid", "irq", "uint"}) {
    EXPECT_TRUE(injective(yes)) << yes;
  }
  for (const char* no :
       {"pid", "numa", "namespace", "pci_vendor", "pci_device", "pci_class", "pci_subclass"}) {
    EXPECT_FALSE(injective(no)) << no;
  }
}

}  // namespace
}  // namespace bpfmap::decode::test
