// SPDX-License-Identifier: Apache-2.0
#include "commands/starter/labels.h"

#include <algorithm>
#include <array>
#include <set>

#include "commands/starter/words.h"
#include "commands/starter/yaml.h"
#include "decode/decoders/registry.h"

namespace bpfmap::commands::starter {
namespace {

using kernel::Field;
using kernel::Type;
using kernel::TypeKind;
using Words = std::vector<std::string>;

constexpr const char* kNoneForZero = "[errno, { map: { table: { 0: none }, keep_unknown: true } }]";

struct Guess {
  std::string decode;  // YAML behind `decode:`; empty: by the type
  std::string type;    // be16, be64: the field is to be named by offset and type
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
  if (is_address_struct(type)) return true;
  const Type& scalar = type.kind == TypeKind::kArray ? *type.element : type;
  return scalar.kind == TypeKind::kUnsigned || scalar.kind == TypeKind::kSigned;
}

Guess guess_address(const Words& words, const Field& field) {
  constexpr std::string_view kAddressWords[] = {
      "saddr",  "daddr",  "addr", "address", "ip",     "ipaddr", "srcip", "dstip",
      "ip4",    "ipv4",   "v4",   "laddr",   "raddr",  "ip6",    "ipv6",  "v6",
      "saddr6", "daddr6", "src",  "dst",     "saddr4", "daddr4"};
  const std::string& type = field.type->name;
  const bool is_address = is_address_struct(*field.type) || any(words, kAddressWords);
  if (is_block(field, 16) && is_address) return {"ipv6", "", "an IPv6 address by its name", false};
  if (!is_block(field, 4)) return {};
  if (type == "__be32" || is_address_struct(*field.type)) {
    return {"ipv4", "", "an IPv4 address in network order, as " + type + " says", false};
  }
  if (!is_address) return {};
  return {"ipv4", "",
          "guess: an IPv4 address in network order; { ipv4: { order: host } } where the program "
          "has turned it",
          false};
}

Guess guess_big_endian(const Field& field) {
  const std::string& type = field.type->name;
  if (field.bit_size != 0) return {};
  if (type == "__be16") return {"", "be16", "in network order, as __be16 says", false};
  if (type == "__be64") return {"", "be64", "in network order, as __be64 says", false};
  return {};
}

Guess guess_result(const Words& words) {
  constexpr std::string_view kErrors[] = {"errno", "err", "error"};
  constexpr std::string_view kResults[] = {"ret", "retval", "rc", "result", "res", "status"};
  if (any(words, kErrors)) return {kNoneForZero, "", "an errno by its name", true};
  if (!any(words, kResults)) return {};
  return {kNoneForZero, "",
          "guess: an errno or 0. Where it can be a positive result, the program should not put "
          "that into it: it would be called an error",
          true};
}

Guess guess_host_name(const Words& words, const Field& field) {
  constexpr std::string_view kInterfaces[] = {"ifindex", "ifidx", "iface", "iif", "oif", "ifi"};
  constexpr std::string_view kDevices[] = {"dev", "bdev", "device", "disk", "devt"};
  if (any(words, kInterfaces)) return {"ifname", "", "an index of interfaces by its name", true};
  const bool has_room = field.type->size >= 4 && field.bit_size == 0;
  if (field.type->name == "dev_t" && field.type->size == sizeof(std::uint32_t)) {
    return {"majorminor", "", "a device, by its name", true};
  }
  if (has_room && (any(words, kDevices) || field.type->name == "dev_t")) {
    return {"{ majorminor: { encoding: kernel } }", "",
            "guess: a block device by the kernel's number; that of user space: { encoding: user }",
            true};
  }
  if (has_room && !words.empty() && words.front() == "cgroup" &&
      decode::find_decoder("cgroup") != nullptr) {
    return {"cgroup", "", "a cgroup by its name", true};
  }
  return {};
}

Guess guess_id(const Words& words) {
  constexpr std::string_view kMany[] = {"pid", "tgid", "tid", "cookie", "ino", "inode"};
  if (!any(words, kMany)) return {};
  return {"", "", "a series for each: without this line they are added up", false};
}

Guess guess_number(const Words& words, const Field& field) {
  constexpr std::string_view kSyscalls[] = {"nr", "syscall", "syscalls", "sysno", "sysnr"};
  constexpr std::string_view kSignals[] = {"sig", "signo", "signum", "signal", "signals"};
  constexpr std::string_view kProtocols[] = {"proto", "protocol", "ipproto"};
  constexpr std::string_view kFlags[] = {"flags", "flag", "mask"};
  if (any(words, kSignals)) return {"signal", "", "a signal by its name", true};
  if (field.type->size >= 4 && any(words, kSyscalls)) {
    return {"syscall", "", "guess: the number of a system call, by its name", true};
  }
  if (field.type->size == 1 && any(words, kProtocols)) {
    return {"{ map: { table: { 1: icmp, 6: tcp, 17: udp, 58: icmpv6 }, keep_unknown: true } }", "",
            "guess: a protocol of IP", true};
  }
  if (any(words, kFlags)) return {"hex", "", "", false};
  return {};
}

// Whether the registry of this version has the decoders of a guess.
bool exists(const Guess& guess) {
  std::string name = guess.decode;
  name.erase(0, name.find_first_not_of("[{ "));
  name.resize(std::min(name.find_first_of(" ,:"), name.size()));
  return name.empty() || decode::find_decoder(name) != nullptr;
}

Guess guess_by_name(const Words& words, const Field& field) {
  constexpr std::string_view kTexts[] = {"comm", "name", "path", "filename", "file", "text"};
  if (is_bytes(*field.type) && any(words, kTexts)) return {"string", "", "text by its name", true};
  if (Guess address = guess_address(words, field); !address.decode.empty()) return address;
  if (Guess order = guess_big_endian(field); !order.type.empty()) return order;
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

LabelDraft bytes_label(const decode::Whole& key) {
  return {"key", "{ offset: 0, size: " + std::to_string(key.size) + ", type: bytes }",
          "the object has no BTF for this key: name its parts by offset, size and type", false};
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
  if (!guess.type.empty()) {
    label.text = "{ offset: " + std::to_string(field.offset) + ", type: " + guess.type + " }";
    return label;
  }
  std::string inside;
  if (name != field.path) inside = "field: " + scalar(field.path);
  if (!guess.decode.empty()) {
    inside += (inside.empty() ? "" : ", ") + ("decode: " + guess.decode);
  }
  if (!inside.empty()) label.text = "{ " + inside + " }";
  return label;
}

std::vector<LabelDraft> labels_of(const std::string& map, const decode::Whole& key,
                                  const std::string& slot) {
  if (key.type == nullptr) return {bytes_label(key)};
  std::vector<LabelDraft> labels;
  std::set<std::string> names;
  for (const UsableField& usable : usable_fields(key)) {
    if (usable.field.path == slot) continue;
    LabelDraft label = label_of(map, usable, key.role);
    if (!names.insert(label.name).second) continue;
    labels.push_back(std::move(label));
  }
  return labels;
}

std::string labels_yaml(const std::vector<LabelDraft>& labels) {
  if (labels.empty()) return "    labels: {}\n";
  std::string text = "    labels:\n";
  for (const LabelDraft& label : labels) {
    text += comment(label.why, "      ");
    text +=
        "      " + scalar(label.name) + ":" + (label.text.empty() ? "" : " " + label.text) + "\n";
  }
  return text;
}

}  // namespace bpfmap::commands::starter
