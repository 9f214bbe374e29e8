// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What names of maps and fields say to people, in the vocabulary of BPF programs.
namespace bpfmap::starter {

// The words of an identifier or a path in lower case: "source.addrV4[2]" is source addr v4 2.
std::vector<std::string> words_of(std::string_view name);

// Whether any of the words is one of `wanted`, which is the first that is; empty where none is.
std::string first_of(const std::vector<std::string>& words,
                     std::span<const std::string_view> wanted);

// What a number counts in, as its name says.
struct Unit {
  std::string yaml;    // "1us"
  std::string suffix;  // "seconds" or "bytes"
  bool operator==(const Unit&) const = default;
};
std::optional<Unit> unit_of(const std::vector<std::string>& words);

// Whether a word means a time without saying its unit: "latency".
bool means_time(const std::vector<std::string>& words);

// The words that belong into a metric's name: without units, and without those at its ends that say
// what kind of a thing it is (map, counter, hist, slots, total).
std::vector<std::string> telling_words(const std::vector<std::string>& words);

std::string joined(const std::vector<std::string>& words, std::string_view separator);

}  // namespace bpfmap::starter
