// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/request.h"

namespace bpfmap::decode {

kernel::Field bytes_as_number(const kernel::Field& field) {
  const kernel::Type& type = *field.type;
  const bool is_bytes = type.kind == kernel::TypeKind::kArray && type.element->size == 1;
  const bool has_size = type.size == 1 || type.size == 2 || type.size == 4 || type.size == 8;
  kernel::Field number = field;
  if (is_bytes && has_size) {
    number.type = kernel::explicit_type("u" + std::to_string(type.size * 8));
  }
  return number;
}

kernel::Field as_number(const kernel::Field& field) {
  return field.type->is_raw ? bytes_as_number(field) : field;
}

bool takes_no_arguments(const Request& request) {
  const config::Tree& arguments = request.arguments;
  if (arguments.is_null() || (arguments.is_mapping() && arguments.pairs.empty())) return true;
  request.fail_at(arguments.at, quoted(request.name) + " takes no arguments");
  return false;
}

}  // namespace bpfmap::decode
