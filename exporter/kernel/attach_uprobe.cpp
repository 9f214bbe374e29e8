// SPDX-License-Identifier: Apache-2.0
#include "kernel/attach_uprobe.h"

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "kernel/binary_file.h"
#include "kernel/libbpf_log.h"
#include "kernel/load_failure.h"
#include "kernel/uprobe_multi.h"

namespace bpfmap::kernel {
namespace {

// Without uprobe_multi each function takes a link and two descriptors.
constexpr std::size_t kMostLinks = 500;
// The kernel's own limit (MAX_UPROBE_MULTI_CNT) is 2^20.
constexpr std::size_t kMostFunctions = 65536;

std::string where(const UprobeTarget& target) {
  std::string text = "to " + target.binary + ":" + target.symbol;
  if (target.symbol.empty() || target.offset != 0) {
    text += (target.symbol.empty() ? "" : "+") + std::to_string(target.offset);
  }
  if (target.pid >= 0) text += " of process " + std::to_string(target.pid);
  return text;
}

// The file, not its path, which may lead to another one tomorrow, and where in it.
std::string place_of(const UprobeTarget& target, const std::string& file, const std::string& at) {
  std::string place = target.return_probe ? "uretprobe " : "uprobe ";
  place += target.binary + " " + file + " " + at;
  if (target.pid >= 0) place += " process " + std::to_string(target.pid);
  return place;
}

Error probe_refusal(const LoadedProgram& program, const UprobeTarget& target, int code,
                    std::string detail) {
  return attach_error(program, where(target), code, std::move(detail), "uprobe");
}

Result<Attachment::Handle> attach_one(const LoadedProgram& program, const UprobeTarget& target,
                                      const std::string& path, std::uint64_t offset) {
  LibbpfLog log;
  bpf_uprobe_opts options{};
  options.sz = sizeof(options);
  options.retprobe = target.return_probe;
  LinkPtr link(
      bpf_program__attach_uprobe_opts(program.handle, target.pid, path.c_str(), offset, &options));
  if (link) return Attachment::Handle(std::move(link));
  const int code = errno;
  return unexpected(probe_refusal(program, target, code, join_warnings(log.warnings())));
}

Result<Attachment::Handle> attach_many(const LoadedProgram& program, const UprobeTarget& target,
                                       const std::string& path,
                                       const std::vector<std::uint64_t>& offsets) {
  UniqueFd link = link_uprobe_multi(bpf_program__fd(program.handle),
                                    {path, offsets, target.return_probe, target.pid});
  if (link) return Attachment::Handle(std::move(link));
  const int code = errno;
  return unexpected(
      probe_refusal(program, target, code, std::to_string(offsets.size()) + " functions at once"));
}

// All of them by one text, which stays the same as long as they do.
std::string together(const std::vector<std::uint64_t>& offsets) {
  if (offsets.size() == 1) return std::to_string(offsets.front());
  std::string text;
  for (const std::uint64_t offset : offsets) text += std::to_string(offset) + ' ';
  return std::to_string(offsets.size()) + " functions " + sha256_hex(text).substr(0, 16);
}

// Without a symbol the offset is one in the file.
FunctionFinder::Offsets offsets_of(const LoadedProgram& program, const UprobeTarget& target,
                                   const std::string& path) {
  if (target.symbol.empty()) return std::vector<std::uint64_t>{target.offset};
  FunctionFinder once;
  FunctionFinder& finder = program.functions == nullptr ? once : *program.functions;
  FunctionFinder::Offsets offsets = finder.find(path, target.symbol);
  if (offsets) {
    for (std::uint64_t& offset : *offsets) offset += target.offset;
  }
  return offsets;
}

Error not_found(const LoadedProgram& program, const UprobeTarget& target, const Error& why) {
  Error error = probe_refusal(program, target, why.code, why.detail);
  if (!why.hint.empty()) error.hint = why.hint;
  return error;
}

Error too_many(const LoadedProgram& program, const UprobeTarget& target, std::size_t found,
               std::size_t most) {
  Error error =
      bad_target(program, std::to_string(found) + " functions of " + target.binary + " match '" +
                              target.symbol + "', and " + std::to_string(most) + " are the most");
  error.hint = "write a pattern that matches less";
  return error;
}

Sites sites_at(const LoadedProgram& program, const UprobeTarget& target, const std::string& path,
               const std::vector<std::uint64_t>& offsets) {
  const std::string file = file_identity(path);
  Sites sites;
  if (is_for_uprobe_multi(program.handle)) {
    sites.found.push_back({place_of(target, file, together(offsets)), where(target),
                           [&program, &target, path, offsets] {
                             return attach_many(program, target, path, offsets);
                           }});
    return sites;
  }
  for (const std::uint64_t offset : offsets) {
    sites.found.push_back(
        {place_of(target, file, std::to_string(offset)), where(target),
         [&program, &target, path, offset] { return attach_one(program, target, path, offset); }});
  }
  return sites;
}

}  // namespace

Sites uprobe_sites(const LoadedProgram& program, const UprobeTarget& target) {
  if (target.symbol.empty() && target.offset == 0) {
    return {{}, {bad_target(program, "a uprobe needs a symbol or an offset")}, {}};
  }
  const std::string path = path_of_binary(target.binary);
  if (file_identity(path).empty()) {
    return {{}, {probe_refusal(program, target, ENOENT, "there is no file '" + path + "'")}, {}};
  }
  const FunctionFinder::Offsets offsets = offsets_of(program, target, path);
  if (!offsets) return {{}, {not_found(program, target, offsets.error())}, {}};
  const std::size_t most = is_for_uprobe_multi(program.handle) ? kMostFunctions : kMostLinks;
  if (offsets->size() > most) {
    return {{}, {too_many(program, target, offsets->size(), most)}, {}};
  }
  return sites_at(program, target, path, *offsets);
}

}  // namespace bpfmap::kernel
