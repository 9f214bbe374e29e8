// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <unistd.h>

#include "bpf_test.h"

namespace {

// The probe bpfmap_test:fired, without arguments, as sys/sdt.h of systemtap writes it: a nop, and a
// note that tells where it is.
__attribute__((noinline)) void fire() {
  asm volatile(
      "990: nop\n"
      ".pushsection .note.stapsdt,\"\",\"note\"\n"
      ".balign 4\n"
      ".4byte 992f-991f, 994f-993f, 3\n"
      "991: .asciz \"stapsdt\"\n"
      "992: .balign 4\n"
      "993: .8byte 990b\n"
      ".8byte _.stapsdt.base\n"
      ".8byte 0\n"
      ".asciz \"bpfmap_test\"\n"
      ".asciz \"fired\"\n"
      ".asciz \"\"\n"
      "994: .balign 4\n"
      ".popsection\n"
      ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
      ".weak _.stapsdt.base\n"
      ".hidden _.stapsdt.base\n"
      "_.stapsdt.base: .space 1\n"
      ".size _.stapsdt.base,1\n"
      ".popsection\n");
}

}  // namespace

namespace bpfmap::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class AttachUsdt : public test::BpfTest {};

std::vector<ProgramRequest> usdt(std::string binary, std::string provider, std::string name) {
  return {request_for("count_probe", model::UsdtTarget{std::move(binary), std::move(provider),
                                                       std::move(name), getpid()})};
}

TEST_F(AttachUsdt, CountsTheProbe) {
  const Object object =
      start_test_object("attach_usdt", usdt("/proc/self/exe", "bpfmap_test", "fired"));
  for (int i = 0; i < 19; ++i) fire();
  EXPECT_EQ(read_number(object), 19u);
}

TEST_F(AttachUsdt, StopsWithTheObject) {
  std::uint32_t id = 0;
  {
    const Object object =
        start_test_object("attach_usdt", usdt("/proc/self/exe", "bpfmap_test", "fired"));
    id = status_of(object, "count_probe").id;
  }
  fire();
  EXPECT_TRUE(program_goes_away(id));
}

TEST_F(AttachUsdt, SaysWhatItDidNotFind) {
  EXPECT_THAT(start_error("attach_usdt", usdt("/proc/self/exe", "bpfmap_test", "missed")),
              AllOf(HasSubstr("attach program count_probe (SEC(\"usdt\")) of "),
                    HasSubstr("to /proc/self/exe:bpfmap_test:missed of process "),
                    HasSubstr("ENOENT"), HasSubstr("readelf -n")));
  EXPECT_THAT(start_error("attach_usdt", usdt("/nonexistent/x", "a", "b")),
              HasSubstr("to /nonexistent/x:a:b"));
}

}  // namespace
}  // namespace bpfmap::kernel
