// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "decode/decoders/byte_ops.h"
#include "decode/decoders/cgroup_ops.h"
#include "decode/decoders/dns_name.h"
#include "decode/decoders/host_ops.h"
#include "decode/decoders/number_ops.h"
#include "decode/decoders/prefix.h"
#include "decode/decoders/regexp_text.h"
#include "decode/decoders/stack_ops.h"
#include "decode/decoders/symbol_text.h"
#include "decode/decoders/text.h"
#include "decode/decoders/text_ops.h"
#include "decode/decoders/text_table.h"
#include "decode/decoders/unnamed.h"

// A chain is a first step, which reads the key, and later steps, which read the text of the one
// before. They are variants and not classes with virtual functions: one jump per step, the rest is
// inlined.
namespace bpfmap::decode {

// A field that is one number.
template <typename Op>
struct NumberField {
  NumberSource source;
  Op op;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    return op.template write<Sink>(source.read(key), out, state);
  }
};

// A field that is an array of numbers: their texts, joined by commas.
template <typename Op>
struct NumberArray {
  NumberSource source;  // of the first
  std::uint32_t stride = 0;
  std::uint32_t count = 0;
  Op op;

  template <typename Sink>
  char* write(const std::byte* key, char* out, DecodeState& state) const {
    for (std::uint32_t i = 0; i < count; ++i, key += stride) {
      if (i > 0) *out++ = ',';
      out = op.template write<Sink>(source.read(key), out, state);
    }
    return out;
  }
};

// A number that the step before wrote. What is no number stays as it is.
template <typename Op>
struct NumberText {
  Op op;

  template <typename Sink>
  char* write(std::string_view text, char* out, DecodeState& state) const {
    if (const std::optional<Number> number = parse_integer(text)) {
      return op.template write<Sink>(*number, out, state);
    }
    ++state.errors;
    return Sink::write(out, text, state);
  }
};

struct TableText {
  TextTablePtr table;

  template <typename Sink>
  char* write(std::string_view text, char* out, DecodeState& state) const {
    return table->write<Sink>(text, out, state);
  }
};

template <template <typename> typename Step>
using ForEachNumberOp =
    std::variant<Step<Decimal>, Step<Hexadecimal>, Step<Boolean>, Step<Named>, Step<ErrnoName>,
                 Step<InterfaceName>, Step<BlockDeviceName>, Step<TableName>, Step<NumaNode>,
                 Step<NamespaceName>, Step<ProcessName>, Step<PciName>, Step<DurationText>,
                 Step<FileMode>, Step<KernelSymbolName>, Step<CgroupText>>;

template <typename... Variants>
struct Joined;
template <typename... A, typename... B>
struct Joined<std::variant<A...>, std::variant<B...>> {
  using Type = std::variant<A..., B...>;
};
template <typename First, typename Second, typename Third>
struct Joined<First, Second, Third> {
  using Type = typename Joined<typename Joined<First, Second>::Type, Third>::Type;
};

using FirstStepVariant =
    Joined<ForEachNumberOp<NumberField>, ForEachNumberOp<NumberArray>,
           std::variant<CString, HexBytes, Ipv4Address, Ipv6Address, ZonedIpv6Address, GroupedBytes,
                        DnsNameBytes, Stack<FramesInKey, KernelFrameName>,
                        Stack<FramesById, KernelFrameName>, Stack<FramesInKey, UserFrameName>,
                        Stack<FramesById, UserFrameName>, UserSymbolName, WideIntegers,
                        AddressPrefix>>::Type;
using LaterStepVariant =
    Joined<ForEachNumberOp<NumberText>,
           std::variant<TableText, PatternText, DnsNameText, UnnamedText>>::Type;

// A step and what is known about what it writes.
template <typename Variant>
struct CompiledStep {
  Variant step;
  TextTraits text;
};
using FirstStep = CompiledStep<FirstStepVariant>;
using LaterStep = CompiledStep<LaterStepVariant>;

}  // namespace bpfmap::decode
