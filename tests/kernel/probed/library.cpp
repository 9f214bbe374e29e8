// SPDX-License-Identifier: Apache-2.0
// A library whose functions probes are put on: one of two versions, and one that is chosen when the
// library is loaded.
extern "C" {

__attribute__((noinline, visibility("default"))) int probed_answer_old(int number) {
  asm volatile("" : "+r"(number));
  return number - 1;
}

__attribute__((noinline, visibility("default"))) int probed_answer_new(int number) {
  asm volatile("" : "+r"(number));
  return number + 1;
}

asm(".symver probed_answer_old, probed_answer@PROBED_1");
asm(".symver probed_answer_new, probed_answer@@PROBED_2");

int probed_chosen(int number) { return number + 2; }
using ProbedFunction = int (*)(int);
__attribute__((used)) ProbedFunction probed_choose() { return probed_chosen; }
int probed_indirect(int number) __attribute__((ifunc("probed_choose"), visibility("default")));

// Calls the old version so many times, and the new one once more.
__attribute__((visibility("default"))) int probed_call_versions(int count) {
  int sum = probed_answer_new(0);
  for (int i = 0; i < count; ++i) sum += probed_answer_old(i) + probed_answer_new(i);
  return sum + probed_indirect(1);
}
}
