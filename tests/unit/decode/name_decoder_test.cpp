// SPDX-License-Identifier: Apache-2.0
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>

#include "unit/decode/decoder_fixture.h"

namespace bpfmap::decode::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class EnumDecoder : public DecoderTest {};

TEST_F(EnumDecoder, WritesNamesAndUnknownNumbers) {
  const TypePtr protocol =
      enumeration({{"IPPROTO_TCP", 6}, {"IPPROTO_UDP", 17}, {"IPPROTO_ICMP", 1}});
  for (const Chain& chain : {Chain{}, Chain{use("enum")}}) {
    EXPECT_EQ("IPPROTO_TCP", text(protocol, chain, bytes_of(std::uint32_t{6})));
    EXPECT_EQ("IPPROTO_ICMP", text(protocol, chain, bytes_of(std::uint32_t{1})));
    EXPECT_EQ("IPPROTO_UDP", text(protocol, chain, bytes_of(std::uint32_t{17})));
    EXPECT_EQ("2", text(protocol, chain, bytes_of(std::uint32_t{2})));
    EXPECT_EQ("0", text(protocol, chain, bytes_of(std::uint32_t{0})));
    EXPECT_EQ("4294967295", text(protocol, chain, bytes_of(std::int32_t{-1})));
  }
  EXPECT_EQ(0u, state_.errors) << "a number without a name is no error";
}

TEST_F(EnumDecoder, KnowsNegativeEnumerators) {
  const TypePtr result =
      enumeration({{"FAILED", ~std::uint64_t{0}}, {"DONE", 0}, {"MORE", 1}}, 4, true);
  EXPECT_EQ("FAILED", text(result, {}, bytes_of(std::int32_t{-1})));
  EXPECT_EQ("DONE", text(result, {}, bytes_of(std::int32_t{0})));
  EXPECT_EQ("MORE", text(result, {}, bytes_of(std::int32_t{1})));
  EXPECT_EQ("-2", text(result, {}, bytes_of(std::int32_t{-2})));
}

TEST_F(EnumDecoder, FindsNamesThatAreFarApart) {
  std::vector<kernel::Enumerator> far;
  for (std::uint64_t i = 0; i < 64; ++i)
    far.push_back({"BIT_" + std::to_string(i), std::uint64_t{1} << i});
  const TypePtr bits = enumeration(far, 8);
  for (std::uint64_t i = 0; i < 64; ++i) {
    EXPECT_EQ("BIT_" + std::to_string(i), text(bits, {}, bytes_of(std::uint64_t{1} << i)));
  }
  EXPECT_EQ("3", text(bits, {}, bytes_of(std::uint64_t{3}))) << "flags are not guessed";
  EXPECT_EQ("0", text(bits, {}, bytes_of(std::uint64_t{0})));
  EXPECT_EQ("18446744073709551615", text(bits, {}, bytes_of(~std::uint64_t{0})));
}

TEST_F(EnumDecoder, AnEnumWithoutEnumeratorsIsANumber) {
  EXPECT_EQ("3", text(enumeration({}), {}, bytes_of(std::uint32_t{3})));
}

TEST_F(EnumDecoder, TheFirstOfTwoNamesOfANumberCounts) {
  const TypePtr twice = enumeration({{"FIRST", 1}, {"ALIAS", 1}});
  EXPECT_EQ("FIRST", text(twice, {}, bytes_of(std::uint32_t{1})));
}

