// SPDX-License-Identifier: Apache-2.0
#include "kernel/libbpf/load_failure.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace bpfmap::kernel {
namespace {

constexpr std::size_t kTailLines = 20;
// Newer kernels (7.3) end a log with a report of several paragraphs that begins with this.
constexpr std::string_view kReportBegins = "Verification failed: ";
constexpr std::size_t kLinesBeforeReport = 3;  // the instruction, and what is wrong in short
constexpr std::size_t kReportLines = 60;
constexpr std::string_view kLogBegins = "-- BEGIN PROG LOAD LOG --\n";
constexpr std::string_view kLogEnds = "-- END PROG LOAD LOG --";

// Messages that only repeat that something failed, and the errno; that tell of a trouble libbpf
// found a way around (BTF that the kernel does not take); or that guess wrongly (locked memory, at
// every EPERM: hints.h knows where it counts).
constexpr std::array<std::string_view, 11> kNoReason{"failed to load object",
                                                     "failed to load: ",
                                                     "BPF program load failed: ",
                                                     "failed to prepare load attributes: ",
                                                     "Retrying without BTF",
                                                     "failed to load BPF skeleton",
                                                     "-- BEGIN BTF LOAD LOG --",
                                                     "BTF loading error",
                                                     "BTF is optional, ignoring",
                                                     "try raising 'ulimit -l'",
                                                     "RLIMIT_MEMLOCK"};

bool gives_reason(std::string_view text) {
  return std::none_of(kNoReason.begin(), kNoReason.end(), [&](std::string_view empty) {
    return text.find(empty) != std::string_view::npos;
  });
}

// "NAME" of "prog 'NAME': text", and the text.
struct About {
  std::string_view name;
  std::string_view text;
};

About split(std::string_view warning, std::string_view kind) {
  const std::string opening = std::string(kind) + " '";
  if (!warning.starts_with(opening)) return {{}, warning};
  const std::string_view rest = warning.substr(opening.size());
  const std::size_t end = rest.find("': ");
  if (end == std::string_view::npos) return {{}, warning};
  return {rest.substr(0, end), rest.substr(end + 3)};
}

std::string_view without_prefix(std::string_view warning) {
  const About program = split(warning, "prog");
  return program.name.empty() ? warning : program.text;
}

std::string_view log_in(std::string_view text) {
  if (!text.starts_with(kLogBegins)) return {};
  text.remove_prefix(kLogBegins.size());
  return text.substr(0, text.rfind(kLogEnds));
}

LoadFailure explain_program(std::span<const std::string> warnings, std::string_view name) {
  LoadFailure failure{LoadFailure::What::kProgram, std::string(name), {}, false};
  std::vector<std::string> reasons;
  for (const std::string& warning : warnings) {
    const About about = split(warning, "prog");
    if (!about.name.empty() && about.name != name) continue;
    if (const std::string_view log = log_in(about.text); !log.empty()) {
      failure.detail = verifier_tail(log);
      failure.verifier = !failure.detail.empty();
    } else {
      reasons.emplace_back(about.text);
    }
  }
  if (!failure.verifier) failure.detail = join_warnings(reasons);
  return failure;
}

using Lines = std::vector<std::string_view>;

std::span<const std::string_view> last_words(const Lines& log) {
  const auto report = std::find_if(log.rbegin(), log.rend(), [](std::string_view line) {
    return line.starts_with(kReportBegins);
  });
  if (report == log.rend()) return std::span(log).last(std::min(log.size(), kTailLines));
  const auto line = static_cast<std::size_t>(log.rend() - report) - 1;
  const std::size_t begin = line - std::min(line, kLinesBeforeReport);
  return std::span(log).subspan(begin, std::min(log.size() - begin, kReportLines));
}

std::string join(std::span<const std::string_view> lines) {
  std::string text;
  for (const std::string_view line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

}  // namespace

std::string verifier_tail(std::string_view log) {
  Lines lines;
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    const std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    const bool statistics = line.starts_with("processed ") ||
                            line.starts_with("verification time ") ||
                            line.starts_with("stack depth ");
    if (!line.empty() && !statistics) lines.push_back(line);
  }
  return join(last_words(lines));
}

std::string join_warnings(std::span<const std::string> warnings) {
  std::string joined;
  for (const std::string& warning : warnings) {
    if (!gives_reason(warning)) continue;
    if (!joined.empty()) joined += '\n';
    joined += without_prefix(warning);
  }
  return joined;
}

LoadFailure explain_load_failure(std::span<const std::string> warnings) {
  for (const std::string& warning : warnings) {
    const About map = split(warning, "map");
    if (!map.text.starts_with("failed to create: ")) continue;
    std::vector<std::string> reasons;
    for (const std::string& other : warnings) {
      if (&other != &warning) reasons.push_back(other);
    }
    return {LoadFailure::What::kMap, std::string(map.name), join_warnings(reasons), false};
  }
  // Programs are loaded one after the other and the first failure ends it: the last one
  // named is it.
  for (std::size_t i = warnings.size(); i > 0; --i) {
    const About about = split(warnings[i - 1], "prog");
    if (!about.name.empty()) return explain_program(warnings, about.name);
  }
  return {LoadFailure::What::kObject, {}, join_warnings(warnings), false};
}

}  // namespace bpfmap::kernel
