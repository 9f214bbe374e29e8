// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "decode/decoders/decode_state.h"
#include "decoder_fixture.h"
#include "host/host.h"
#include "host/host_names.h"
#include "host/symbols/kallsyms.h"

namespace bpfmap::decode::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSomeKallsyms =
    "ffffffff81000000 T one\n"
    "ffffffff81000100 T two\n"
    "ffffffff81000200 T never_returns\n"
    "ffffffff81000300 T three\n"
    "ffffffffc0000000 t in_module\t[some_mod]\n"
    "ffffffffc0001000 t end_of_module\t[some_mod]\n";
constexpr std::uint64_t kOne = 0xffffffff81000000;
constexpr std::uint64_t kTwo = 0xffffffff81000100;
constexpr std::uint64_t kThree = 0xffffffff81000300;
constexpr std::uint64_t kInModule = 0xffffffffc0000000;
constexpr std::uint64_t kNowhere = 0xffffffff00000000;

class SymbolDecoderTest : public DecoderTest {
 protected:
  SymbolDecoderTest() {
    kernel::MapShape shape;
    shape.value_size = 4 * sizeof(std::uint64_t);
    stacks_ = std::make_shared<kernel::StackMap>("stacks", shape);
    stacks_->bind([this](std::uint32_t id, std::byte* value) {
      if (id != 7) return false;
      std::memcpy(value, stored_.data(), stored_.size() * sizeof(stored_[0]));
      return true;
    });
    shape.flags = 1U << 5;  // BPF_F_STACK_BUILD_ID
    const auto build_ids = std::make_shared<kernel::StackMap>("build_ids", shape);
    map_.name = "counts";
    map_.shape.key_size = 16;
    map_.key = composite(TypeKind::kStruct, "struct key", 16, {{"id", s64()}, {"pid", u64()}});
    auto type = std::make_shared<kernel::Type>(*map_.key);
    type->members[1].bit_offset = 64;
    map_.key = type;
    map_.stacks = std::make_shared<kernel::StackMaps>(kernel::StackMaps{stacks_, build_ids});
  }

  // The text of the field at the beginning of a key, or what is wrong with its decoder.
  std::string decoded(const TypePtr& type, const Chain& chain, const Bytes& key) {
    config::Diagnostics diagnostics(std::make_shared<config::Source>());
    const auto decoder = LabelDecoder::compile(field_of(type), chain, kLabelAt, diagnostics, &map_);
    if (!decoder) return diagnostics.render();
    EXPECT_FALSE(decoder->is_injective());
    host::HostNames names(std::make_shared<host::Host>(
        [] { return std::optional(std::vector<host::Row>()); },
        [] { return std::optional(std::vector<host::Row>()); }, host_options_,
        std::make_unique<host::KernelSymbols>(
            []() -> Result<host::KernelSymbolList> {
              host::KallsymsParser parser;
              parser.add(kSomeKallsyms);
              return parser.finish();
            },
            clock_)));
    DecodeState state(names);
    std::vector<char> out(decoder->max_bytes());
    std::string text(out.data(), decoder->write(key.data(), out.data(), state));
    errors_ = state.errors;
    return text;
  }

  static Bytes addresses(std::initializer_list<std::uint64_t> values) {
    Bytes key;
    for (const std::uint64_t value : values) {
      const Bytes one = bytes_of(value);
      key.insert(key.end(), one.begin(), one.end());
    }
    return key;
  }

  SteadyClock clock_;
  host::HostOptions host_options_;
  kernel::MapInfo map_;
  std::shared_ptr<kernel::StackMap> stacks_;
  std::array<std::uint64_t, 4> stored_{};
  std::uint64_t errors_ = 0;
};

