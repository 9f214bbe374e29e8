// SPDX-License-Identifier: Apache-2.0
#include "decode/decoders/request.h"

#include "decode/decoders/field_shape.h"

namespace bpfmap::decode {

std::string kind_in_words(const kernel::Type& type) {
  switch (type.kind) {
    case kernel::TypeKind::kArray: return "an array";
    case kernel::TypeKind::kStruct: return "a struct";
    case kernel::TypeKind::kUnion: return "a union";
    case kernel::TypeKind::kKernelPrivate: return "private to the kernel";
    case kernel::TypeKind::kFloat: return "a floating point number";
    case kernel::TypeKind::kEnum: return "an enum";
    case kernel::TypeKind::kPointer: return "a pointer";
    case kernel::TypeKind::kBool: return "a bool";
    case kernel::TypeKind::kUnsigned:
    case kernel::TypeKind::kSigned:
    case kernel::TypeKind::kChar: break;
  }
  return "a number";
}

std::string needs(const Request& request, std::string_view what) {
  return in_quotes(request.name) + " needs " + std::string(what) + ", but " +
         describe(request.field) + " is ";
}

std::string size_in_words(const kernel::Field& field) {
  if (field.bit_size != 0) return "a bitfield";
  std::string kind = kind_in_words(*field.type);
  if (field.type->kind == kernel::TypeKind::kKernelPrivate) return kind;
  return kind + " of " + std::to_string(field.type->size) + " bytes";
}

bool takes_no_arguments(const Request& request) {
  const config::Tree& arguments = request.arguments;
  if (arguments.is_null() || (arguments.is_mapping() && arguments.pairs.empty())) return true;
  request.fail_at(arguments.at, in_quotes(request.name) + " takes no arguments");
  return false;
}

}  // namespace bpfmap::decode
