// SPDX-License-Identifier: Apache-2.0
#include "decode/render/label_program.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "support/row_builder.h"

namespace bpfmap::decode {
namespace {

class Labels : public ::testing::Test {
 protected:
  // A decoder for one of two numbers of four bytes.
  static LabelDecoder number_at(std::uint32_t offset) {
    config::Diagnostics diagnostics(std::make_shared<config::Source>());
    const kernel::Field field{"f", test::number("u32"), offset, 0, 0};
    return *LabelDecoder::compile(field, {}, {}, diagnostics);
  }

  // Writes into exactly the room that was promised, which a sanitizer watches.
  std::string write(const LabelProgram& program, std::uint32_t first, std::uint32_t second,
                    std::uint32_t cpu = 0) {
    const std::uint32_t key[] = {first, second};
    const std::unique_ptr<char[]> out(new char[program.max_bytes()]);
    return {out.get(),
            program.write(reinterpret_cast<const std::byte*>(key), cpu, out.get(), state_)};
  }

  host::HostNames host_{[] { return std::vector<host::HostNames::Row>(); },
                        [] { return std::vector<host::HostNames::Row>(); }};
  DecodeState state_{host_};
};

TEST_F(Labels, NoneAtAll) {
  const LabelProgram program;
  EXPECT_TRUE(program.empty());
  EXPECT_EQ(write(program, 1, 2), "");
}

TEST_F(Labels, EveryOrder) {
  LabelProgram program;
  program.add_constant("a", "x");
  program.add_constant("b", "");
  program.add_field("c", number_at(0));
  program.add_field("d", number_at(4));
  program.add_constant("e", "a constant that is longer than a block of sixteen bytes");
  program.add_field("f", number_at(0));
  EXPECT_FALSE(program.empty());
  EXPECT_FALSE(program.has_cpu());
  EXPECT_EQ(write(program, 0, 4294967295),
            "a=\"x\",b=\"\",c=\"0\",d=\"4294967295\","
            "e=\"a constant that is longer than a block of sixteen bytes\",f=\"0\"");
  program.add_cpu("cpu");
  EXPECT_TRUE(program.has_cpu());
  EXPECT_EQ(write(program, 1, 2, 4294967295),
            "a=\"x\",b=\"\",c=\"1\",d=\"2\","
            "e=\"a constant that is longer than a block of sixteen bytes\",f=\"1\","
            "cpu=\"4294967295\"");
}

TEST_F(Labels, TheCpuAlone) {
  LabelProgram program;
  program.add_cpu("core");
  EXPECT_EQ(write(program, 1, 2, 63), "core=\"63\"");
}

TEST_F(Labels, ConstantsAreEscapedAndMadeValid) {
  LabelProgram program;
  program.add_constant("a", "q\"b\\n\nx\xff");
  program.add_field("b", number_at(4));
  EXPECT_EQ(write(program, 1, 2), "a=\"q\\\"b\\\\n\\nx\xEF\xBF\xBD\",b=\"2\"");
  EXPECT_FALSE(state_.lossy);
}

// The length of a literal decides how it is copied.
TEST_F(Labels, LiteralsOfEveryLength) {
  for (std::size_t length = 1; length < 70; ++length) {
    const std::string name(length, 'n');
    LabelProgram program;
    program.add_field(name, number_at(0));
    program.add_constant(name + "2", std::string(length, 'v'));
    EXPECT_EQ(write(program, 7, 8),
              name + "=\"7\"," + name + "2=\"" + std::string(length, 'v') + "\"");
  }
}

TEST(Literal, WritesItsTextAndNothingElseCounts) {
  for (std::size_t length = 0; length < 50; ++length) {
    const std::string text =
        std::string("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO").substr(0, length);
    const exposition::Literal literal(text);
    EXPECT_EQ(literal.size(), length);
    const std::unique_ptr<char[]> out(new char[length + exposition::Literal::kSlack]);
    EXPECT_EQ(std::string(out.get(), literal.write(out.get())), text);
  }
}

}  // namespace
}  // namespace bpfmap::decode