TEST_F(SymbolDecoderTest, KsymNamesTheFunction) {
  const Chain chain = {use("ksym")};
  EXPECT_EQ("one", decoded(u64(), chain, addresses({kOne})));
  EXPECT_EQ("one", decoded(u64(), chain, addresses({kOne + 0xff})));
  EXPECT_EQ("two", decoded(pointer(), chain, addresses({kTwo})));
  EXPECT_EQ("[unknown]", decoded(u64(), chain, addresses({kNowhere})));
  EXPECT_EQ("[unknown]", decoded(u64(), chain, addresses({0})));
  EXPECT_EQ("one,two", decoded(array(u64(), 2), chain, addresses({kOne, kTwo})));
  EXPECT_EQ("in_module", decoded(u64(), chain, addresses({kInModule + 1})));
}

TEST_F(SymbolDecoderTest, KsymAsEbpfExporterHasItNamesBeginningsOnly) {
  const Chain chain = {use("ksym", texts({{"names", "ebpf_exporter"}}))};
  EXPECT_EQ("one", decoded(u64(), chain, addresses({kOne})));
  EXPECT_EQ("unknown_addr:0xffffffff81000001", decoded(u64(), chain, addresses({kOne + 1})));
  EXPECT_EQ("unknown_addr:0xffffffff00000000", decoded(u64(), chain, addresses({kNowhere})));
  EXPECT_EQ("unknown_addr:0x0", decoded(u64(), chain, addresses({0})));
  EXPECT_THAT(decoded(u64(), {use("ksym", texts({{"names", "theirs"}}))}, addresses({0})),
              HasSubstr("'names' is 'system' or 'ebpf_exporter'"));
}

TEST_F(SymbolDecoderTest, KstackAsEbpfExporterHasItLooksAddressesUpAsTheyAre) {
  const Chain chain = {use("kstack", texts({{"names", "ebpf_exporter"}}))};
  const TypePtr four = array(u64(), 4);
  EXPECT_EQ("", decoded(four, chain, addresses({0, kOne, 0, 0}))) << "no frames, no text";
  EXPECT_EQ("one\\ntwo\\nthree", decoded(four, chain, addresses({kOne + 5, kTwo, kThree, 0})));
  EXPECT_EQ("one\\nunknown_addr:0xffffffff00000000",
            decoded(four, chain, addresses({kOne, kNowhere, 0, 0})));
}

TEST_F(SymbolDecoderTest, KsymTellsOffsetsAndModules) {
  const Chain offset = {use("ksym", texts({{"offset", "true"}}))};
  EXPECT_EQ("one+0x0", decoded(u64(), offset, addresses({kOne})));
  EXPECT_EQ("one+0x12", decoded(u64(), offset, addresses({kOne + 0x12})));
  EXPECT_EQ("[unknown]", decoded(u64(), offset, addresses({kNowhere})));
  const Chain both = {use("ksym", texts({{"offset", "true"}, {"module", "true"}}))};
  EXPECT_EQ("in_module+0x1 [some_mod]", decoded(u64(), both, addresses({kInModule + 1})));
  EXPECT_EQ("one+0x1", decoded(u64(), both, addresses({kOne + 1})));
}

TEST_F(SymbolDecoderTest, KsymReadsTheTextOfANumber) {
  EXPECT_EQ("two", decoded(u64(), {use("hex"), use("ksym")}, addresses({kTwo})));
}

TEST_F(SymbolDecoderTest, KstackEndsWithTheFirstZeroOrWithTheField) {
  const Chain chain = {use("kstack", texts({{"separator", ";"}}))};
  const TypePtr three = array(u64(), 3);
  EXPECT_EQ("one;two", decoded(three, chain, addresses({kOne, kTwo + 1, 0})));
  EXPECT_EQ("one;[unknown];two", decoded(three, chain, addresses({kOne, kNowhere, kTwo + 1})));
  EXPECT_EQ("[unknown]", decoded(three, chain, addresses({0, kOne, kOne})));
}

