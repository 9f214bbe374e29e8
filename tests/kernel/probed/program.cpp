// SPDX-License-Identifier: Apache-2.0
// A program for probes: `probed COUNT` calls each of its functions, and fires its USDT
// probe, COUNT times.
#include <cstdlib>

extern "C" {

int probed_call_versions(int count);

#define PROBED_FUNCTION(name)                                                   \
  __attribute__((noinline, visibility("default"), used)) int name(int number) { \
    asm volatile("" : "+r"(number));                                            \
    return number + 1;                                                          \
  }

PROBED_FUNCTION(probed_target_one)
PROBED_FUNCTION(probed_target_two)
PROBED_FUNCTION(probed_target_three)
PROBED_FUNCTION(probed_other)
PROBED_FUNCTION(probed_step_easily)

// As Go names the methods of types in packages.
void probed_go_method();
void probed_go_generic();
}

#if defined(__x86_64__) || defined(__aarch64__)
#define GO_FUNCTION(name, go_name)          \
  asm(".pushsection .text\n"                \
      ".globl " #name                       \
      "\n"                                  \
      ".globl \"" go_name                   \
      "\"\n"                                \
      ".type \"" go_name                    \
      "\", %function\n"                     \
      "\"" go_name "\":\n" #name            \
      ":\n"                                 \
      "nop\n"                               \
      "ret\n"                               \
      ".size \"" go_name "\", .-\"" go_name \
      "\"\n"                                \
      ".popsection\n")
GO_FUNCTION(probed_go_method, "example.org/x/probed.(*Server).handle");
GO_FUNCTION(probed_go_generic, "main.Map[go.shape.int]");
#else
void probed_go_method() {}
void probed_go_generic() {}
#endif

#if defined(__x86_64__)
// Is never called: the kernel refuses to probe what only it may do.
asm(".pushsection .text\n"
    ".globl probed_step_never\n"
    ".type probed_step_never, %function\n"
    "probed_step_never:\n"
    "hlt\n"
    "ret\n"
    ".size probed_step_never, .-probed_step_never\n"
    ".popsection\n");
#endif

// The probe bpfmap_probed:called, without arguments, as sys/sdt.h of systemtap writes it: a nop,
// and a note that tells where it is.
static void fire_probe() {
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
      ".asciz \"bpfmap_probed\"\n"
      ".asciz \"called\"\n"
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

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 0;
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    sum += probed_target_one(i) + probed_target_two(i) + probed_target_three(i) + probed_other(i) +
           probed_step_easily(i);
    probed_go_method();
    probed_go_generic();
    fire_probe();
  }
  sum += probed_call_versions(count);
  return sum == -1 ? 1 : 0;
}
