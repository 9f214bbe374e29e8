// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/request.h"

namespace bpfmap::decode {

bool takes_no_arguments(const Request& request) {
  const config::Tree& arguments = request.arguments;
  if (arguments.is_null() || (arguments.is_mapping() && arguments.pairs.empty())) return true;
  request.fail_at(arguments.at, quoted(request.name) + " takes no arguments");
  return false;
}

}  // namespace bpfmap::decode