TEST_F(SymbolDecoderTest, KstackIsSeparatedByNewlinesAndTakesSomeFrames) {
  const TypePtr three = array(u64(), 3);
  const Bytes key = addresses({kOne, kTwo + 1, kThree + 1});
  EXPECT_EQ("one\\ntwo\\nthree", decoded(three, {use("kstack")}, key));
  EXPECT_EQ("one\\ntwo", decoded(three, {use("kstack", texts({{"depth", "2"}}))}, key));
  EXPECT_EQ("one+0x0\\ntwo+0x1",
            decoded(three, {use("kstack", texts({{"depth", "2"}, {"offset", "true"}}))}, key));
}

// What a function returns to that calls one which never returns may be the next function.
TEST_F(SymbolDecoderTest, FramesBehindTheFirstAreThoseThatCalled) {
  const TypePtr two = array(u64(), 2);
  EXPECT_EQ("one\\nnever_returns", decoded(two, {use("kstack")}, addresses({kOne, kThree})));
  EXPECT_EQ("three", decoded(two, {use("kstack")}, addresses({kThree, 0})));
}

TEST_F(SymbolDecoderTest, KstackFindsStacksByTheirId) {
  const Chain chain = {use("kstack", texts({{"map", "stacks"}, {"separator", ";"}}))};
  stored_ = {kOne, kTwo + 1, 0, 0};
  EXPECT_EQ("one;two", decoded(s64(), chain, bytes_of(std::int64_t{7})));
  EXPECT_EQ(0u, errors_);
  stored_ = {kOne, kOne + 1, kOne + 2, kOne + 3};
  EXPECT_EQ("one;one;one;one", decoded(s32(), chain, bytes_of(std::int32_t{7})));
}

TEST_F(SymbolDecoderTest, IdsOfNoStack) {
  const Chain chain = {use("kstack", texts({{"map", "stacks"}}))};
  EXPECT_EQ("[unknown]", decoded(s64(), chain, bytes_of(std::int64_t{8})));
  EXPECT_EQ(1u, errors_) << "a stack that is gone";
  EXPECT_EQ("[EFAULT]", decoded(s64(), chain, bytes_of(std::int64_t{-EFAULT})));
  EXPECT_EQ("[EEXIST]", decoded(s32(), chain, bytes_of(std::int32_t{-EEXIST})));
  EXPECT_EQ("[EFAULT]", decoded(u32(), chain, bytes_of(static_cast<std::uint32_t>(-EFAULT))));
  EXPECT_EQ("[no stack]", decoded(s32(), chain, bytes_of(std::int32_t{-4000})));
  EXPECT_EQ(0u, errors_);
}

TEST_F(SymbolDecoderTest, LongStacksAreCut) {
  const TypePtr many = array(u64(), 1024);
  Bytes key;
  for (int i = 0; i < 1024; ++i) {
    const Bytes one = bytes_of(kInModule + 1);
    key.insert(key.end(), one.begin(), one.end());
  }
  const std::string text =
      decoded(many, {use("kstack", texts({{"module", "true"}, {"separator", "-----"}}))}, key);
  EXPECT_TRUE(text.ends_with("-----...")) << text.substr(text.size() - 40);
  EXPECT_LE(text.size(), 16384u);
  EXPECT_GT(text.size(), 15000u);
}

TEST_F(SymbolDecoderTest, UsymNeedsToKnowTheProcess) {
  const auto address = reinterpret_cast<std::uint64_t>(&::getpid);
  const auto pid = static_cast<std::uint64_t>(::getpid());
  const Chain chain = {use("usym", texts({{"pid", "pid"}}))};
  EXPECT_THAT(decoded(u64(), chain, addresses({address, pid})), HasSubstr("getpid"));
  EXPECT_THAT(decoded(u64(), chain, addresses({address, pid << 32 | 1})), HasSubstr("getpid"));
  EXPECT_EQ("[unknown]", decoded(u64(), chain, addresses({address, 0xfffffff0})));
  EXPECT_EQ("[unknown]", decoded(u64(), chain, addresses({1, pid})));
}

