// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/label_decoder.h"
#include "host/host_names.h"

// Types, configurations and keys by hand, and a test fixture that compiles and runs
// decoders on them.
namespace bpfmap::decode::test {

using Bytes = std::vector<std::byte>;
using Chain = std::vector<config::DecoderConfig>;
using kernel::Field;
using kernel::TypeKind;
using kernel::TypePtr;

inline TypePtr make_type(TypeKind kind, std::uint32_t size, std::string name = {}) {
  auto type = std::make_shared<kernel::Type>();
  type->kind = kind;
  type->size = size;
  type->name = std::move(name);
  return type;
}
inline TypePtr u8() { return make_type(TypeKind::kUnsigned, 1, "__u8"); }
inline TypePtr u16() { return make_type(TypeKind::kUnsigned, 2, "__u16"); }
inline TypePtr u32() { return make_type(TypeKind::kUnsigned, 4, "__u32"); }
inline TypePtr u64() { return make_type(TypeKind::kUnsigned, 8, "__u64"); }
inline TypePtr s8() { return make_type(TypeKind::kSigned, 1, "__s8"); }
inline TypePtr s16() { return make_type(TypeKind::kSigned, 2, "__s16"); }
inline TypePtr s32() { return make_type(TypeKind::kSigned, 4, "int"); }
inline TypePtr s64() { return make_type(TypeKind::kSigned, 8, "__s64"); }
inline TypePtr f32() { return make_type(TypeKind::kFloat, 4, "float"); }
inline TypePtr f64() { return make_type(TypeKind::kFloat, 8, "double"); }
inline TypePtr boolean() { return make_type(TypeKind::kBool, 1, "_Bool"); }
inline TypePtr character() { return make_type(TypeKind::kChar, 1, "char"); }
inline TypePtr pointer() { return make_type(TypeKind::kPointer, 8, "void *"); }
inline TypePtr spin_lock() {
  return make_type(TypeKind::kKernelPrivate, 4, "struct bpf_spin_lock");
}

inline TypePtr big_endian(std::uint32_t size) {
  auto type = std::make_shared<kernel::Type>();
  type->kind = TypeKind::kUnsigned;
  type->size = size;
  type->name = "be" + std::to_string(size * 8);
  type->big_endian = true;
  return type;
}

inline TypePtr array(TypePtr element, std::uint32_t count) {
  auto type = std::make_shared<kernel::Type>();
  type->kind = TypeKind::kArray;
  type->name = element->name + "[" + std::to_string(count) + "]";
  type->size = element->size * count;
  type->count = count;
  type->element = std::move(element);
  return type;
}

inline TypePtr enumeration(std::vector<kernel::Enumerator> enumerators, std::uint32_t size = 4,
                           bool is_signed = false) {
  auto type = std::make_shared<kernel::Type>();
  type->kind = TypeKind::kEnum;
  type->name = "enum e";
  type->size = size;
  type->is_signed = is_signed;
  type->enumerators = std::move(enumerators);
  return type;
}

inline TypePtr composite(TypeKind kind, std::string name, std::uint32_t size,
                         const std::vector<std::pair<std::string, TypePtr>>& members) {
  auto type = std::make_shared<kernel::Type>();
  type->kind = kind;
  type->name = std::move(name);
  type->size = size;
  for (const auto& [member_name, member_type] : members) {
    type->members.push_back({member_name, member_type, 0, 0});
  }
  return type;
}

inline Field field_of(TypePtr type, std::string path = "f") {
  return Field{std::move(path), std::move(type), 0, 0, 0};
}

inline Field bitfield_of(TypePtr type, std::uint32_t bit_offset, std::uint32_t bit_size) {
  return Field{"f", std::move(type), 0, bit_offset, bit_size};
}

inline Bytes bytes(std::initializer_list<int> values) {
  Bytes result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

inline Bytes text_bytes(std::string_view text, std::size_t size) {
  Bytes result(size);
  std::memcpy(result.data(), text.data(), text.size());
  return result;
}

// The bytes of a value as this machine stores it.
template <typename T>
Bytes bytes_of(T value) {
  Bytes result(sizeof(value));
  std::memcpy(result.data(), &value, sizeof(value));
  return result;
}

inline config::Tree scalar(std::string text, bool quoted = false, config::Position at = {9, 9}) {
  config::Tree tree;
  tree.kind = config::Tree::Kind::kScalar;
  tree.scalar = std::move(text);
  tree.quoted = quoted;
  tree.at = at;
  return tree;
}

inline config::Tree mapping(const std::vector<std::pair<std::string, config::Tree>>& pairs,
                            config::Position at = {8, 8}) {
  config::Tree tree;
  tree.kind = config::Tree::Kind::kMapping;
  tree.at = at;
  for (const auto& [key, value] : pairs) {
    tree.pairs.emplace_back(config::Located<std::string>{key, {7, 7}}, value);
  }
  return tree;
}

inline config::Tree texts(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<std::pair<std::string, config::Tree>> trees;
  trees.reserve(pairs.size());
  for (const auto& [key, value] : pairs) trees.emplace_back(key, scalar(value));
  return mapping(trees);
}

inline constexpr config::Position kLabelAt{3, 4};
inline constexpr config::Position kDecoderAt{5, 6};

inline config::DecoderConfig use(std::string name, config::Tree arguments = {}) {
  config::DecoderConfig decoder;
  decoder.name = {std::move(name), kDecoderAt};
  decoder.arguments = std::move(arguments);
  return decoder;
}

class DecoderTest : public ::testing::Test {
 protected:
  std::optional<LabelDecoder> compile(const Field& field, const Chain& chain = {}) {
    return LabelDecoder::compile(field, chain, kLabelAt, diagnostics_);
  }

  // Runs a decoder in buffers of exactly the promised size, which a sanitizer watches and
  // a mark ends.
  std::string run(const LabelDecoder& decoder, const Bytes& key) {
    constexpr char kMark = '\x5a';
    const std::size_t room = decoder.max_bytes();
    const std::unique_ptr<char[]> out(new char[room]);
    const std::unique_ptr<char[]> marked(new char[room + 1]);
    marked[room] = kMark;
    const DecodeState before = state_;
    std::string text(out.get(), decoder.write(key.data(), out.get(), state_));
    EXPECT_LE(text.size(), room);
    DecodeState again = before;
    const std::string repeated(marked.get(), decoder.write(key.data(), marked.get(), again));
    EXPECT_EQ(text, repeated);
    EXPECT_EQ(kMark, marked[room]) << "wrote more than max_bytes()";
    return text;
  }

  // The text of a field, through a chain that must compile.
  std::string text(const Field& field, const Chain& chain, const Bytes& key) {
    const std::optional<LabelDecoder> decoder = compile(field, chain);
    if (!decoder) {
      ADD_FAILURE() << diagnostics_.render();
      return {};
    }
    return run(*decoder, key);
  }
  std::string text(const TypePtr& type, const Chain& chain, const Bytes& key) {
    return text(field_of(type), chain, key);
  }

  // The only diagnostic of a chain that must not compile.
  config::Diagnostic failure(const Field& field, const Chain& chain) {
    config::Diagnostics diagnostics(std::make_shared<config::Source>());
    EXPECT_FALSE(LabelDecoder::compile(field, chain, kLabelAt, diagnostics).has_value());
    EXPECT_EQ(1u, diagnostics.all().size()) << diagnostics.render();
    return diagnostics.all().empty() ? config::Diagnostic{} : diagnostics.all().front();
  }
  std::string error(const Field& field, const Chain& chain) {
    return failure(field, chain).message;
  }
  std::string error(const TypePtr& type, const Chain& chain) {
    return failure(field_of(type), chain).message;
  }

  config::Diagnostics diagnostics_{std::make_shared<config::Source>()};
  std::vector<host::HostNames::Row> interfaces_;
  std::vector<host::HostNames::Row> block_devices_;
  host::HostNames host_{[this] { return std::optional(interfaces_); },
                        [this] { return std::optional(block_devices_); }};
  DecodeState state_{host_};
};

}  // namespace bpfmap::decode::test
