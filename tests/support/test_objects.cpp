// SPDX-License-Identifier: Apache-2.0
#include "support/test_objects.h"

namespace bpfmap::test {

std::string test_object(const std::string& name) {
  return std::string(BPFMAP_TEST_OBJECTS) + "/" + name + ".bpf.o";
}

}  // namespace bpfmap::test
