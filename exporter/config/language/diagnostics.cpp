// SPDX-License-Identifier: Apache-2.0
#include "config/diagnostics.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "base/terminal_text.h"
#include "base/text.h"

namespace bpfmap::config {
namespace {

constexpr std::size_t kMostCells = 100;   // of a line that is shown
constexpr std::size_t kCellsBefore = 60;  // what a cut line shows before the place
constexpr std::size_t kNumberWidth = 8;   // of the line number
constexpr std::string_view kCut = "...";

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kNotice: return "notice";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "error";
}

std::vector<std::string_view> lines_of(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

void append_gutter(std::string& out, std::string_view number) {
  out.append(kNumberWidth - std::min(kNumberWidth, number.size()), ' ');
  out += number;
  out += " | ";
}

// The part of a line that is shown, and where in it the caret belongs.
struct Excerpt {
  std::string text;
  std::size_t caret = 0;
};

Excerpt excerpt_of(std::string_view line, std::size_t column) {
  // Only the neighbourhood is taken apart, so that a file of one long line with many mistakes
  // stays cheap. A character has four bytes at most, hence there are always enough cells
  // before the place.
  constexpr std::size_t kBytesBefore = 4 * kCellsBefore;
  std::size_t begin = column > kBytesBefore ? column - kBytesBefore : 0;
  begin = std::min(begin, line.size());
  while (begin < line.size() && (static_cast<unsigned char>(line[begin]) & 0xC0U) == 0x80) ++begin;
  const std::vector<Cell> cells = cells_of(line.substr(begin, kBytesBefore + 4 * kMostCells));

  const auto here = std::find_if(cells.begin(), cells.end(),
                                 [&](const Cell& cell) { return begin + cell.offset >= column; });
  const auto caret = static_cast<std::size_t>(here - cells.begin());
  const bool is_long = begin > 0 || cells.size() > kMostCells;
  const std::size_t first = is_long && caret > kCellsBefore ? caret - kCellsBefore : 0;
  const std::size_t last = std::min(cells.size(), first + kMostCells);

  Excerpt excerpt;
  if (begin > 0 || first > 0) excerpt.text += kCut;
  excerpt.caret = excerpt.text.size() + caret - first;
  for (std::size_t i = first; i < last; ++i) excerpt.text += cells[i].glyph;
  if (last < cells.size()) excerpt.text += kCut;
  return excerpt;
}

void append_excerpt(std::string& out, std::string_view line, Position at) {
  const Excerpt excerpt = excerpt_of(line, static_cast<std::size_t>(std::max(at.column, 1)) - 1);
  append_gutter(out, std::to_string(at.line));
  out += excerpt.text;
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
  append_gutter(out, "");
  out.append(excerpt.caret, ' ');
  out += "^\n";
}

void append_heading(std::string& out, const std::string& path, const Diagnostic& diagnostic) {
  out += printable(path) + ":";
  if (diagnostic.at.line > 0) {
    out += std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column) + ":";
  }
  out += " ";
  out += severity_name(diagnostic.severity);
  out += ": " + printable(diagnostic.message) + "\n";
}

}  // namespace

bool Diagnostics::InOrder::operator()(const Diagnostic& a, const Diagnostic& b) const {
  return std::tie(a.at.line, a.at.column, a.severity, a.message) <
         std::tie(b.at.line, b.at.column, b.severity, b.message);
}

void Diagnostics::add(Severity severity, Position at, std::string message) {
  Diagnostic diagnostic{severity, at, std::move(message)};
  if (known_.insert(diagnostic).second) all_.push_back(std::move(diagnostic));
}

bool Diagnostics::has_errors() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

bool Diagnostics::has_error_at(Position at) const {
  const auto found = known_.lower_bound(Diagnostic{Severity::kError, at, ""});
  return found != known_.end() && found->at == at && found->severity == Severity::kError;
}

std::string Diagnostics::render(Severity at_least) const {
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& diagnostic : all_) {
    if (diagnostic.severity >= at_least) sorted.push_back(&diagnostic);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return std::tie(a->at.line, a->at.column) < std::tie(b->at.line, b->at.column);
  });

  const std::vector<std::string_view> lines = lines_of(source_->text);
  std::string out;
  for (const Diagnostic* diagnostic : sorted) {
    append_heading(out, source_->path, *diagnostic);
    const int line = diagnostic->at.line;
    if (line < 1 || static_cast<std::size_t>(line) > lines.size()) continue;
    append_excerpt(out, lines[static_cast<std::size_t>(line) - 1], diagnostic->at);
  }
  return out;
}

}  // namespace bpfmap::config
