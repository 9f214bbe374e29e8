// SPDX-License-Identifier: Apache-2.0
#include "app/attach_mark.h"

// A call that no optimization takes away, and code that no other function shares.
extern "C" [[gnu::noinline, gnu::used, gnu::visibility("default")]] void post_attach_mark() {
  asm volatile("" ::: "memory");
}
