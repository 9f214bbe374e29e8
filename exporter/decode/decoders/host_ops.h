// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "decode/decoders/decode_state.h"
#include "decode/decoders/number_ops.h"

// The decoders of numbers that ask the host for names; their members are those of number_ops.h.
namespace bpfmap::decode {

// A table of the host; numbers without a name stay numbers.
struct TableName {
  host::TableId table = host::TableId::kUsers;

  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    const host::Name* name = state.host.find(table, number.bits);
    if (name == nullptr) return write_integer(out, number);
    if (name->ambiguous) state.lossy = true;
    return Sink::write(out, name->text, state);
  }
  TextTraits traits(NumberRange range) const;
};

// The node of a CPU. A number that is no CPU must not look like a node.
struct NumaNode {
  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    const host::Name* name = state.host.find(host::TableId::kNumaNodes, number.bits);
    if (name != nullptr) return copy_text(out, name->text);
    ++state.errors;
    return write_integer(copy_text(out, kUnknown), number);
  }
  TextTraits traits(NumberRange range) const;

 private:
  static constexpr std::string_view kUnknown = "unknown:";
};

// A namespace by its inode number: `host`, `exporter`, or as its link in /proc reads.
struct NamespaceName {
  std::string_view kind;  // constant text; empty where the configuration names none

  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    const host::Name* name = state.host.find(host::TableId::kNamespaces, number.bits);
    if (name != nullptr) return copy_text(out, name->text);
    if (kind.empty()) return write_integer(out, number);
    out = copy_text(copy_text(out, kind), ":[");
    return copy_text(write_integer(out, number), "]");
  }
  TextTraits traits(NumberRange range) const;
};

struct ProcessName {
  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    if (number.bits > std::numeric_limits<std::uint32_t>::max()) return write_integer(out, number);
    const host::ShortName name = state.host.process(static_cast<std::uint32_t>(number.bits));
    if (name.empty()) return write_integer(out, number);
    return Sink::write(out, name.text(), state);
  }
  TextTraits traits(NumberRange range) const;
};

// A PCI vendor, device, class or subclass; one without a name is written in hexadecimal, as is
// usual, or in a sentence, as ebpf_exporter does.
struct PciName {
  host::PciIds::Kind kind = host::PciIds::Kind::kVendor;
  bool is_told_in_words = false;

  template <typename Sink>
  char* write(Number number, char* out, DecodeState& state) const {
    host::PciIds& ids = state.host.shared().pci_ids();
    const std::string_view name = ids.find(kind, number.bits);
    if (!name.empty()) return Sink::write(out, name, state);
    return is_told_in_words ? write_words(out, number.bits, ids) : write_hex(out, number.bits);
  }
  TextTraits traits(NumberRange range) const;

 private:
  char* write_words(char* out, std::uint64_t id, host::PciIds& ids) const;
};

}  // namespace bpfmap::decode
