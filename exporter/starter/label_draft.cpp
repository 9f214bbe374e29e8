// SPDX-License-Identifier: Apache-2.0
#include "starter/label_draft.h"

#include <algorithm>
#include <array>

#include "decode/decoder_names.h"
#include "starter/words.h"
#include "starter/yaml.h"

namespace bpfmap::starter {
namespace {

using kernel::Field;
using kernel::Type;
using kernel::TypeKind;
using Words = std::vector<std::string>;

constexpr const char* kNoneForZero = "[errno, { map: { table: { 0: none }, keep_unknown: true } }]";

struct Guess {
  std::string decode;  // YAML behind `decode:`; empty: by the type
  std::string why;
  bool telling = false;
};

template <std::size_t N>
bool any(const Words& words, const std::string_view (&wanted)[N]) {
  return !first_of(words, wanted).empty();
}

bool is_integer(const Field& field) {
  switch (field.type->kind) {
    case TypeKind::kUnsigned:
    case TypeKind::kSigned: return true;
    default: return false;
  }
}

bool is_bytes(const Type& type) {
  return type.kind == TypeKind::kArray && type.element->size == 1 &&
         (type.element->kind == TypeKind::kUnsigned || type.element->kind == TypeKind::kSigned);
}

bool is_block(const Field& field, std::uint32_t size) {
  const Type& type = *field.type;
  if (type.size != size || field.bit_size != 0) return false;
  if (is_address(type, field.path)) return true;
  const Type& scalar = type.kind == TypeKind::kArray ? *type.element : type;
  return scalar.kind == TypeKind::kUnsigned || scalar.kind == TypeKind::kSigned;
}

// By the typedef of the kernel.
bool is_in_network_order(const Type& type) {
  return type.big_endian || type.name == "__be16" || type.name == "__be32" || type.name == "__be64";
}

Guess guess_address(const Words& words, const Field& field) {
  constexpr std::string_view kAddressWords[] = {
      "saddr",  "daddr",  "addr", "address", "ip",     "ipaddr", "srcip", "dstip",
      "ip4",    "ipv4",   "v4",   "laddr",   "raddr",  "ip6",    "ipv6",  "v6",
      "saddr6", "daddr6", "src",  "dst",     "saddr4", "daddr4"};
  constexpr std::string_view kOtherWords[] = {"seq",  "ack",  "spi", "label", "flowinfo", "flow",
                                              "mask", "mark", "vni", "id",    "key",      "cookie"};
  const Type& type = *field.type;
  if (kernel::address_of(type, field.path) == kernel::Address::kEither) {
    return {"", "guess: an address of either family; where the key has the family, choose a member",
            false};
  }
  const bool by_type = is_address(type, field.path);
  const bool by_name = any(words, kAddressWords);
  if (is_block(field, 16) && (by_type || by_name)) {
    return {"ipv6", std::string("an IPv6 address by its ") + (by_type ? "type" : "name"), false};
  }
  if (!is_block(field, 4)) return {};
  if (by_type) return {"ipv4", "an IPv4 address by its type", false};
  if (is_in_network_order(type) && !any(words, kOtherWords)) {
    return {"ipv4", "an IPv4 address in network order, as " + type.name + " says", false};
  }
  if (!by_name) return {};
  return {"ipv4",
          "guess: an IPv4 address in network order; { ipv4: { order: host } } where the program "
          "has turned it",
          false};
}

// Numbers of 16 bits in headers of the network.
Guess guess_network_number(const Words& words, const Field& field) {
  constexpr std::string_view kPorts[] = {"port",  "sport",   "dport",   "lport",  "rport",
                                         "ports", "srcport", "dstport", "source", "dest"};
  constexpr std::string_view kEtherTypes[] = {"ethertype", "proto", "protocol", "ethproto"};
  const Type& type = *field.type;
  if (field.bit_size != 0 || type.kind != TypeKind::kUnsigned) return {};
  const bool is_network = is_in_network_order(type);
  if (is_network && type.size == 2 && any(words, kPorts)) {
    return {"port", "a port in network order, as " + type.name + " says", false};
  }
  if (is_network && type.size == 2 && any(words, kEtherTypes)) {
    return {"ethertype", "an ethertype by its name, in network order by its type", true};
  }
  if (is_network) return {"", "in network order, as " + type.name + " says", false};
  if (type.size != 2 || !any(words, kPorts)) return {};
  return {"",
          "guess: a port in the order of this machine; { decode: port } where the program "
          "keeps it in network order",
          false};
}

Guess guess_result(const Words& words) {
  constexpr std::string_view kErrors[] = {"errno", "err", "error"};
  constexpr std::string_view kResults[] = {"ret", "retval", "rc", "result", "res", "status"};
  if (any(words, kErrors)) return {kNoneForZero, "an errno by its name", true};
  if (!any(words, kResults)) return {};
  return {kNoneForZero,
          "guess: an errno or 0. Where it can be a positive result, the program should not put "
          "that into it: it would be called an error",
          true};
}

Guess guess_host_name(const Words& words, const Field& field) {
  constexpr std::string_view kInterfaces[] = {"ifindex", "ifidx", "iface", "iif", "oif", "ifi"};
  constexpr std::string_view kDevices[] = {"dev", "bdev", "device", "disk", "devt"};
  if (any(words, kInterfaces)) return {"ifname", "an index of interfaces by its name", true};
  const bool has_room = field.type->size >= 4 && field.bit_size == 0;
  if (field.type->name == "dev_t" && field.type->size == sizeof(std::uint32_t)) {
    return {"majorminor", "a device, by its name", true};
  }
  if (has_room && (any(words, kDevices) || field.type->name == "dev_t")) {
    return {"{ majorminor: { encoding: kernel } }",
            "guess: a block device by the kernel's number; that of user space: { encoding: user }",
            true};
  }
  if (has_room && !words.empty() && words.front() == "cgroup" && decode::has_decoder("cgroup")) {
    return {"cgroup", "a cgroup by its name", true};
  }
  return {};
}

Guess guess_id(const Words& words) {
  constexpr std::string_view kMany[] = {"pid", "tgid", "tid", "cookie", "ino", "inode"};
  if (!any(words, kMany)) return {};
  return {"", "a series for each: without this line they are added up", false};
}

Guess guess_number(const Words& words, const Field& field) {
  constexpr std::string_view kSyscalls[] = {"nr", "syscall", "syscalls", "sysno", "sysnr"};
  constexpr std::string_view kSignals[] = {"sig", "signo", "signum", "signal", "signals"};
  constexpr std::string_view kProtocols[] = {"proto", "protocol", "ipproto"};
  constexpr std::string_view kFlags[] = {"flags", "flag", "mask"};
  if (any(words, kSignals)) return {"signal", "a signal by its name", true};
  if (field.type->size >= 4 && any(words, kSyscalls)) {
    return {"syscall", "guess: the number of a system call, by its name", true};
  }
  if (field.type->size == 1 && any(words, kProtocols)) {
    return {"{ map: { table: { 1: icmp, 6: tcp, 17: udp, 58: icmpv6 }, keep_unknown: true } }",
            "guess: a protocol of IP", true};
  }
  if (any(words, kFlags)) return {"hex", "", false};
  return {};
}

// Whether the registry of this version has the decoders of a guess.
bool exists(const Guess& guess) {
  std::string name = guess.decode;
  name.erase(0, name.find_first_not_of("[{ "));
  name.resize(std::min(name.find_first_of(" ,:"), name.size()));
  return name.empty() || decode::has_decoder(name);
}

Guess guess_by_name(const Words& words, const Field& field) {
  constexpr std::string_view kTexts[] = {"comm", "name", "path", "filename", "file", "text"};
  if (is_bytes(*field.type) && any(words, kTexts)) return {"string", "text by its name", true};
  if (Guess address = guess_address(words, field); !address.why.empty()) return address;
  if (Guess number = guess_network_number(words, field); !number.why.empty()) return number;
  if (!is_integer(field)) return {};
  if (Guess host = guess_host_name(words, field); !host.decode.empty()) return host;
  if (Guess number = guess_number(words, field); !number.decode.empty()) return number;
  if (Guess id = guess_id(words); !id.why.empty()) return id;
  return field.type->size >= 4 ? guess_result(words) : Guess{};
}

Guess guess_for(const Words& words, const Field& field) {
  Guess guess = guess_by_name(words, field);
  if (!exists(guess)) guess = Guess{};
  const TypeKind kind = field.type->kind;
  guess.telling =
      guess.telling || kind == TypeKind::kEnum || kind == TypeKind::kBool || field.type->is_text();
  return guess;
}

// What stands behind "by" or "per" in the name of a map, which is the key's meaning.
Words words_behind_by(const std::string& map) {
  Words words = words_of(map);
  const auto by = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word == "by" || word == "per";
  });
  if (by == words.end() || by + 1 == words.end()) return {};
  return Words(by + 1, words.end());
}

