// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

// A mistake in a file with its place and its words.
namespace bpfmap::config {

struct ErrorCase {
  std::string name;
  std::string text;
  std::vector<std::string> messages;
};

// Test runners list what a case prints; its texts would be too much.
inline void PrintTo(const ErrorCase& one, std::ostream* out) { *out << one.name; }

// The cases are in error_test.cpp and, of labels, metrics and buckets, in metric_error_test.cpp.
class FileError : public testing::TestWithParam<ErrorCase> {};

inline const std::string one_map = "maps: [{map: m, metrics: [{counter: c}]}]\n";

// `text` stands at the beginning of line 3.
inline std::string file(const std::string& text) { return "object: x\n" + one_map + text + "\n"; }
// Keys of a map, from line 3 on, in column 3.
inline std::string map(const std::string& keys) {
  return "object: x\nmaps:\n- map: m\n  " + keys + "\n  metrics: [{counter: c}]\n";
}
// `text` is line 5, from column 3 on.
inline std::string metric(const std::string& text) {
  return "object: x\nmaps:\n- map: m\n  metrics: [\n  " + text + "\n  ]\n";
}
inline std::string label(const std::string& text) { return map("labels: { a: " + text + " }"); }
inline std::string buckets(const std::string& text) {
  return metric("{ histogram: h, buckets: " + text + " }");
}

}  // namespace bpfmap::config