TEST_F(SymbolDecoderTest, OfProcessesThatAreNotSeenThereAreAddresses) {
  host_options_.paths.procfs = "/no/such/proc";
  const auto address = reinterpret_cast<std::uint64_t>(&::getpid);
  const auto pid = static_cast<std::uint64_t>(::getpid());
  stored_ = {0x1234, 0xabc, 0, 0};
  EXPECT_EQ("0x1234", decoded(u64(), {use("usym", texts({{"pid", "pid"}, {"offset", "true"}}))},
                              addresses({0x1234, pid})));
  EXPECT_THAT(decoded(u64(), {use("usym", texts({{"pid", "pid"}}))}, addresses({address, pid})),
              testing::StartsWith("0x"));
  const Chain stack = {
      use("ustack", texts({{"map", "stacks"}, {"pid", "pid"}, {"separator", ";"}}))};
  EXPECT_EQ("0x1234;0xabc", decoded(s64(), stack, addresses({7, pid})));
}

TEST_F(SymbolDecoderTest, UserStacksByIdHaveTheProcessInTheKey) {
  const auto address = reinterpret_cast<std::uint64_t>(&::getpid);
  stored_ = {address, 1, 0, 0};
  const Chain chain = {
      use("ustack", texts({{"map", "stacks"}, {"pid", "pid"}, {"separator", ";"}}))};
  const std::string text =
      decoded(s64(), chain, addresses({7, static_cast<std::uint64_t>(::getpid())}));
  EXPECT_THAT(text, HasSubstr("getpid"));
  EXPECT_TRUE(text.ends_with(";[unknown]")) << text;
}

TEST_F(SymbolDecoderTest, SayWhatIsWrong) {
  const Bytes none(64);
  EXPECT_THAT(decoded(f64(), {use("ksym")}, none), HasSubstr("'ksym' needs an integer"));
  EXPECT_THAT(decoded(u64(), {use("ksym", texts({{"ofset", "true"}}))}, none),
              HasSubstr("unknown argument 'ofset' of 'ksym' (did you mean 'offset'?)"));
  EXPECT_THAT(decoded(u64(), {use("ksym", texts({{"offset", "yes"}}))}, none),
              HasSubstr("'offset' is either true or false"));
  EXPECT_THAT(decoded(u64(), {use("ksym", scalar("offset"))}, none),
              HasSubstr("'ksym' takes arguments by name"));
  EXPECT_THAT(decoded(u64(), {use("kstack")}, none),
              HasSubstr("'kstack' needs an array of addresses (u64[]), or 'map: NAME'"));
  EXPECT_THAT(decoded(array(u32(), 4), {use("kstack")}, none), HasSubstr("array of addresses"));
  EXPECT_THAT(decoded(array(u64(), 4), {use("kstack", texts({{"depth", "0"}}))}, none),
              HasSubstr("'depth' is a number from 1 to 1024"));
  EXPECT_THAT(decoded(s32(), {use("kstack", texts({{"map", "stakcs"}}))}, none),
              HasSubstr("no map 'stakcs' of type stack_trace (did you mean 'stacks'?)"));
  EXPECT_THAT(decoded(s32(), {use("kstack", texts({{"map", "build_ids"}}))}, none),
              HasSubstr("BPF_F_STACK_BUILD_ID"));
  EXPECT_THAT(decoded(s16(), {use("kstack", texts({{"map", "stacks"}}))}, none),
              HasSubstr("needs a number of 32 bits or more"));
  EXPECT_THAT(decoded(u64(), {use("usym")}, none), HasSubstr("'usym: {pid: FIELD}'"));
  EXPECT_THAT(decoded(u64(), {use("usym", texts({{"pid", "pdi"}}))}, none),
              HasSubstr("did you mean 'pid'?"));
  EXPECT_THAT(decoded(array(u64(), 2), {use("usym", texts({{"pid", "pid"}}))}, none),
              HasSubstr("'ustack' takes an array"));
  map_.stacks = nullptr;
  EXPECT_THAT(decoded(s32(), {use("kstack", texts({{"map", "stacks"}}))}, none),
              HasSubstr("not one of an object that this file loads"));
}

}  // namespace
}  // namespace bpfmap::decode::test
