// SPDX-License-Identifier: Apache-2.0
#include "kernel/pins/pin_manifest.h"

#include <charconv>
#include <initializer_list>

#include "kernel/pin_folder.h"

namespace bpfmap::kernel {
namespace {

constexpr std::string_view kFirstLine = "bpfmap_exporter pins 1\n";

void add_line(std::string& text, std::initializer_list<std::string_view> words) {
  std::string_view separator;
  for (const std::string_view word : words) {
    text.append(separator).append(word.empty() ? "%" : pin_word(word));
    separator = " ";
  }
  text += '\n';
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return std::nullopt;
}

std::optional<std::string> text_of(std::string_view word) {
  std::string text;
  if (word == "%") return text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      text += word[i];
      continue;
    }
    if (word.size() - i < 3) return std::nullopt;
    const auto high = hex_digit(word[i + 1]);
    const auto low = hex_digit(word[i + 2]);
    if (!high || !low) return std::nullopt;
    text += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return text;
}

std::optional<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t end = line.find(' ');
    auto text = text_of(line.substr(0, end));
    if (!text) return std::nullopt;
    words.push_back(*std::move(text));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

// 0, which is no id of the kernel's, where the word is no number.
std::uint32_t id_of(const std::string& word) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  return error == std::errc() && end == word.data() + word.size() ? id : 0;
}

bool add_words(PinManifest& manifest, std::vector<std::string> words) {
  const std::string& kind = words.front();
  if (kind == "object" && words.size() == 2) {
    manifest.object = words[1];
  } else if (kind == "map" && words.size() == 4) {
    manifest.maps.push_back({words[1], id_of(words[2]), words[3]});
  } else if (kind == "entry" && words.size() == 5) {
    manifest.entries.push_back({words[1], id_of(words[2]), id_of(words[3]), words[4]});
  } else if (kind == "link" && words.size() == 4) {
    manifest.links.push_back({words[1], words[2], id_of(words[3])});
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string format_manifest(const PinManifest& manifest) {
  std::string text(kFirstLine);
  add_line(text, {"object", manifest.object});
  for (const auto& map : manifest.maps) {
    add_line(text, {"map", map.name, std::to_string(map.id), map.layout});
  }
  for (const auto& entry : manifest.entries) {
    add_line(text, {"entry", entry.program, std::to_string(entry.program_id),
                    std::to_string(entry.slot_id), entry.signature});
  }
  for (const auto& link : manifest.links) {
    add_line(text, {"link", link.program, link.place, std::to_string(link.id)});
  }
  return text + "end\n";
}

std::optional<PinManifest> parse_manifest(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  PinManifest manifest;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    if (line == "end") return manifest;  // behind it the map's value is padded
    auto words = words_of(line);
    if (!words || !add_words(manifest, *std::move(words))) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace bpfmap::kernel