TEST_F(EnumDecoder, ReadsBitfields) {
  const TypePtr level = enumeration({{"LOW", 0}, {"HIGH", 5}});
  EXPECT_EQ("HIGH", text(bitfield_of(level, 3, 3), {}, bytes({0b1110'1111})));
}

class ErrnoDecoder : public DecoderTest {};

TEST_F(ErrnoDecoder, WritesTheNamesOfBothSigns) {
  const Chain chain = {use("errno")};
  EXPECT_EQ("ENOENT", text(s32(), chain, bytes_of(std::int32_t{ENOENT})));
  EXPECT_EQ("ENOENT", text(s32(), chain, bytes_of(std::int32_t{-ENOENT})));
  EXPECT_EQ("EAGAIN", text(s64(), chain, bytes_of(std::int64_t{-EWOULDBLOCK})));
  EXPECT_EQ("EHWPOISON", text(s16(), chain, bytes_of(std::int16_t{-EHWPOISON})));
  EXPECT_EQ("EPERM", text(s8(), chain, bytes_of(std::int8_t{-EPERM})));
}

TEST_F(ErrnoDecoder, UnderstandsNegativeNumbersInUnsignedFields) {
  const Chain chain = {use("errno")};
  EXPECT_EQ("ETIMEDOUT", text(u32(), chain, bytes_of(std::int32_t{-ETIMEDOUT})));
  EXPECT_EQ("ETIMEDOUT", text(u64(), chain, bytes_of(std::int64_t{-ETIMEDOUT})));
  EXPECT_EQ("EINVAL", text(u64(), chain, bytes_of(std::uint64_t{0x100000000 - EINVAL})));
}

TEST_F(ErrnoDecoder, KnowsWhatTheKernelKeepsInside) {
  // include/linux/errno.h
  EXPECT_EQ("ERESTARTSYS", text(s32(), {use("errno")}, bytes_of(std::int32_t{-512})));
  EXPECT_EQ("EPROBE_DEFER", text(s32(), {use("errno")}, bytes_of(std::int32_t{-517})));
  EXPECT_EQ("ENOTSUPP", text(s32(), {use("errno")}, bytes_of(std::int32_t{-524})));
}

TEST_F(ErrnoDecoder, ZeroAndUnknownNumbersStayNumbers) {
  const Chain chain = {use("errno")};
  EXPECT_EQ("0", text(s32(), chain, bytes_of(std::int32_t{0})));
  EXPECT_EQ("-4095", text(s32(), chain, bytes_of(std::int32_t{-4095})));
  EXPECT_EQ("4000", text(s32(), chain, bytes_of(std::int32_t{4000})));
  EXPECT_EQ("-1000000", text(s32(), chain, bytes_of(std::int32_t{-1000000})));
  EXPECT_EQ(0u, state_.errors);
}

TEST_F(ErrnoDecoder, ReadsText) {
  EXPECT_EQ("ENOMEM", text(s32(), {use("number"), use("errno")}, bytes_of(std::int32_t{-ENOMEM})));
}

class SignalDecoder : public DecoderTest {
 protected:
  std::string signal(std::int32_t number) { return text(s32(), {use("signal")}, bytes_of(number)); }
};

TEST_F(SignalDecoder, WritesNames) {
  EXPECT_EQ("SIGHUP", signal(SIGHUP));
  EXPECT_EQ("SIGKILL", signal(SIGKILL));
  EXPECT_EQ("SIGSEGV", signal(SIGSEGV));
  EXPECT_EQ("SIGCHLD", signal(SIGCHLD));
  EXPECT_EQ("SIGABRT", signal(SIGABRT));
  EXPECT_EQ("SIGIO", signal(SIGIO));
  EXPECT_EQ("SIGSYS", signal(SIGSYS));
}

TEST_F(SignalDecoder, CountsRealTimeSignalsFromTheFirstOneOfLibc) {
  EXPECT_EQ("SIGRTMIN", signal(SIGRTMIN));
  EXPECT_EQ("SIGRTMIN+1", signal(SIGRTMIN + 1));
  EXPECT_EQ("SIGRTMIN+30", signal(SIGRTMAX));
}

TEST_F(SignalDecoder, LeavesOtherNumbersAlone) {
  EXPECT_EQ("0", signal(0));
  EXPECT_EQ("32", signal(32)) << "libc's own";
  EXPECT_EQ("65", signal(65));
  EXPECT_EQ("-9", signal(-9));
}

class SyscallDecoder : public DecoderTest {};

TEST_F(SyscallDecoder, WritesTheNamesOfThisArchitecture) {
  const std::vector<std::pair<long, std::string>> known = {
      {SYS_read, "read"},
      {SYS_write, "write"},
      {SYS_openat, "openat"},
      {SYS_execve, "execve"},
      {SYS_bpf, "bpf"},
      {SYS_futex, "futex"},
      {SYS_io_uring_setup, "io_uring_setup"},
      {SYS_clone3, "clone3"},
      {SYS_exit_group, "exit_group"},
      {SYS_getpid, "getpid"},
  };
  for (const auto& [number, name] : known) {
    EXPECT_EQ(name, text(s64(), {use("syscall")}, bytes_of(std::int64_t{number})));
    EXPECT_EQ(name, text(u32(), {use("number"), use("syscall")},
                         bytes_of(static_cast<std::uint32_t>(number))));
  }
}

TEST_F(SyscallDecoder, LeavesUnknownNumbersAlone) {
  EXPECT_EQ("-1", text(s64(), {use("syscall")}, bytes_of(std::int64_t{-1})));
  EXPECT_EQ("100000", text(s64(), {use("syscall")}, bytes_of(std::int64_t{100000})));
}

class IfnameDecoder : public DecoderTest {};

TEST_F(IfnameDecoder, WritesNamesAndTheIndexesOfWhatIsGone) {
  interfaces_ = {{1, "lo"}, {2, "eth0"}};
  EXPECT_EQ("eth0", text(u32(), {use("ifname")}, bytes_of(std::uint32_t{2})));
  EXPECT_EQ("9", text(u32(), {use("ifname")}, bytes_of(std::uint32_t{9})));
  EXPECT_EQ("lo", text(s32(), {use("number"), use("ifname")}, bytes_of(std::int32_t{1})));
  EXPECT_EQ(0u, state_.errors);
}

TEST_F(IfnameDecoder, DoesNotCutNumbersThatAreNoIndexes) {
  interfaces_ = {{1, "lo"}, {0xffffffff, "odd"}};
  EXPECT_EQ("4294967297", text(u64(), {use("ifname")}, bytes_of(std::uint64_t{0x100000001})));
  EXPECT_EQ("-1", text(s32(), {use("ifname")}, bytes_of(std::int32_t{-1})));
}

TEST_F(IfnameDecoder, EscapesNames) {
  interfaces_ = {{1, "a\"b\\"},
                 {2, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}};
  EXPECT_EQ(R"(a\"b\\)", text(u32(), {use("ifname")}, bytes_of(std::uint32_t{1})));
  EXPECT_FALSE(state_.lossy);
  EXPECT_EQ(45u, text(u32(), {use("ifname")}, bytes_of(std::uint32_t{2})).size());
  EXPECT_TRUE(state_.lossy);
}

TEST_F(IfnameDecoder, AnInterfaceCalledLikeANumberIsLossy) {
  interfaces_ = {{1, "9"}};
  EXPECT_EQ("9", text(u32(), {use("ifname")}, bytes_of(std::uint32_t{1})));
  EXPECT_TRUE(state_.lossy) << "it looks like index 9, which has no name";
}

TEST_F(IfnameDecoder, FollowsARenamedInterfaceWithTheNextRendering) {
  interfaces_ = {{2, "eth0"}};
  const std::optional<LabelDecoder> decoder = compile(field_of(u32()), {use("ifname")});
  ASSERT_TRUE(decoder.has_value());
  EXPECT_EQ("eth0", run(*decoder, bytes_of(std::uint32_t{2})));
  interfaces_ = {{2, "wan0"}};
  host_.begin_rendering();
  EXPECT_EQ("wan0", run(*decoder, bytes_of(std::uint32_t{2})));
}

class MajorMinorDecoder : public DecoderTest {
 protected:
  std::string device(std::uint32_t major, std::uint32_t minor) {
    return text(u32(), {use("majorminor", texts({{"encoding", "kernel"}}))},
                bytes_of(major << 20 | minor));
  }
};

TEST_F(MajorMinorDecoder, WritesNamesAndTheNumbersOfOtherDevices) {
  block_devices_ = {{host::device_id(8, 1), "sda1"}, {host::device_id(4095, 1048575), "last"}};
  EXPECT_EQ("sda1", device(8, 1));
  EXPECT_EQ("last", device(4095, 1048575));
  EXPECT_EQ("8:2", device(8, 2));
  EXPECT_EQ("0:0", device(0, 0));
  EXPECT_EQ("4095:1048574", device(4095, 1048574));
  EXPECT_EQ("259:7",
            text(u64(), {use("number"), use("majorminor", texts({{"encoding", "kernel"}}))},
                 bytes_of(std::uint64_t{259 << 20 | 7})));
}

// What makedev(3) makes of them.
TEST_F(MajorMinorDecoder, UserSpacePutsNumbersTogetherInAnotherWay) {
  block_devices_ = {{host::device_id(254, 0), "vda"}, {host::device_id(259, 300), "nvme1n9"}};
  const Chain chain = {use("majorminor", texts({{"encoding", "user"}}))};
  EXPECT_EQ("vda", text(u32(), chain, bytes_of(std::uint32_t{254 << 8})));
  EXPECT_EQ("nvme1n9", text(u32(), chain, bytes_of(std::uint32_t{1 << 20 | 259 << 8 | 44})));
  EXPECT_EQ("4095:1048575", text(u32(), chain, bytes_of(std::uint32_t{0xffffffff})));
  EXPECT_EQ("4096:5", text(u64(), chain, bytes_of(std::uint64_t{1} << 44 | 5)));
  EXPECT_EQ("vda,0:1", text(array(u32(), 2), chain,
                            bytes_of(std::uint64_t{1} << 32 | std::uint64_t{254 << 8})));
  EXPECT_EQ(0u, state_.errors);
  EXPECT_EQ("-1", text(s64(), chain, bytes_of(std::int64_t{-1})));
  EXPECT_EQ(1u, state_.errors);
}

TEST_F(MajorMinorDecoder, NeedsAnEncodingUnlessTheTypeHasOne) {
  const TypePtr kernels = make_type(TypeKind::kUnsigned, 4, "dev_t");
  EXPECT_EQ("8:2", text(kernels, {use("majorminor")}, bytes_of(std::uint32_t{8 << 20 | 2})));
  EXPECT_EQ("0:1,8:2", text(array(kernels, 2), {use("majorminor")},
                            bytes_of(std::uint64_t{8 << 20 | 2} << 32 | 1)));
  EXPECT_EQ("8:2", text(kernels, {use("majorminor", texts({{"encoding", "user"}}))},
                        bytes_of(std::uint32_t{8 << 8 | 2})))
      << "what is written counts";
  for (const TypePtr& type : {u32(), u64(), make_type(TypeKind::kUnsigned, 8, "dev_t")}) {
    EXPECT_THAT(error(type, {use("majorminor")}),
                AllOf(HasSubstr("'majorminor: {encoding: kernel}'"),
                      HasSubstr("'majorminor: {encoding: user}'")));
  }
  EXPECT_THAT(error(u32(), {use("number"), use("majorminor")}), HasSubstr("cannot tell"));
  EXPECT_EQ("'encoding' is 'kernel' or 'user'",
            error(u32(), {use("majorminor", texts({{"encoding", "users"}}))}));
  EXPECT_THAT(error(u32(), {use("majorminor", texts({{"encode", "user"}}))}),
              HasSubstr("takes 'encoding' and nothing else, not 'encode'"));
}

TEST_F(MajorMinorDecoder, ANumberOfMoreThan32BitsIsNoDevice) {
  EXPECT_EQ("4294967296", text(u64(), {use("majorminor", texts({{"encoding", "kernel"}}))},
                               bytes_of(std::uint64_t{1} << 32)));
  EXPECT_EQ("-1", text(s32(), {use("majorminor", texts({{"encoding", "kernel"}}))},
                       bytes_of(std::int32_t{-1})));
  EXPECT_EQ(2u, state_.errors);
}

TEST_F(MajorMinorDecoder, LongNamesFit) {
  block_devices_ = {
      {host::device_id(8, 1), std::string(host::HostNames::kMaxBlockDeviceName, '"')}};
  EXPECT_EQ(2 * host::HostNames::kMaxBlockDeviceName, device(8, 1).size());
}

}  // namespace
}  // namespace bpfmap::decode::test
