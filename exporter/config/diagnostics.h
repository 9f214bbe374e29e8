// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bpfmap::config {

// The text of a configuration file, kept so that a diagnostic can show the line it speaks of.
struct Source {
  std::string path;  // as the user gave it, or "builtin:NAME"
  std::string text;
};

// A place in the Source of a Config: lines and columns count from 1, columns in bytes; line 0 is
// the file as a whole.
struct Position {
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

// A value and the place where the user wrote it, so that later stages can report against the file.
template <typename T>
struct Located {
  T value{};
  Position at;
};

enum class Severity { kNotice, kWarning, kError };

struct Diagnostic {
  Severity severity = Severity::kError;
  Position at;
  std::string message;  // what, where, what was expected; a suggestion for a misspelt word included
};

// Collects what is wrong or remarkable about one file, through parsing (config) and through
// compilation against BTF (decode). Reports everything, not the first error only, but the same
// thing only once: a YAML alias can bring the same mistake to many places. Not thread-safe.
class Diagnostics {
 public:
  explicit Diagnostics(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

  void error(Position at, std::string message) { add(Severity::kError, at, std::move(message)); }
  void warning(Position at, std::string message) {
    add(Severity::kWarning, at, std::move(message));
  }
  void notice(Position at, std::string message) { add(Severity::kNotice, at, std::move(message)); }

  bool has_errors() const;
  // Whether an error was reported for exactly this place; lets a later check keep quiet about a
  // value that is known to be wrong.
  bool has_error_at(Position at) const;
  const std::vector<Diagnostic>& all() const { return all_; }
  const Source& source() const { return *source_; }

  // Everything of at least this severity, in the order of the file, each line ended by a newline.
  // Safe to write to a terminal whatever the file holds; long lines are cut around the place.
  //   packets.yaml:12:16: error: unknown field 'ifidnex' ... (did you mean 'ifindex'?)
  //      12 |       interface: { field: ifidnex, decode: ifname }
  //         |                           ^
  std::string render(Severity at_least = Severity::kNotice) const;

 private:
  void add(Severity severity, Position at, std::string message);

  struct InOrder {
    bool operator()(const Diagnostic& a, const Diagnostic& b) const;
  };

  std::shared_ptr<const Source> source_;
  std::vector<Diagnostic> all_;  // as they came
  std::set<Diagnostic, InOrder> known_;
};

}  // namespace bpfmap::config