// Letters, digits and underlines, none of the names that mean something already.
std::string label_name(const std::string& path) {
  std::string name;
  for (const char c : path) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (fits || c == '.' || c == '[' || c == '_') name += fits ? c : '_';
  }
  if (name.empty() || name.starts_with("__") || (name.front() >= '0' && name.front() <= '9')) {
    name.insert(0, "field_");
  }
  return name == "le" || name == "quantile" ? name + "_" : name;
}

}  // namespace

LabelDraft label_of(const std::string& map, const UsableField& usable, const std::string& role) {
  const Field& field = usable.field;
  Words meaning = words_of(field.path);
  std::string name = label_name(field.path);
  if (field.path == role) {
    const Words by = words_behind_by(map);
    if (!by.empty()) name = label_name(joined(by, "_"));
    meaning = by.empty() ? words_of(map) : by;
  }
  const Guess guess = guess_for(meaning, field);
  LabelDraft label{name, {}, guess.why, guess.telling};
  if (!usable.note.empty()) label.why += (label.why.empty() ? "" : "; ") + usable.note;
  std::string inside;
  if (name != field.path) inside = "field: " + scalar(field.path);
  if (!guess.decode.empty()) {
    inside += (inside.empty() ? "" : ", ") + ("decode: " + guess.decode);
  }
  if (!inside.empty()) label.text = "{ " + inside + " }";
  return label;
}

}  // namespace bpfmap::starter
